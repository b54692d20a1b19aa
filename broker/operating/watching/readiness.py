"""Whether requests may be sent here: the database answers, jobs run, keys are there, the disk has room (action)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from broker.audit import log
from broker.jobs import heartbeats
from broker.jobs.models import Job
from broker.jobs.states import JobState
from broker.operating import gathering
from broker.operating.rules import BEAT_OLD, DISK_RED
from broker.vault import keyring

QUEUE_LATE = timedelta(minutes=10)  # a job that has been due so long says that nobody works


def look(*, now: datetime) -> dict[str, bool]:
    """Give each thing that was looked at and whether it stands; what cannot be asked does not stand. `now` in UTC."""
    checks: dict[str, Callable[[], bool]] = {
        "database": _database,
        "queue": lambda: _queue(now),
        "keys": _keys,
        "disk": lambda: all(free >= DISK_RED for free in gathering.disks().values()),
        "log": lambda: log.why_closed() is None,
    }
    return {name: _stands(check) for name, check in checks.items()}


def _stands(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever breaks one check is its answer
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone() == (1,))


def _queue(now: datetime) -> bool:
    beat = heartbeats.last_beat("worker")
    late = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING], due_at__lt=now - QUEUE_LATE)
    return beat is not None and now - beat.beat_at <= BEAT_OLD and not late.exists()


def _keys() -> bool:
    keyring.provider().current()
    return True
