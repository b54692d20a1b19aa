"""How often one officer may search by what people know of customers (action): numbers can be guessed one by one.

audit-log.md section 6: whoever may ask the keyed index can test guesses, so that this is limited and logged.
"""

from datetime import datetime

from broker.audit import log
from broker.console.officers import actor_of
from broker.limits.counting import HOUR, Limit, take
from broker.parties.models import User

ONE, LIST = Limit("console.find", 120, HOUR), Limit("console.search", 30, HOUR)


def may_search(user: User, limit: Limit, *, page: str, now: datetime) -> bool:
    """Count one search of this officer before it is made; one too many is refused, and the refusal is an event."""
    if take(limit, str(user.id), now=now):
        return True
    body = {"page": page, "why": "too many searches within an hour"}
    log.append_read(
        "log.searched",
        actor=actor_of(user),
        subject=None,
        purpose="compliance",
        obj="event",
        body=body,
        res="denied",
    )
    return False
