"""What every long-running process of ours does: stop when told to, and show that it lives."""

import os
import signal
import threading
import time
from datetime import UTC, datetime
from types import FrameType

from broker.jobs import heartbeats

BEAT_EVERY = 10.0  # seconds between signs of life


SLICE = 0.1  # seconds after which a waiting process looks whether it was told


class Stopping:
    """Whether this process was told to stop.

    No `threading.Event`: its lock, taken by the main thread that waits, would stop the signal's handler for good.
    """

    def __init__(self) -> None:
        self._told = False

    def set(self) -> None:
        """Tell it."""
        self._told = True

    def is_set(self) -> bool:
        """Say whether it was told."""
        return self._told

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until it is told; say whether it was."""
        end = time.monotonic() + seconds
        while not self._told and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, SLICE))
        return self._told


def until_told() -> Stopping:
    """Give what TERM and INT set; in another thread than the main one nobody but its holder sets it."""
    stopping = Stopping()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
    return stopping


class SignsOfLife:
    """The signs of life of the process of this name: one whenever the last is `every` seconds old."""

    def __init__(self, name: str, *, every: float = BEAT_EVERY) -> None:
        self._name, self._every = name, every
        self._due = time.monotonic()

    def now_and_then(self) -> bool:
        """Give one if it is time, and say whether it was; raises `DatabaseError`, then the next try gives it."""
        if time.monotonic() < self._due:
            return False
        heartbeats.beat(self._name, now=datetime.now(UTC), run=os.environ.get("RUN_TOKEN", ""))
        self._due = time.monotonic() + self._every
        return True
