"""Claim, run, finish: each in its own commit, so that a death at any point leaves a row that says what happened."""

import logging
import traceback
import uuid
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from broker.jobs.models import Job
from broker.jobs.queue import pump
from broker.jobs.registry import GiveUp, Held, JobView, RetryLater, handler_of, kinds, look_first
from broker.jobs.signals import job_dead
from broker.jobs.states import MAX_ATTEMPTS, MAX_WAITS, OPEN, JobState, backoff

logger = logging.getLogger(__name__)


def lease_time() -> timedelta:
    """Give how long a run holds its job: longer than the queue lets a run live (it kills 3 s after the timeout)."""
    return timedelta(seconds=settings.Q_CLUSTER["timeout"] + 5)


def run(job_id: UUID, *, now: datetime | None = None) -> bool:
    """Run one job if it is due and nobody holds it; say whether this call ran it."""
    now = now or timezone.now()
    job = _claim(job_id, now=now)
    if job is None:
        return False
    if job.attempts > MAX_ATTEMPTS:
        _bury(job, "job.died")  # every allowed attempt ended without a word: the work kills its worker
        return True
    view = JobView(job.id, job.kind, job.subject_id, job.attempts, job.waits, job.created_at)
    try:
        look_first(view)
        handler_of(job.kind)(view)
    except Held as held:
        _requeue(job, held.code, now + held.after, attempts=F("attempts") - 1)
    except RetryLater as wait:
        _wait(job, wait, now=now)
    except GiveUp as end:
        _bury(job, end.code)
    except Exception as error:  # noqa: BLE001 - any failure of the work is this job's failure, never the worker's
        _failed(job, error, now=now)
    else:
        _held(job).update(state=JobState.DONE, finished_at=timezone.now(), lease=None, lease_until=None)
    return True


def sweep(now: datetime) -> int:
    """Hand every due job without a live run to the queue again; enough for progress if the queue lost everything."""
    again = now - timedelta(seconds=settings.Q_CLUSTER["timeout"])
    due = _due(now).filter(Q(pumped_at=None) | Q(pumped_at__lt=F("due_at")) | Q(pumped_at__lt=again))
    ids = list(due.order_by("due_at").values_list("id", flat=True)[:200])
    if ids:
        with transaction.atomic():
            for job_id in ids:
                pump(job_id, now=now)
    return len(ids)


def run_due(now: datetime | None = None) -> int:
    """Run in this process whatever is due, and what that makes due, until nothing is; give how many ran."""
    count = 0
    while (ready := _due(now or timezone.now()).order_by("due_at", "created_at").first()) is not None:
        count += run(ready.id, now=now)
    return count


def unhandled_kinds() -> list[str]:
    """Give the kinds of open jobs that have no handler in this process."""
    open_kinds = Job.objects.filter(state__in=OPEN).values_list("kind", flat=True).distinct()
    return sorted(set(open_kinds) - kinds())


def revive(job_id: UUID) -> bool:
    """Queue a dead job again, as a person decided; inside `atomic()`, next to the event that says who."""
    now = timezone.now()
    revived = Job.objects.filter(id=job_id, state=JobState.DEAD).update(
        state=JobState.QUEUED, attempts=0, waits=0, due_at=now, finished_at=None
    )
    if revived:
        pump(job_id, now=now)
    return bool(revived)


def _due(now: datetime) -> QuerySet[Job]:
    return Job.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), state__in=OPEN, due_at__lte=now)


def _claim(job_id: UUID, *, now: datetime) -> Job | None:
    # One statement decides: of two deliveries the second changes no row. The attempt is counted here, in its own
    # commit, because work that kills its worker never comes back to count anything.
    lease = uuid.uuid4()
    taken = (
        _due(now)
        .filter(id=job_id)
        .update(state=JobState.RUNNING, attempts=F("attempts") + 1, lease=lease, lease_until=now + lease_time())
    )
    return Job.objects.get(id=job_id) if taken else None


def _held(job: Job) -> QuerySet[Job]:
    # Fencing: a run that was slower than its lease finds the job in other hands and changes nothing.
    return Job.objects.filter(id=job.id, lease=job.lease)


def _requeue(job: Job, code: str, due_at: datetime, **changes: object) -> None:
    _held(job).update(
        state=JobState.QUEUED, lease=None, lease_until=None, due_at=due_at, last_error_code=code[:80], **changes
    )


def _wait(job: Job, wait: RetryLater, *, now: datetime) -> None:
    if job.waits >= MAX_WAITS:
        _bury(job, wait.code)
        return
    pause = max(wait.after, timedelta(seconds=1))
    _requeue(job, wait.code, now + pause, attempts=F("attempts") - 1, waits=F("waits") + 1)


def _failed(job: Job, error: Exception, *, now: datetime) -> None:
    code = str(getattr(error, "code", "") or type(error).__name__)
    # The text of an exception may quote data; the log gets its name and place only.
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    logger.warning("job %s (%s), attempt %d: %s at %s", job.id, job.kind, job.attempts, type(error).__name__, place)
    if job.attempts >= MAX_ATTEMPTS:
        _bury(job, code)
    else:
        _requeue(job, code, now + backoff(job.attempts))


def _bury(job: Job, code: str) -> None:
    view = JobView(job.id, job.kind, job.subject_id, job.attempts, job.waits, job.created_at)
    with transaction.atomic():
        buried = _held(job).update(
            state=JobState.DEAD, lease=None, lease_until=None, last_error_code=code[:80], finished_at=timezone.now()
        )
        if buried:
            logger.error("job %s (%s) is dead: %s", job.id, job.kind, code)
            job_dead.send(sender=Job, job=view, code=code)
