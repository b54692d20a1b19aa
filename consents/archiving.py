"""The archive's copy of a letter: stamped right after delivery, and again before a stamp loses its worth (actions)."""

import hashlib
from datetime import datetime, timedelta

from asn1crypto import pem
from asn1crypto.crl import CertificateList
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from broker import jobs, vault
from broker.audit import log
from broker.jobs import JobView
from broker.transport import http
from broker.transport.errors import TransportError
from consents.loa.judgement import NotValid
from consents.loa.trusting import trust
from consents.models import Consent, LetterFile, LetterOfAuthorization
from consents.sealing import FIRST_PAUSE, SEALER, keep_list

AGAIN, BEFORE_THE_END, SOONEST = timedelta(days=365), timedelta(days=30), timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=12)
TIMEOUT_SECONDS = 10.0
NO_STAMP = "archive.no_timestamp"


class NotABeginning(AssertionError):
    """A file of a letter does not begin with the one before it: nothing was stored."""


@jobs.handler("letter.archive")
def archive_letter_job(job: JobView) -> None:
    """Add an archive stamp to the newest file of the letter, and keep the result as one more file.

    The files before stay, and each remains "exact". The next stamp is due a year later, or a month before the
    authority's certificate ends.
    """
    # Not at the top: pyHanko costs 0.2 s at the start of every command.
    from consents.loa.archive import archived
    from consents.loa.stamping import our_stamper

    consent = Consent.objects.select_related("letter").get(id=job.subject_id)
    letter = consent.letter
    if letter.files.filter(kind=LetterFile.Kind.ARCHIVED, made_at__gt=job.created_at).exists():
        return  # this very job did it already, and died before it could say so
    newest = _newest(letter)
    event = log.append_read(
        "letter.read",
        actor=SEALER,
        subject=consent.customer_id,
        purpose="operations",
        obj="letter",
        body={"why": "archiving"},
        cnt=1,
    )
    data = vault.open_file(newest.file, under=event)
    now = timezone.now()
    keep_list(now)
    try:
        believed = trust()
        stamped, judged = archived(data, believed, our_stamper(believed), now=now, crls=_lists(data))
    except (TransportError, NotValid, ImproperlyConfigured) as problem:
        raise jobs.RetryLater(_code(problem), min(FIRST_PAUSE * 2 ** min(job.waits, 12), LONGEST_PAUSE)) from None
    _check_beginnings(letter, stamped)
    _keep(consent, stamped, now=timezone.now(), again_at=next_stamp(now, judged.stamp_ends))


def next_stamp(now: datetime, stamp_ends: datetime | None) -> datetime:
    """Give when a letter is stamped again: after a year, or a month before the authority's certificate ends."""
    due = now + AGAIN
    if stamp_ends is not None:
        due = min(due, stamp_ends - BEFORE_THE_END)
    return max(due, now + SOONEST)


def _newest(letter: LetterOfAuthorization) -> LetterFile:
    found = letter.files.exclude(kind=LetterFile.Kind.PRESENTED).order_by("-made_at", "-bytes").first()
    assert found is not None, "archived before it was delivered"
    return found


def _check_beginnings(letter: LetterOfAuthorization, stamped: bytes) -> None:
    """Presented, delivered and archived are one document: each begins with the one before, byte for byte."""
    for each in letter.files.all():
        if hashlib.sha256(stamped[: each.bytes]).digest() != bytes(each.sha256):
            raise NotABeginning(each.kind)


def _keep(consent: Consent, stamped: bytes, *, now: datetime, again_at: datetime) -> None:
    letter, sha256 = consent.letter, hashlib.sha256(stamped).digest()
    with transaction.atomic():
        ref = log.append(
            "letter.archived",
            actor=SEALER,
            subject=consent.customer_id,
            obj="letter",
            body={
                "consent": str(consent.id),
                "letter": letter.number,
                "archived_sha256": sha256.hex(),
                "again_at": again_at.isoformat(timespec="seconds"),
            },
        )
        LetterFile.objects.create(
            letter=letter,
            kind=LetterFile.Kind.ARCHIVED,
            sha256=sha256,
            bytes=len(stamped),
            file=vault.seal_file(
                stamped, subject=consent.customer_id, name=f"{letter.number}.pdf", retention=vault.EVIDENCE
            ),
            made_at=now,
            audit_event_id=ref.id,
        )
        count = letter.files.filter(kind=LetterFile.Kind.ARCHIVED).count()
        jobs.enqueue("letter.archive", consent.id, due_at=again_at, key=f"letter.archive:{letter.id}:{count}")


def _lists(data: bytes) -> list[CertificateList]:
    """Fetch the authorities' lists of revoked certificates; their hosts must be on the allow-list."""
    from consents.loa.archive import list_addresses  # late, as above

    addresses = list_addresses(data)
    if not addresses:
        return []
    return [_list(address) for address in addresses]


def _list(address: str) -> CertificateList:
    try:
        with http.client("revocation list", address, calls="GET", timeout=TIMEOUT_SECONDS) as client:
            return _read(client.get(address))
    except (http.HTTPError, ValueError) as problem:
        raise TransportError(type(problem).__name__) from None


def _read(answer: http.Response) -> CertificateList:
    body = answer.raise_for_status().content
    return CertificateList.load(pem.unarmor(body)[2] if pem.detect(body) else body, strict=True)


def _code(problem: Exception) -> str:
    return f"archive.{problem.why}" if isinstance(problem, NotValid) else NO_STAMP
