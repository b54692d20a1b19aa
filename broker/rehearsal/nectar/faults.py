"""What the played Nectar does wrong on order (rules).

Faults of a call are used up by so many calls; faults of a document wait for the next upload.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from broker.rehearsal.serving import Reply

# How a call goes wrong before any work is done.
BEFORE = ("down", "500", "502", "malformed", "slow", "429", "429-date", "429-bare")
# The work is done, and its answer is lost, late or cut in half.
AFTER = ("lost", "late", "half")
# How the answer is spelled.
SPELLED = ("v2.1", "guide")
# What becomes of the next document.
OF_A_DOCUMENT = ("TERMINATED", "FAILED", "duplicate", "non_utility")
FAULTS = (*BEFORE, *AFTER, *SPELLED, *OF_A_DOCUMENT)


@dataclass
class Order:
    """One fault, for the next calls whose path begins like this."""

    fault: str
    times: int = 1
    path: str = ""
    method: str = ""

    def meets(self, method: str, path: str) -> bool:
        """Say whether this call is one of them; it is used up by that."""
        if self.times < 1 or not path.startswith(self.path) or self.method not in ("", method):
            return False
        self.times -= 1
        return True


def instead(fault: str, *, now: datetime) -> Reply:
    """Give what is answered in place of the work."""
    in_a_while = format_datetime(now + timedelta(seconds=90), usegmt=True)
    answers = {
        "down": Reply(drop=True),
        "500": Reply(500, {"detail": "Internal server error."}),
        "502": Reply(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
        "malformed": Reply(200, b'{"id": "broken'),
        "429": Reply(429, {"detail": "Too many requests."}, {"Retry-After": "2"}),
        "429-date": Reply(429, {"detail": "Too many requests."}, {"Retry-After": in_a_while}),
        "429-bare": Reply(429, {"detail": "Too many requests."}),
    }
    return answers.get(fault, Reply(503, {"detail": "Too slow."}))


def spoilt(fault: str, reply: Reply, pause: Callable[[], None]) -> Reply:
    """Give the answer to work that was done, as it does not arrive."""
    if fault == "lost":
        return Reply(drop=True)
    if fault == "late":
        pause()
        return reply
    raw = json.dumps(reply.body).encode()
    return Reply(reply.status, raw[: len(raw) // 2], reply.headers)


def of_job(fault: str, job: dict[str, Any]) -> dict[str, Any]:
    """Give how a job ends on order."""
    if fault == "TERMINATED":
        return {**job, "status": "TERMINATED", "terminationReason": "Stopped by order."}
    return {**job, "status": "FAILED"}
