"""How long somebody who waits for an answer may have files opened: one budget for all of them, the queue included.

Whoever sets none waits as long as it takes, as jobs do.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_now = time.monotonic
_until: ContextVar[float | None] = ContextVar("until", default=None)


class OutOfTime(Exception):
    """The budget is used up.

    No `SandboxError`: to whoever reads a file that one says something of the file, and this says nothing of it.
    """


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let everything inside take so long together, and no longer than a budget around it."""
    until, outer = _now() + seconds, _until.get()
    token = _until.set(until if outer is None else min(until, outer))
    try:
        yield
    finally:
        _until.reset(token)


def left() -> float | None:
    """Give the seconds that are left, None where nobody set a budget; raises `OutOfTime` where none are."""
    until = _until.get()
    if until is None:
        return None
    if (seconds := until - _now()) <= 0:
        raise OutOfTime
    return seconds
