"""Waiting for the checkpoint that covers an event: whatever leaves with a proof leaves only with one (actions)."""

import logging
from datetime import datetime, timedelta

from broker import jobs
from broker.audit import log, proofs
from broker.terms import EventRef

PATIENCE = timedelta(seconds=60)  # the maximum merge delay
AGAIN = timedelta(seconds=1)
CODE = "log.checkpoint_pending"

journal = logging.getLogger(__name__)


class NotCoveredInTime(Exception):
    """No checkpoint covers the event although the job is older than a minute: this attempt has failed."""

    code = CODE


def proof_or_wait(event: EventRef, *, job: jobs.JobView, now: datetime) -> str:
    """The tlog-proof of an event, for a job that must not go on without it.

    In the job's first minute it waits, which costs no attempt (`RetryLater`); later each try fails as an attempt
    (`NotCoveredInTime`), and the first of them is an alarm.
    """
    try:
        return proofs.tlog_proof(event)
    except proofs.NotCovered:
        if now - job.created_at < PATIENCE:
            raise jobs.RetryLater(CODE, AGAIN) from None
        if job.attempt == 1:
            _alarm(event, job)
        raise NotCoveredInTime from None


def _alarm(event: EventRef, job: jobs.JobView) -> None:
    journal.critical("event %d has no checkpoint after a minute; job %s (%s) waits", event.id, job.id, job.kind)
    facts = {"why": CODE, "event": event.id, "job": job.id, "kind": job.kind}
    log.append("alarm.log", actor=log.WRITER, subject=None, body=facts, obj="checkpoint", res="error")
