"""The two functions that the queue knows by name; only a job id travels through it."""

import logging
from uuid import UUID

from django.utils import timezone

from broker.jobs import runner

logger = logging.getLogger(__name__)


def run(job_id: str) -> None:
    """Run the job of this id, unless it is done, not due, or in other hands."""
    try:
        runner.run(UUID(job_id))
    except Exception as error:  # noqa: BLE001 - the queue would keep the text of whatever leaves here
        # The handler's own errors are the job's and are dealt with; this is the job table out of reach. The lease
        # or the sweeper brings the job back.
        logger.warning("job %s: %s", job_id, type(error).__name__)


def sweep() -> None:
    """Queue again whatever is due and not running."""
    runner.sweep(timezone.now())
