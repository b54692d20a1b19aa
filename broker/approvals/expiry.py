"""The end of what nobody decided in time (job)."""

from django.utils import timezone

from broker import jobs
from broker.approvals import decide
from broker.jobs import JobView


@jobs.handler(decide.EXPIRE)
def expire(_job: JobView) -> None:
    """End every open act whose time is over; the request that enqueued this is one of them, if it is still open."""
    decide.expire_due(timezone.now())
