"""The time of tests: the co-op's day, and a test that travels in time, while PostgreSQL stays where it is."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace
from unittest.mock import patch
from zoneinfo import ZoneInfo

import time_machine
from django.conf import settings
from django.db import connection
from time_machine import escape_hatch

from broker.audit import log

_REAL = SimpleNamespace(time_ns=escape_hatch.time.time_ns, monotonic=time.monotonic, sleep=time.sleep)


def today(at: datetime | None = None) -> date:
    """Give the day at the co-op, now or at an instant: what the product calls today, whatever the machine's zone."""
    return (at or datetime.now(UTC)).astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()


@contextmanager
def travel(at: datetime) -> Iterator[None]:
    """Let it be this time; the log keeps PostgreSQL's own, which opens no key under an event of another time."""
    with ExitStack() as stack:
        stack.enter_context(time_machine.travel(at, tick=False))
        if connection.vendor == "postgresql":
            stack.enter_context(patch.object(log, "time", _REAL))
        yield
