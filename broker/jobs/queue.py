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
    facts = {"kind": kind, "subject_id": subject_id, "due_at": due_at or now, "created_at": now}
    if key is None:
        job, is_new = Job.objects.create(**facts), True
    else:
        job, is_new = Job.objects.get_or_create(key=key, defaults=facts)
    if is_new and job.due_at <= now:
        pump(job.id, now=now)
    return job.id


def pump(job_id: UUID, *, now: datetime) -> None:
    """Hand a job's id to the queue, inside `atomic()`: the queue's row commits with ours or not at all."""
    Job.objects.filter(id=job_id).update(pumped_at=now)
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
