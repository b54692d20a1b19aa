"""The flows of a grant: she signs, and the letter is sealed and sent; in a world that the product alone has made."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from unittest.mock import patch

import httpx
from django.core.handlers.wsgi import WSGIHandler
from django.utils import timezone

from broker import jobs
from broker.audit import signer
from broker.demo.visitor import UnexpectedPage, Visitor
from broker.notices.models import Notice
from consents.models import Consent, LetterFile
from tests.faults.points.flow import Flow, Said
from tests.integration.audit_support import integrate
from tests.integration.grant_support import ACCOUNT, EMAIL, NAME, Desk, open_desk
from tests.integration.test_consent_renewal import begin_renewal
from tests.requests_world import events

URL = "http://127.0.0.1:8000"


class Granted(Flow):
    """A desk at which a customer has come to the last page."""

    words: ClassVar = (NAME, EMAIL, ACCOUNT["address"])
    with_keys: ClassVar = True
    may_differ: ClassVar = {"consents.ServedPage": "who looks again was shown the page twice"}
    desk: Desk

    @contextmanager
    def around(self) -> Iterator[None]:
        """Let mailbox and timestamp authority play."""
        with ExitStack() as self.stack:
            yield

    @contextmanager
    def each(self, folder: Path) -> Iterator[None]:
        """Her browser is where it was."""
        self.her.http.cookies = httpx.Cookies(self.cookies)
        yield

    def prepare(self, folder: Path) -> None:
        """Go through the steps up to the signature."""
        with patch.object(signer, "make_key", _made_already):
            self.desk = self.stack.enter_context(open_desk(self.settings, folder, URL))
        mails = self.settings.UTILITY_MAIL_SERVER
        self.settings.ALLOWED_EGRESS = [*self.settings.ALLOWED_EGRESS, mails]
        here = httpx.Client(transport=httpx.WSGITransport(WSGIHandler()), base_url=URL, follow_redirects=True)
        self.her = Visitor(URL, here)
        self.desk.enter(self.her)
        self.desk.answer(self.her)
        self.desk.read(self.her)
        self.settings.SMTP_PORT = int(mails.rpartition(":")[2])
        self.cookies = httpx.Cookies(here.cookies)

    def _sign(self) -> None:
        self.desk.sign(self.her, opens=False)

    def _is_signed(self) -> bool:
        """Sign, and say whether that was answered."""
        try:
            self._sign()
        except (UnexpectedPage, httpx.HTTPError):
            return False
        return True

    def _work(self) -> None:
        """Be workers, integrator and signer until nothing is to be done."""
        keys = signer.Desk(Path(self.settings.SIGNER_DIR))
        try:
            for minutes in (24, 64, 124):
                jobs.run_due(timezone.now() + timedelta(minutes=minutes))
                integrate(keys.answer)
        finally:
            keys.close()

    def again(self) -> None:
        """Sign where it was not signed, and let the workers work."""
        if not Consent.objects.exists():
            self._sign()
        self._work()

    def judge(self, said: Said) -> None:
        """One consent, in force, with one letter, which she got once."""
        assert Consent.objects.get().state == "active"
        kinds = list(LetterFile.objects.order_by("made_at").values_list("kind", flat=True))
        assert kinds == ["presented", "delivered", "archived"], kinds
        taken, unknown = self.mails.at(EMAIL), Notice.objects.filter(state="unknown").count()
        assert (taken, unknown) in ((1, 0), (1, 1), (0, 1)), (taken, unknown)


class SignedByHer(Granted):
    """She signs."""

    name = "grant"

    def act(self) -> Said:
        """Sign."""
        return {"signed": True} if self._is_signed() else {}

    def kept(self, said: Said) -> None:
        """What was signed is there."""
        assert not said or Consent.objects.exists()


class Sealed(Granted):
    """The letter is sealed, stamped and sent to her."""

    name = "letter sealed"

    def prepare(self, folder: Path) -> None:
        """Sign too, and have it covered by a checkpoint."""
        super().prepare(folder)
        self._sign()
        jobs.run_due(timezone.now() + timedelta(minutes=2))
        integrate(self.desk.signer.answer)

    def act(self) -> Said:
        """Be the worker."""
        jobs.run_due(timezone.now() + timedelta(minutes=8))
        return {}


class Renewed(Granted):
    """She signs once more before the end: the new one takes the place of the old one, with no time in between."""

    name = "renewal"

    def prepare(self, folder: Path) -> None:
        """Have one in force, and come to the last page of the next."""
        super().prepare(folder)
        self.settings.SMTP_PORT = self.desk.mailbox.port
        self._sign()
        self.desk.work()
        old = Consent.objects.get()
        begin_renewal(self.desk, self.her, old)
        self.desk.answer(self.her, data={"data_types": ["bill"]})
        self.desk.read(self.her)
        self.settings.SMTP_PORT = int(self.settings.UTILITY_MAIL_SERVER.rpartition(":")[2])
        self.cookies = httpx.Cookies(self.her.http.cookies)
        self.old = old.id

    def act(self) -> Said:
        """Sign, and be the workers until it is sealed."""
        if not self._is_signed():
            return {}
        self._work()
        return {"signed": True}

    def kept(self, said: Said) -> None:
        """What was signed is there, and one of the two is in force."""
        assert not said or Consent.objects.count() == 2
        assert Consent.objects.filter(state="active").count() == 1

    def again(self) -> None:
        """Sign where it was not signed, and let the workers work."""
        if Consent.objects.count() == 1:
            self._sign()
        self._work()

    def judge(self, said: Said) -> None:
        """One took the place of the other, and she was told once."""
        newer = Consent.objects.exclude(id=self.old).get()
        assert (newer.supersedes_id, newer.state) == (self.old, "active")
        assert Consent.objects.get(id=self.old).state == "superseded"
        assert len(events("consent.superseded")) == 1
        kinds = list(LetterFile.objects.filter(letter__consent_id=newer.id).values_list("kind", flat=True))
        assert sorted(kinds) == ["archived", "delivered", "presented"], kinds


def _made_already(*_args: Any) -> None:
    """The stage has made the signer's key."""
