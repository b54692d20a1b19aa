"""A small world for tests of requests: a recipient with its application, a member with an account and a consent."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.parties.directory import AccountFacts, enrol_organisation, ensure_account, ensure_customer
from broker.parties.keys import create_application
from broker.parties.links import token_hash
from broker.parties.models import Application, Customer, Organisation, UtilityAccount
from broker.rehearsal import paper
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import SERVICE, Actor
from consents.actions import stop_token
from consents.identity.levels import follow, level_of
from consents.identity.models import Proof
from consents.lifecycle import ENDED, State
from consents.models import Consent, ConsentAccount, LetterFile, LetterOfAuthorization
from requests_app.models import DataRequest, ManualRequest
from tests.api_contract import PREFIX, holds

ACTOR = SERVICE("tests")
ACCOUNT = "40900017"
LETTER = paper.pdf([["A sealed letter, as far as a test needs one."]])  # the gate reads it on its way out


@dataclass
class World:
    """Who there is."""

    organisation: Organisation
    application: Application
    key: str
    customer: Customer
    account: UtilityAccount
    consent: Consent

    def ask(self, **changes: Any) -> dict[str, Any]:
        """Give a well-formed ask that this world permits."""
        ask: dict[str, Any] = {
            "accounts": [ACCOUNT],
            "data_types": ["usage_daily"],
            "from": "2025-10-01",
            "to": "2025-11-01",
            "purpose": "rate_comparison",
            **changes,
        }
        return {name: value for name, value in ask.items() if value is not ...}

    def post(self, body: Any, *, key: str | None = None, api_key: str | None = None) -> Any:
        """Ask through the API."""
        headers = {"Authorization": f"Bearer {api_key or self.key}"}
        if key != "":
            headers["Idempotency-Key"] = key or uuid.uuid4().hex
        return self.call("post", "data-requests", body, headers=headers)

    def get(self, path: str, api_key: str | None = None) -> Any:
        """Read through the API."""
        return self.call("get", path, headers={"Authorization": f"Bearer {api_key or self.key}"})

    def call(self, method: str, path: str, body: Any = None, *, headers: Any = None) -> Any:
        """Call the API; whatever it answers is held against its description."""
        sent = {} if method == "get" else {"data": "" if body is None else body, "content_type": "application/json"}
        headers = headers if headers is not None else {"Authorization": f"Bearer {self.key}"}
        answer = getattr(Client(), method)(f"{PREFIX}{path}", headers=headers, **sent)
        holds(method.upper(), f"{PREFIX}{path}", answer)
        return answer

    def requested(self, **changes: Any) -> DataRequest:
        """Make a request by the API and give its row."""
        answer = self.post(self.ask(**changes))
        assert answer.status_code in (201, 202), answer.content
        return DataRequest.objects.get(id=answer.json()["id"])

    def manual(self, **changes: Any) -> ManualRequest:
        """Make a request that goes to the co-op and give its row."""
        return ManualRequest.objects.get(request=self.requested(**changes))


def organisation(slug: str, now: datetime) -> tuple[Organisation, Application, str]:
    """Enrol a recipient with a test key."""
    row = enrol_organisation(
        slug,
        f"{slug.title()} Advisors",
        actor=ACTOR,
        now=now,
        address="1 Example Street",
        contact_email=f"inbox@{slug}.example",
    )
    application, key = create_application(
        row, "Rate check", Application.Mode.TEST, expires_at=now + timedelta(days=90), actor=ACTOR, now=now
    )
    return row, application, key


def world(**consent: Any) -> World:
    """Make the world; keywords change the consent."""
    now, utility = timezone.now(), consent.setdefault("utility", "obec")
    recipient, application, key = organisation("acme", now)
    customer_id = uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "pat@member.example", language="en", ref=ref, now=now)
        facts = AccountFacts(ACCOUNT, "Pat Member", "2 Example Road")
        account = ensure_account(customer, utility, facts, ref=ref, now=now)
        row = grant(customer, recipient, [account], ref=ref, now=now, **consent)
    return World(recipient, application, key, customer, account, row)


def grant(
    customer: Customer,
    recipient: Organisation,
    accounts: list[UtilityAccount],
    *,
    ref: Any,
    now: datetime,
    **changes: Any,
) -> Consent:
    """Make a consent in force, with a letter, inside the caller's transaction; at L2, by proofs of its accounts."""
    level, letter = changes.pop("assurance", "L2"), changes.pop("letter", LETTER)
    today = now.date() - timedelta(days=1)
    facts: dict[str, Any] = {
        "data_types": ["bill", "usage_daily"],
        "purpose": "rate_comparison",
        "onward_recipients": ["nectar"],
        "history_from": date(2025, 1, 1),
        "history_to": date(2026, 7, 1),
        "starts": today,
        "ends": today + timedelta(days=180),
        "state": State.ACTIVE,
        "assurance": "L1",  # every consent is born there
        **changes,
    }
    state = facts.pop("state")
    consent_id = uuid.uuid4()
    row = Consent.objects.create(
        id=consent_id,
        state=State.SIGNED,  # every consent is born there
        number=facts.pop("number", f"OB-2026-{Consent.objects.count() + 1:06}"),
        customer=customer,
        recipient=recipient,
        utility=facts.pop("utility", "obec"),
        text_version="test",
        text_sha256=bytes(32),
        signed_at=now,
        stop_token_hash=token_hash(stop_token(consent_id)),
        granted_event=ref.id,
        audit_event_id=ref.id,
        **facts,
    )
    for account in accounts:
        ConsentAccount.objects.create(consent=row, account=account, audit_event_id=ref.id)
        _proven(account, level, ref, now)
    follow(row, ref=ref)
    _letter(row, ref, now, letter)
    _enter(row, State(state), ref, now)
    return row


def _enter(row: Consent, state: State, ref: Any, now: datetime) -> None:
    path = [] if state == State.SIGNED else [State.ACTIVE, state] if state == State.PAUSED_DORMANT else [state]
    for each in path:
        row.state, row.ended_at = each, now if each in ENDED else None
        Consent.objects.filter(id=row.id).update(state=each, ended_at=row.ended_at, audit_event_id=ref.id)


def _proven(account: UtilityAccount, level: str, ref: Any, now: datetime) -> None:
    facts: dict[str, Any] = {"L1": None, "L2": {"how": "own_bill"}, "L3": {"how": "clerk_button"}}[level]
    if facts and level_of(account) < level:
        file = uuid.uuid4() if level == "L2" else None  # a bill that no test opens
        Proof.objects.create(account=account, level=level, file=file, at=now, audit_event_id=ref.id, **facts)


def _letter(consent: Consent, ref: Any, now: datetime, data: bytes) -> None:
    letter_id = uuid.uuid4()
    place = vault.Place("consents_letterofauthorization", "signer_name", letter_id)
    letter = LetterOfAuthorization.objects.create(
        id=letter_id,
        consent=consent,
        number=f"LOA-{letter_id.hex[:8]}",
        verification_code=letter_id.hex[:9],
        template_version="test",
        signer_name=vault.seal("Pat Member", subject=consent.customer_id, place=place),
        signed_at=now,
        audit_event_id=ref.id,
    )
    LetterFile.objects.create(
        letter=letter,
        kind=LetterFile.Kind.DELIVERED,
        sha256=hashlib.sha256(data).digest(),
        bytes=len(data),
        file=vault.seal_file(data, subject=consent.customer_id, name="letter.pdf", retention=vault.EVIDENCE),
        made_at=now,
        audit_event_id=ref.id,
    )


@contextmanager
def coop(folder: Path, settings: Any) -> Iterator[CoopMailbox]:
    """Play the co-op's own mail server, and let our mail reach it and nothing else."""
    with CoopMailbox(folder) as mailbox:
        place = f"127.0.0.1:{mailbox.port}"
        settings.ALLOWED_EGRESS = [place]
        settings.UTILITY_MAIL_SERVER = place
        settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", mailbox.port
        yield mailbox


def run_job(kind: str, subject: uuid.UUID, *, now: datetime | None = None) -> str:
    """Run the newest job of this kind and subject, and give its state afterwards."""
    from broker.jobs.models import Job

    job = Job.objects.filter(kind=kind, subject_id=subject).order_by("-created_at")[0]
    jobs.run(job.id, now=now)
    job.refresh_from_db()
    return job.state


def events(act: str) -> list[Any]:
    """Give the events of an act, oldest first."""
    from broker.audit.models import AuditEvent
    from broker.audit.words import ACTS

    return list(AuditEvent.objects.filter(act=ACTS[act].number).order_by("id"))


RECEIVER = "mx.broker.example"  # our own mail server in the tests


def reply(
    manual: ManualRequest,
    *,
    account: str = ACCOUNT,
    sender: str = "billing@coop.example",
    csv: bool = True,
    **more: Any,
) -> bytes:
    """Write the co-op's answer to a request."""
    from email.message import EmailMessage
    from email.utils import make_msgid

    mail = EmailMessage()
    proven = more.get("proven", sender.rpartition("@")[2])
    mail["Authentication-Results"] = f"{RECEIVER}; dmarc=pass header.from={proven}"
    mail["From"] = more.get("from_header", f"Billing <{sender}>")
    mail["To"] = f"r.{manual.thread_token}@localhost"
    mail["Subject"] = f"Re: Data access request {manual.number}"
    mail["Message-ID"] = more.get("message_id") or make_msgid(domain="coop.example")
    mail["In-Reply-To"] = manual.message_id
    mail.set_content(more.get("text", "Attached is what you asked for."))
    if csv:
        mail.add_attachment(usage(account).encode(), maintype="text", subtype="csv", filename="usage.csv")
    if more.get("pdf"):
        report = paper.usage_report(account=account, rows=[("2025-10-19", "49.600")])
        mail.add_attachment(report, maintype="application", subtype="pdf", filename="report.pdf")
    return mail.as_bytes()


def usage(account: str, first: date = date(2025, 10, 19)) -> str:
    """Write a usage file of two days."""
    from decimal import Decimal

    return paper.usage_csv(
        account=account,
        first=first,
        delivered=[Decimal("49.600"), Decimal("23.030")],
        received=[Decimal("-11.000"), Decimal("-29.520")],
    )
