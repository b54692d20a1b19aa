"""The job that forgets counted tries (action)."""

from django.utils import timezone

from broker import jobs
from broker.jobs import JobView
from broker.limits import counting


@jobs.handler(counting.FORGET)
def forget_job(job: JobView) -> None:  # noqa: ARG001 - one job a day forgets whatever is over
    """Delete the counted tries of spans that are over: a keyed hash of an address is kept for two days at most."""
    counting.forget(now=timezone.now())
