"""The states of a job and the moves between them (rules)."""

from datetime import timedelta
from enum import StrEnum

MAX_ATTEMPTS = 8
MAX_WAITS = 500
FIRST_BACKOFF = timedelta(seconds=30)
LONGEST_BACKOFF = timedelta(hours=2)


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


OPEN = (JobState.QUEUED, JobState.RUNNING)

NEXT: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED, JobState.DEAD}),
    # Running to running: the lease of a worker that died ran out, and another worker took the job over.
    JobState.RUNNING: frozenset({JobState.RUNNING, JobState.QUEUED, JobState.DONE, JobState.DEAD}),
    JobState.DONE: frozenset(),
    JobState.DEAD: frozenset({JobState.QUEUED}),  # a person decided to try again
    JobState.CANCELLED: frozenset(),
}


def backoff(attempt: int) -> timedelta:
    """Give the pause after this failed attempt (counted from 1): doubling, at most two hours."""
    doubled: timedelta = FIRST_BACKOFF * 2 ** min(attempt - 1, 20)
    return min(doubled, LONGEST_BACKOFF)
