"""The end date of a consent: moved at midnight Central by the clock (actions and jobs).

Nothing depends on this being in time: the decision compares dates itself and refuses from midnight on, also while no
worker runs. What the job adds is the end as an event, what follows from it elsewhere, and the note to the customer.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.jobs import JobView
from consents.actions import LIFE, central_today, move
from consents.lifecycle import LIVE, State, can_move
from consents.models import Consent
from consents.rules import last_day_of_term
from consents.signals import consent_ended

EXPIRE = "consent.expire"


def end_of(consent: Consent) -> date:
    """Give the first day on which it is over: its end date, and never later than twelve months after its start."""
    return min(consent.ends, last_day_of_term(consent.starts))


def midnight(day: date) -> datetime:
    """Give the instant at which a Central date begins; in the weeks of a clock change, too."""
    return datetime.combine(day, time.min, ZoneInfo(settings.DISPLAY_ZONE)).astimezone(ZoneInfo("UTC"))


def expire(consent: Consent, *, now: datetime) -> bool:
    """Record that a consent ran out; False while its last day lasts, and when it had ended already."""
    with transaction.atomic():
        row = Consent.objects.select_for_update().get(id=consent.id)
        if central_today(now) < end_of(row) or not can_move(State(row.state), State.EXPIRED):
            return False
        ref = log.append(
            "consent.expired",
            actor=LIFE,
            subject=row.customer_id,
            body={"consent": str(row.id), "number": row.number, "end": end_of(row).isoformat(), "was": row.state},
        )
        if not move(row, State.EXPIRED, ref=ref, now=now):
            raise RuntimeError("the consent changed while it was running out")
        consent_ended.send(sender=Consent, consent=row, ref=ref, now=now, how="clock", received_at=None)
        jobs.enqueue("consent.ran_out", row.id, key=f"consent.ran_out:{row.id}")
    consent.refresh_from_db()
    return True


def enqueue_due(now: datetime) -> int:
    """Enqueue the end of every consent whose last day is over, each as a job of its own; return how many."""
    rows = due(now)
    for row in rows:
        with transaction.atomic():
            jobs.enqueue(EXPIRE, row.id, key=f"{EXPIRE}:{row.id}:{central_today(now)}")
    return len(rows)


def due(now: datetime) -> list[Consent]:
    """Give what is stored as in force although its last day is over."""
    today = central_today(now)
    rows = Consent.objects.filter(state__in=LIVE)
    # A term is twelve months at most, whatever `ends` says.
    near = rows.filter(ends__lte=today) | rows.filter(starts__lte=today - timedelta(days=365))
    return [row for row in near.order_by("ends", "id") if end_of(row) <= today]


@jobs.handler(EXPIRE)
def expire_job(job: JobView) -> None:
    """End one consent; one that ended meanwhile is left alone.

    Where a worker whose clock is ahead asked for it, the job waits: its key is taken, so nobody asks again that day.
    """
    consent, now = Consent.objects.get(id=job.subject_id), timezone.now()
    if not expire(consent, now=now) and consent.state in LIVE and now < (end := midnight(end_of(consent))):
        raise jobs.RetryLater("consent.not_yet", end - now)
