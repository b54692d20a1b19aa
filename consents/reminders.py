"""Telling her of a consent that goes on, and pausing one that nobody uses (actions and jobs).

Each thing is told once: a row per consent, kind and occasion is unique in the database, and it is written in the
transaction that records the event and queues the mail. What a stopped scheduler missed is not made up for.
"""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.jobs import JobView
from broker.terms import PURPOSES
from consents import electronic, notice_days, suspending, uses
from consents.actions import LIFE, central_today, stop_token
from consents.expiry import end_of
from consents.lifecycle import State
from consents.models import Consent, ConsentNotice, Suspension
from consents.notice_days import Due, Running
from consents.rules import through

TELL = "consent.notices"
OFFICE_OPENS = time(9)  # mails of the clock come in the morning, not at midnight
TEMPLATES = {
    "ends_30": "ends_soon",
    "ends_7": "ends_soon",
    "ends_1": "ends_soon",
    "sharing": "still_sharing",
    "dormant": "not_used",
}


def enqueue_due(now: datetime) -> int:
    """Enqueue, for each consent with something to tell today, a job of its own; return how many."""
    found = [row for row in Consent.objects.filter(state=State.ACTIVE) if wanted(row, now=now) or pauses(row, now=now)]
    for row in found:
        with transaction.atomic():
            key = f"{TELL}:{row.id}:{central_today(now)}"
            jobs.enqueue(TELL, row.id, due_at=max(now, _morning(now)), key=key)
    return len(found)


def wanted(consent: Consent, *, now: datetime) -> list[Due]:
    """Give what is due today for a consent in force and was not told yet."""
    if consent.state != State.ACTIVE:
        return []
    told = set(consent.notices.values_list("kind", "about"))
    found = notice_days.due(running(consent), central_today(now))
    return [each for each in found if (each.kind, each.about) not in told]


def running(consent: Consent) -> Running:
    """Give the dates of a consent by which she is told things."""
    entered = consent.events.filter(state=State.ACTIVE).order_by("-at").values_list("at", flat=True).first()
    moments = [each for each in (consent.signed_at, entered, uses.last(consent)) if each is not None]
    return Running(consent.starts, end_of(consent), central_today(max(moments)))


def pauses(consent: Consent, *, now: datetime) -> bool:
    """Say whether she was told long enough ago that nobody uses this, and nobody has used it since."""
    today, dates = central_today(now), running(consent)
    told = consent.notices.filter(kind="dormant", about=dates.last_used.isoformat()).first()
    return told is not None and today >= notice_days.pause_day(central_today(told.at))


@jobs.handler(TELL)
def notices_job(job: JobView) -> None:
    """Tell what is due at the moment of running, and pause what nobody used after she was told."""
    consent = Consent.objects.select_related("customer", "recipient").get(id=job.subject_id)
    now = timezone.now()
    if consent.state == State.ACTIVE and pauses(consent, now=now):
        pause(consent, now=now)
        return
    for each in wanted(consent, now=now):
        tell(consent, each, now=now)


def tell(consent: Consent, due: Due, *, now: datetime) -> bool:
    """Write one notice to her, once; False when it was written before, or the consent is no longer in force."""
    to = electronic.address(consent.customer, actor=LIFE, why="reminder")
    try:
        with transaction.atomic():
            row = Consent.objects.select_for_update().get(id=consent.id)
            if row.state != State.ACTIVE or row.notices.filter(kind=due.kind, about=due.about).exists():
                return False
            ref = log.append(
                "consent.reminded",
                actor=LIFE,
                subject=row.customer_id,
                body={"consent": str(row.id), "number": row.number, "kind": due.kind, "about": due.about},
            )
            ConsentNotice.objects.create(consent=row, kind=due.kind, about=due.about, at=now, audit_event_id=ref.id)
            electronic.deliver(
                TEMPLATES[due.kind],
                consent,
                to=to,
                context=facts(consent, now=now),
                key=f"{due.kind}:{consent.id}:{due.about}",
                ref=ref,
                now=now,
            )
    except IntegrityError:  # another worker told her at this very moment
        return False
    return True


def pause(consent: Consent, *, now: datetime) -> bool:
    """Suspend an unused consent; she is told how to resume it, and nobody else can."""
    with transaction.atomic():
        if not suspending.suspend(consent, because=Suspension.Because.DORMANT, actor=LIFE, now=now):
            return False
        row = consent.suspensions.get(because=Suspension.Because.DORMANT, lifted_at=None)
        jobs.enqueue("consent.paused", consent.id, key=f"consent.paused:{row.id}")
    return True


def facts(consent: Consent, *, now: datetime) -> dict[str, Any]:
    """Give what the mails about a consent say of it; nothing in it names an account."""
    today = central_today(now)
    return {
        "number": consent.number,
        "who": consent.recipient.legal_name,
        "purpose": PURPOSES[consent.purpose],
        "data_types": consent.data_types,
        "last_day": through(end_of(consent)),
        "is_last_day": through(end_of(consent)) == today,
        "starts": consent.starts,
        "last_used": running(consent).last_used,
        "pause_day": notice_days.pause_day(today),
        "stop_path": reverse("stop", args=[stop_token(consent.id)]),
        "renew_path": reverse("my-renew", args=[consent.id]),
        "resume_path": reverse("my-resume", args=[consent.id]),
        "my_path": reverse("my"),
    }


def _morning(now: datetime) -> datetime:
    zone = ZoneInfo(settings.DISPLAY_ZONE)
    return datetime.combine(now.astimezone(zone).date(), OFFICE_OPENS, zone)
