"""Enqueue and cancel: writes in the caller's transaction, so a job exists if and only if its cause does."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from broker.jobs.models import Job
from broker.jobs.registry import handler_of
from broker.jobs.states import JobState

PUMP = "broker.jobs.pump.run"


class NotInTransaction(RuntimeError):
    """A job was enqueued outside `atomic()`, where it could outlive the change that caused it."""


def enqueue(kind: str, subject_id: UUID, *, due_at: datetime | None = None, key: str | None = None) -> UUID:
    """Write a job in this transaction and give its id; a `key` that exists gives the job that has it."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(kind)
    handler_of(kind)
    now = timezone.now()
    due = due_at or now
    # Marked as handed over at once: its row and the queue's come together or not at all, and a stop writes three.
    pumped = now if due <= now else None
    job = Job(kind=kind, subject_id=subject_id, key=key, due_at=due, created_at=now, pumped_at=pumped)
    if key is None:
        job.save(force_insert=True)
    else:
        # One statement instead of a look and a savepoint. What else could be wrong with the row ends at `get`.
        Job.objects.bulk_create([job], ignore_conflicts=True)
        if (standing := Job.objects.values_list("id", flat=True).get(key=key)) != job.id:
            return standing
    if pumped:
        _hand_over(job.id)
    return job.id


def pump(job_id: UUID, *, now: datetime) -> None:
    """Hand a job's id to the queue, inside `atomic()`: the queue's row commits with ours or not at all."""
    Job.objects.filter(id=job_id).update(pumped_at=now)
    _hand_over(job_id)


def _hand_over(job_id: UUID) -> None:
    if settings.Q_CLUSTER.get("sync"):
        from broker.jobs.runner import run

        transaction.on_commit(partial(run, job_id))
        return
    async_task(PUMP, str(job_id))


def cancel_for(subject_id: UUID, *, kind: str | None = None) -> int:
    """Cancel what is queued for this subject, in the caller's transaction; a run in progress checks for itself."""
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction("cancel")
    queued = Job.objects.filter(subject_id=subject_id, state=JobState.QUEUED)
    if kind is not None:
        queued = queued.filter(kind=kind)
    return queued.update(state=JobState.CANCELLED, finished_at=timezone.now())
