"""Signs of life of long-running processes."""

import os
from datetime import datetime

from broker.jobs.models import Heartbeat


def beat(name: str, *, now: datetime, run: str = "") -> None:
    """Write down that the process of this name is alive."""
    Heartbeat.objects.update_or_create(name=name, defaults={"pid": os.getpid(), "run": run, "beat_at": now})


def last_beat(name: str) -> Heartbeat | None:
    """Give the last sign of life of this process, if there ever was one."""
    return Heartbeat.objects.filter(name=name).first()
