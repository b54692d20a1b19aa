"""The two functions that the queue knows by name; only a job id travels through it."""

from uuid import UUID

from django.utils import timezone

from broker.jobs import runner


def run(job_id: str) -> None:
    """Run the job of this id, unless it is done, not due, or in other hands."""
    runner.run(UUID(job_id))


def sweep() -> None:
    """Queue again whatever is due and not running."""
    runner.sweep(timezone.now())
