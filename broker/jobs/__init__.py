"""Our own job table on top of a queue that may lose or double anything.

`enqueue` writes a job in the caller's transaction; a worker runs its handler at least once, and once in effect if the
handler uses the job's id as idempotency key. The queue carries ids only and may be emptied at any time.
"""

from typing import TYPE_CHECKING

from broker.jobs.registry import GiveUp, Handler, Held, JobView, RetryLater, UnknownKind, guard, guarded, handler
from broker.jobs.signals import job_dead
from broker.jobs.states import MAX_ATTEMPTS

if TYPE_CHECKING:
    from broker.jobs.queue import cancel_for, enqueue
    from broker.jobs.runner import run, run_due, sweep

__all__ = [
    "MAX_ATTEMPTS",
    "GiveUp",
    "Handler",
    "Held",
    "JobView",
    "RetryLater",
    "UnknownKind",
    "cancel_for",
    "enqueue",
    "guard",
    "guarded",
    "handler",
    "job_dead",
    "run",
    "run_due",
    "sweep",
]


def __getattr__(name: str) -> object:
    """Load the functions that need the job table only when asked: this package is imported before models are ready."""
    if name in ("enqueue", "cancel_for"):
        from broker.jobs import queue

        return getattr(queue, name)
    if name in ("run", "run_due", "sweep"):
        from broker.jobs import runner

        return getattr(runner, name)
    raise AttributeError(name)
