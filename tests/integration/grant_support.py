"""What the tests of a grant share: the site, a mailbox, a timestamp authority, and whoever does the work."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.core.management import call_command
from django.utils import timezone

from broker import jobs
from broker.audit import log, signer
from broker.demo.visitor import Visitor, word_of
from broker.parties.directory import enrol_organisation
from broker.parties.models import Organisation
from broker.rehearsal.people_mailbox import PeopleMailbox
from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.terms import SERVICE
from tests import clock, cluster, granted
from tests.environment import RUN
from tests.integration.audit_support import integrate, make_signer

EMAIL = "gwen@member.example"
NAME = "Gwen Grant"
ACCOUNT = {"number": "51000042", "name": NAME, "address": "3 Test Road, Example, MO 00000"}
ACCOUNT |= {"role": "customer", "helped": "no"}
DATA = {"data_types": ["bill", "usage_daily"], "history_from": "2025-01-01", "history_through": "2025-12-31"}


def last_day() -> str:
    """A last day of sharing that fits."""
    return (clock.today() + timedelta(days=90)).isoformat()


@dataclass
class Desk:
    """Everything around the site that a grant needs."""

    url: str
    mailbox: PeopleMailbox
    organisation: Organisation
    signer: signer.Desk
    stamps: TimestampAuthority
    cookies: httpx.Cookies | None = None  # of whoever gave the consent that the world begins with
    two_names: bool = False  # the world begins with one of two names, which `joint_world.grant` has not given yet

    def visitor(self) -> Visitor:
        """A fresh browser."""
        return Visitor(self.url)

    def work(self) -> None:
        """Do what a worker, the integrator and the signer would do by and by."""
        for minutes in range(2, 40, 2):  # each look is later than what the last one put off
            done = jobs.run_due(timezone.now() + timedelta(minutes=minutes))
            integrate(self.signer.answer)
            if not done:
                return

    def mail(self, subject: str, to: str = EMAIL) -> dict[str, Any]:
        """The newest mail to a person."""
        self.work()
        found = self.mailbox.mails.search(to=to, subject=subject)
        assert found, f"no mail “{subject}”: {[m['subject'] for m in self.mailbox.mails.search()]}"
        return found[-1]

    def enter(self, person: Visitor, email: str = EMAIL) -> None:
        """Go through the mailed link and the code."""
        person.submit(f"/share/with/{self.organisation.slug}/", {"email": email})
        mail = self.mail("link and code", email)
        path = next(urlsplit(link).path for link in mail["links"] if "/share/open/" in link)
        person.submit(path, {"code": mail["codes"][0]})

    def answer(self, person: Visitor, **changes: Any) -> None:
        """Answer every page up to the last."""
        person.submit("/share/account/", {**ACCOUNT, **changes.get("account", {})})
        person.submit("/share/data/", {**DATA, **changes.get("data", {})})
        asked = {"purpose": "rate_comparison", "last_day": last_day(), **changes.get("purpose", {})}
        person.submit("/share/purpose/", asked)
        self.agree(person)

    def agree(self, person: Visitor, *, expect: int = 200, **changes: Any) -> str:
        """Agree to electronic records."""
        page = person.get("/share/terms/")
        fields = {"disclosure": person.field(page, "disclosure"), "agrees": "on", **changes}
        return person.submit("/share/terms/", {k: v for k, v in fields.items() if v is not None}, expect=expect).text

    def read(self, person: Visitor, *, expect: int = 200, **changes: Any) -> bytes:
        """Open the frozen letter and type its word; give the letter."""
        page, letter = person.get("/share/read/"), person.get("/share/letter.pdf").content
        fields = {"letter_sha256": person.field(page, "letter_sha256"), "word": word_of(letter), **changes}
        person.submit("/share/read/", {k: v for k, v in fields.items() if v is not None}, expect=expect)
        return letter

    def sign(self, person: Visitor, *, expect: int = 200, opens: bool = True, **changes: Any) -> str:
        """Open the letter and sign it; give the page that follows."""
        if opens:
            self.read(person)
        page = person.get("/share/check/")
        fields = {"letter_sha256": person.field(page, "letter_sha256"), "typed_name": NAME, **changes}
        return person.submit("/share/check/", {k: v for k, v in fields.items() if v is not None}, expect=expect).text

    def grant(self) -> Visitor:
        """Give a whole consent; where the world begins with one, the first is that one."""
        assert not self.two_names, "the test begins with the grant of two names"
        person = self.visitor()
        if self.cookies is not None:
            person.http.cookies, self.cookies = self.cookies, None
            return person
        self.enter(person)
        self.answer(person)
        self.sign(person)
        self.work()
        return person


def make_organisation(slug: str = "acme-rates") -> Organisation:
    """A recipient, made up for a test."""
    return enrol_organisation(
        slug,
        "Acme Rates (test)",
        actor=SERVICE("tests"),
        now=timezone.now(),
        address="1 Test Road, Example, MO 00000",
        contact_email="inbox@recipient.example",
        phone="555-0100",
    )


@contextmanager
def open_desk(settings: Any, folder: Path, url: str, *, begun: granted.World | None = None) -> Iterator[Desk]:
    """A site at this address with a real mailbox, a real timestamp authority, a real signer, and one recipient.

    `begun` is a world whose database is in use already: everything else is laid out beside it.
    """
    settings.SEAL_KEY_FILE, settings.SEAL_CERT_FILE = folder / "seal.key", folder / "seal.pem"
    settings.SEAL_ROOT_FILE, settings.SIGNER_DIR = folder / "root.pem", folder / "signer"
    settings.OPERATOR_ADDRESS, settings.OPERATOR_PHONE = "9 Test Road, Example, MO 00000", "555-0101"
    settings.TIMESTAMP_ROOT_FILE = str(folder / "stamp.pem")
    if begun is not None:
        begun.lay_out(folder)
        settings.PUBLIC_URL = begun.public_url  # as letter, mails and log have it
    else:
        folder.mkdir(parents=True, exist_ok=True)
        call_command("make_seal_key", verbosity=0)
    with cluster.locked("authority"):
        stamps = TimestampAuthority(root_file=folder / "stamp.pem", kept=RUN / "authority.pem")
    with PeopleMailbox(folder / "mail") as mailbox, stamps:
        port = stamps.facts()["http"]
        settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", mailbox.port
        settings.TIMESTAMP_URLS = [f"http://127.0.0.1:{port}/"]
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{mailbox.port}", f"127.0.0.1:{port}"]
        keys = make_signer(settings.SIGNER_DIR) if begun is None else signer.Desk(settings.SIGNER_DIR)
        company = make_organisation() if begun is None else Organisation.objects.get()
        try:
            made = Desk(url, mailbox, company, keys, stamps)
            if begun is not None:
                made.cookies, made.two_names = begun.cookies, begun.cookies is None
            yield made
        finally:
            keys.close()
            log.close_lanes()


@pytest.fixture
def desk(request: pytest.FixtureRequest, site: Any, settings: Any, tmp_path: Path) -> Iterator[Desk]:
    """A desk; of a test that is marked `granted`, one at which a consent was given already."""
    with open_desk(settings, tmp_path, site.url, begun=request.node.stash.get(granted.WORLD, None)) as made:
        yield made
        assert not made.two_names, "the test is marked to begin with a grant that it did not ask for"
