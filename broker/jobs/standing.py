"""Work that comes round once a day without anybody asking for it (the worker sees to it)."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import transaction

from broker.jobs.models import Job
from broker.jobs.queue import enqueue

AFTER = timedelta(minutes=10)  # what people wait for goes first when a worker starts

_daily: dict[str, UUID] = {}


def daily(kind: str) -> UUID:
    """Have a job of this kind once on each day (UTC) on which a worker runs; give the subject that it has."""
    return _daily.setdefault(kind, uuid5(NAMESPACE_URL, f"daily:{kind}"))


def ensure(now: datetime) -> int:
    """Enqueue what this day has not had yet; its end, good or bad, is that day's only one. Return how many."""
    made = 0
    for kind, subject in _daily.items():
        key = f"{kind}:{now:%Y-%m-%d}"
        if not Job.objects.filter(key=key).exists():
            with transaction.atomic():
                enqueue(kind, subject, due_at=now + AFTER, key=key)
            made += 1
    return made
