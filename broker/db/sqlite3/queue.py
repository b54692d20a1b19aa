"""The write queue: SQLite lets waiting writers overtake each other, so they stand in line before they ask it.

Two locks make a line. A single one is taken again by whoever releases it; with a gate before the turn, the releaser
finds somebody standing in the gate and has to wait behind. Both are polled, so that a holder which has been stopped
costs the others their deadline and not their life.
"""

import fcntl
import os
import time
import weakref
from pathlib import Path

from django.db.utils import OperationalError

_SHORTEST, _LONGEST = 0.0001, 0.001  # seconds between two looks at a lock


class WriteQueue:
    """One connection's place in the line of writers to one database file."""

    def __init__(self, database: str | Path, limit: float) -> None:
        self._paths = (f"{database}.gate", f"{database}.turn")
        self._limit = limit
        self._files: list[int] = []
        self.held = False
        _queues.add(self)

    def take(self) -> None:
        """Wait for the turn to write, at most for the limit; then OperationalError."""
        end = time.monotonic() + self._limit
        self.held = True
        try:
            gate, turn = self._open()
            _lock(gate, end)
            _lock(turn, end)
            fcntl.flock(gate, fcntl.LOCK_UN)
        except BaseException:
            self.give()
            raise

    def give(self) -> None:
        """Let the next writer go; harmless when nothing is held."""
        for each in self._files:
            fcntl.flock(each, fcntl.LOCK_UN)
        self.held = False

    def close(self) -> None:
        """Give the turn and the files back."""
        if self.held:
            self.give()
        self.forget()

    def forget(self) -> None:
        """Close the files without unlocking: in a forked child the lock is still the parent's."""
        files, self._files, self.held = self._files, [], False
        for each in files:
            os.close(each)

    def _open(self) -> list[int]:
        # A lock belongs to the open file, so each connection opens its own: two threads must exclude each other too.
        while len(self._files) < len(self._paths):
            path = self._paths[len(self._files)]
            self._files.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return self._files


def _lock(file: int, end: float) -> None:
    pause = _SHORTEST
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                raise OperationalError("the database is busy: another writer kept its turn past the limit") from None
        time.sleep(pause)
        pause = min(pause * 2, _LONGEST)


_queues: weakref.WeakSet[WriteQueue] = weakref.WeakSet()


def _forget_all() -> None:
    for queue in list(_queues):
        queue.forget()


# Else a lock whose holder died would live on in the child that inherited the open file.
os.register_at_fork(after_in_child=_forget_all)
