"""The notice before hourly data: to her and to the second holder, and the time counts from when mail servers took it.

Jobs and their actions. A notice that nobody could deliver opens nothing.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, publishing, vault
from broker.audit import log
from broker.jobs import GiveUp, JobView, RetryLater
from broker.notices.models import Notice, NoticeState
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from consents import electronic
from consents.actions import stop_token
from consents.identity.levels import NOTICE
from consents.identity.models import IntervalNotice
from consents.identity.needs import awaited_hours
from consents.joint import members
from consents.joint.models import JointMember
from consents.lifecycle import ENDED, State
from consents.models import Consent, PaperNotice, endings_of

SENT = "identity.noticed"
WRITER = SERVICE("notices")


POST_DAYS = timedelta(days=5)  # a posted notice counts as told this long after staff said that it went out


@dataclass(frozen=True)
class _Holder:
    """Somebody who has to be told; by post where there is no address for mail."""

    to: ProvenAddress | None
    subject: uuid.UUID
    language: str
    stop_path: str


@jobs.handler(NOTICE)
def notice_job(job: JobView) -> None:
    """Write to the holders of the account that hourly data opens after the profile's hours."""
    consent = Consent.objects.select_related("customer", "recipient").get(id=job.subject_id)
    hours = _hours(consent)
    if hours is None:
        return
    if consent.state != State.ACTIVE:
        raise RetryLater("consent.not_active", timedelta(hours=1))
    holders = [*_second_holder(consent), _signer(consent)]
    with transaction.atomic():
        for holder in holders:
            _tell(consent, holder, hours)
        jobs.enqueue(SENT, consent.id, key=f"{SENT}:{consent.id}")


def _tell(consent: Consent, holder: _Holder, hours: int) -> None:
    context = {
        "number": consent.number,
        "who": consent.recipient.legal_name,
        "account_ending": endings_of(consent),
        "hours": hours,
        "stop_path": holder.stop_path,
    }
    key = _key(consent, holder.subject)
    if holder.to is None:
        message = electronic.Message("hourly_notice", consent.customer, context, key, consent)
        ref = electronic.printed(message, actor=WRITER)
        electronic.deliver_message(message, to=None, ref=ref, now=timezone.now())
        return
    notices.send_later(
        "hourly_notice", to=holder.to, subject=holder.subject, language=holder.language, context=context, key=key
    )


@jobs.handler(SENT)
def noticed_job(job: JobView) -> None:
    """Let the time run once every holder's mail was taken by a mail server, and a letter has had time to come."""
    consent = Consent.objects.get(id=job.subject_id)
    if _hours(consent) is None:
        return
    mails = list(Notice.objects.filter(key__startswith=f"hourly_notice:{consent.id}:"))
    states = {mail.state for mail in mails}
    if states & {NoticeState.REFUSED, NoticeState.UNKNOWN}:
        raise GiveUp("mail.refused")
    letters = list(PaperNotice.objects.filter(key__startswith=f"hourly_notice:{consent.id}:"))
    if any(letter.posted_at is None or letter.posted_at + POST_DAYS > timezone.now() for letter in letters):
        raise RetryLater("notice.waiting", timedelta(hours=6))
    times = [mail.sent_at for mail in mails if mail.sent_at is not None]
    if len(times) < len(mails) or not [*mails, *letters]:
        raise RetryLater("notice.waiting", timedelta(minutes=5))
    times += [letter.posted_at + POST_DAYS for letter in letters if letter.posted_at is not None]
    record(consent, notice=mails[0].id if mails else letters[0].id, at=max(times))


def record(consent: Consent, *, notice: uuid.UUID, at: datetime) -> bool:
    """Record that the holders were told; False when it was recorded before, or the consent has ended."""
    with transaction.atomic():
        row = Consent.objects.select_for_update().get(id=consent.id)
        if row.notice_at is not None or row.state in ENDED:
            return False
        ref = log.append(
            "identity.noticed",
            actor=WRITER,
            subject=row.customer_id,
            obj="notice",
            body={"consent": str(row.id), "notice": str(notice), "at": at.isoformat()},
        )
        IntervalNotice.objects.create(consent=row, notice=notice, at=at, audit_event_id=ref.id)
        Consent.objects.filter(id=row.id).update(notice_at=at, audit_event_id=ref.id)
    return True


def _hours(consent: Consent) -> int | None:
    if consent.state in ENDED or consent.notice_at is not None:
        return None
    needs = publishing.assurance(consent.utility)
    return awaited_hours(consent.data_types, level=consent.assurance, needs=needs)


def _key(consent: Consent, subject: uuid.UUID) -> str:
    return f"hourly_notice:{consent.id}:{subject}"


def _signer(consent: Consent) -> _Holder:
    to = electronic.address(consent.customer, actor=WRITER, why="hourly data")
    stop_path = reverse("stop", args=[stop_token(consent.id)])
    return _Holder(to, consent.customer_id, consent.customer.language, stop_path)


def _second_holder(consent: Consent) -> list[_Holder]:
    member = JointMember.objects.filter(consent=consent).first()
    if member is None:
        return []
    if member.email is None:
        # The bill names two and we can write to one of them: no time passes behind the other's back.
        raise RetryLater("joint.no_address", timedelta(days=1))
    event = log.append_read(
        "joint.read",
        actor=WRITER,
        subject=member.id,
        purpose="operations",
        obj="joint_member",
        body={"member": str(member.id), "fields": ["email"]},
        cnt=1,
    )
    to = ProvenAddress(vault.open(member.email, under=event), Proof("invitation", str(member.id)))
    return [_Holder(to, member.id, member.language, reverse("joint", args=[members.token(member.id)]))]
