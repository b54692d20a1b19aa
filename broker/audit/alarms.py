"""What other packages' failures say to the log."""

from typing import Any

from broker.audit import log
from broker.audit.log import WRITER


def job_died(*, job: Any, code: str, **_kwargs: object) -> None:
    """Log that a job failed for good, in the transaction that buries it (receiver of `jobs.job_dead`)."""
    facts = {"job": job.id, "kind": job.kind, "about": job.subject_id, "attempts": job.attempt, "code": code}
    log.append("alarm.job", actor=WRITER, subject=None, body=facts, obj="job", res="error")
