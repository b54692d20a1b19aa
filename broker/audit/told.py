"""Verdicts as the log itself tells them, so that the file of an older one cannot be put in place of a newer one."""

import logging
from datetime import datetime
from typing import NamedTuple

from broker.audit import claimed_checkpoints, entry, log, store
from broker.audit.words import ACTS
from broker.terms import SERVICE

VERDICT = "log.verdict"
VERIFIER = SERVICE("verification")

journal = logging.getLogger(__name__)


class Newest(NamedTuple):
    """The newest verdict in the log: when (microseconds), and whether it was good; (0, True): there is none."""

    at_us: int
    ok: bool


def newest() -> Newest:
    """By the index of the log, which a second after the event has it."""
    found = store.rows(
        "SELECT ts, res FROM audit_index WHERE act = %s ORDER BY ts DESC LIMIT 1", [ACTS[VERDICT].number]
    )
    return Newest(int(found[0][0]), found[0][1] == "ok") if found else Newest(0, True)


def tell(facts: dict[str, object], *, ok: bool, at: datetime, keys_used: bool, size: int) -> int:
    """Write a verdict into the log and give its time (microseconds); 0 where this login may not, or the log is away.

    One that was made with keys claims every checkpoint published up to its size.
    """
    body: dict[str, object] = {**facts, "at": at.isoformat(), "bodies": keys_used}
    try:
        if keys_used:
            body |= claimed_checkpoints.body_of(claimed_checkpoints.up_to(log.origin_id(), size))
        ref = log.append(
            VERDICT, actor=VERIFIER, subject=None, purpose="verification", obj="log", body=body,
            res="ok" if ok else "error",
        )  # fmt: skip
    except log.LogUnavailable:
        journal.warning("the verdict could not be written into the log")
        return 0
    header = store.rows("SELECT header FROM audit_event WHERE id = %s", [ref.id])[0][0]
    return entry.parse_header(bytes(header)).ts
