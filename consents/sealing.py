"""The job that seals a signed letter, and what happens while it cannot (actions).

A letter is delivered with a timestamp or not at all (PAdES B-T). While no timestamp is to be had, or our own check
does not hold, the consent stays `signed`: nothing goes out, staff are told after a day, and each later try may succeed.
"""

import hashlib
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import covering, log
from broker.jobs import JobView
from broker.jobs.models import Job
from broker.terms import SERVICE, EventRef
from broker.transport.errors import TransportError
from consents.actions import move
from consents.ceremony.evidence import read_bundle
from consents.ceremony.models import SigningRecord
from consents.ceremony.stated import stated
from consents.lifecycle import State
from consents.loa.judgement import NotValid
from consents.loa.revocation import renew
from consents.loa.seal_key import SealKeyUnsafe
from consents.models import Consent, LetterFile

SEALER = SERVICE("letter-seal")
ALARM_AFTER = timedelta(hours=24)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
THE_LIST = uuid.uuid5(uuid.NAMESPACE_URL, "seal.list")  # the subject of the job that is about no letter
NO_TIMESTAMP, NO_KEY = "seal.no_timestamp", "seal.no_key"


@jobs.handler("letter.seal")
def seal_letter_job(job: JobView) -> None:
    """Seal the signed letter, check our own output, and only then make the consent active.

    The sealed letter carries the proof that the grant's own event is in the log, so it waits for that proof.
    """
    from consents.loa.seal import seal_and_check  # not at the top: pyHanko costs 0.2 s at the start of every command

    consent = Consent.objects.select_related("letter", "customer").get(id=job.subject_id)
    if consent.state != State.SIGNED:
        return
    proof = covering.proof_or_wait(EventRef(consent.granted_event), job=job, now=timezone.now())
    letter = consent.letter
    presented = letter.files.get(kind=LetterFile.Kind.PRESENTED)
    event = log.append_read(
        "letter.read",
        actor=SEALER,
        subject=consent.customer_id,
        purpose="operations",
        obj="letter",
        body={"why": "sealing"},
        cnt=1,
    )
    pdf = vault.open_file(presented.file, under=event)
    name, of_the_signing = _name_and_record(consent, event)
    keep_list(timezone.now())
    try:
        sealed = seal_and_check(
            pdf,
            signer_name=name,
            signed_at=letter.signed_at,
            letter_number=letter.number,
            log_proof=proof,
            stated=of_the_signing,
        )
    except (TransportError, NotValid, SealKeyUnsafe, ImproperlyConfigured) as problem:
        raise _later(consent, job, _code(problem)) from None
    _deliver(consent, presented, sealed)


def _name_and_record(consent: Consent, event: EventRef) -> tuple[str, dict[str, Any] | None]:
    """Open the signer's name, and of the signing's record what stands in the letter; None where no record was kept."""
    record = SigningRecord.objects.filter(consent=consent).first()
    if record is None:
        return vault.open(consent.letter.signer_name, under=event), None
    name, text = vault.open_all([consent.letter.signer_name, record.bundle], under=event)
    gathered = read_bundle(text)
    if gathered.commitment != bytes(record.commitment):
        raise AssertionError("the record of the signing is not the one that was committed to")
    return name, stated(gathered.bundle, gathered.commitment)


def _deliver(consent: Consent, presented: LetterFile, sealed: bytes) -> None:
    letter, now, sha256 = consent.letter, timezone.now(), hashlib.sha256(sealed).digest()
    if hashlib.sha256(sealed[: presented.bytes]).digest() != bytes(presented.sha256):
        raise AssertionError("the sealed letter does not begin with what was shown")
    with transaction.atomic():
        ref = log.append(
            "letter.sealed",
            actor=SEALER,
            subject=consent.customer_id,
            body={
                "consent": str(consent.id),
                "letter": letter.number,
                "presented_sha256": bytes(presented.sha256).hex(),
                "delivered_sha256": sha256.hex(),
            },
        )
        LetterFile.objects.create(
            letter=letter,
            kind=LetterFile.Kind.DELIVERED,
            sha256=sha256,
            bytes=len(sealed),
            file=vault.seal_file(
                sealed, subject=consent.customer_id, name=f"{letter.number}.pdf", retention=vault.EVIDENCE
            ),
            made_at=now,
            audit_event_id=ref.id,
        )
        jobs.enqueue("letter.archive", consent.id, key=f"letter.archive:{letter.id}:0")
        if not move(consent, State.ACTIVE, ref=ref, now=now):
            return  # she stopped sharing meanwhile; the sealed letter stays as evidence
        jobs.enqueue("consent.receipt", consent.id, key=f"consent.receipt:{consent.id}")


def _code(problem: Exception) -> str:
    if isinstance(problem, NotValid):
        return f"seal.{problem.why}"
    return NO_TIMESTAMP if isinstance(problem, TransportError) else NO_KEY


def _later(consent: Consent, job: JobView, code: str) -> jobs.RetryLater:
    """Try again after a pause that grows to an hour; the first failure sets the alarm."""
    with transaction.atomic():
        due = consent.signed_at + ALARM_AFTER
        jobs.enqueue("letter.overdue", consent.id, due_at=due, key=f"letter.overdue:{consent.id}")
    return jobs.RetryLater(code, min(FIRST_PAUSE * 2 ** min(job.waits, 6), LONGEST_PAUSE))


@jobs.handler("letter.overdue")
def overdue_job(job: JobView) -> None:
    """Write into the log that a letter could not be sealed for a day; the sealing itself goes on trying."""
    consent = Consent.objects.select_related("letter").get(id=job.subject_id)
    if consent.state != State.SIGNED:
        return
    with transaction.atomic():
        log.append(
            "letter.refused",
            actor=SEALER,
            subject=consent.customer_id,
            obj="letter",
            res="error",
            body={"consent": str(consent.id), "letter": consent.letter.number, "code": _last_error(consent.id)},
        )


def overdue(now: datetime) -> list[tuple[str, str]]:
    """Give the letters that wait for their seal longer than a day, with the code of the last failure."""
    late = Consent.objects.filter(state=State.SIGNED, signed_at__lte=now - ALARM_AFTER).select_related("letter")
    return [(each.letter.number, _last_error(each.id)) for each in late.order_by("signed_at")]


def _last_error(consent_id: uuid.UUID) -> str:
    job = Job.objects.filter(kind="letter.seal", subject_id=consent_id).order_by("-created_at").first()
    return job.last_error_code if job else ""


@jobs.handler("seal.list")
def list_job(_job: JobView) -> None:
    """Keep the list of revoked certificates fresh, once a day."""
    keep_list(timezone.now())


def keep_list(now: datetime) -> None:
    """Sign a new list when the old one is a day old, and see to it that tomorrow somebody does so again.

    Where the root's key was taken off this machine, its keeper brings the list, and nothing happens here.
    """
    with transaction.atomic():
        tomorrow = now + timedelta(days=1)
        jobs.enqueue("seal.list", THE_LIST, due_at=tomorrow, key=f"seal.list:{tomorrow:%Y-%m-%d}")
    try:
        renew(settings.SEAL_ROOT_FILE, now=now)
    except FileNotFoundError:
        return
