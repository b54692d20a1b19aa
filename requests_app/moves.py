"""Moves of a manual request between its states, each under the caller's event (action).

The clock follows the table: it starts with the proof of delivery, rests while the ball is with us or the customer, goes
on when the utility has our answer, ends with a mail that did not arrive, and is frozen where nothing is waited for.
"""

from datetime import datetime
from typing import Any

from django.utils import timezone

from broker.terms import EventRef
from requests_app.clocks import steps
from requests_app.hooks import telling
from requests_app.lifecycle import FACTS, ClockMode, ManualState, can_move
from requests_app.models import ManualRequest


def move(
    manual: ManualRequest, new: ManualState, *, ref: EventRef, happened_at: datetime | None = None, **changes: Any
) -> bool:
    """Move a request in the caller's transaction; False when the move is none, or another came first.

    `happened_at` is when it happened in the world (a question, our answer), now where it is left out.
    """
    old = ManualState(manual.state)
    if not can_move(old, new):
        return False
    moved = ManualRequest.objects.filter(id=manual.id, state=old).update(state=new, audit_event_id=ref.id, **changes)
    if not moved:
        return False
    manual.state = new
    for name, value in changes.items():
        setattr(manual, name, value)
    now = timezone.now()
    if changes.get("delivered_at") is not None:
        steps.started(manual, ref=ref, now=now)
    else:
        _follow(manual, FACTS[new].clock, happened_at or now, ref, now)
    telling.request_moved(manual, ref=ref, now=now)
    return True


def _follow(manual: ManualRequest, clock: ClockMode, happened_at: datetime, ref: EventRef, now: datetime) -> None:
    match clock:
        case ClockMode.RESTS:
            steps.pause(manual, happened_at=happened_at, ref=ref, now=now)
        case ClockMode.RUNS:
            steps.resume(manual, happened_at=happened_at, ref=ref, now=now)
        case ClockMode.NONE:
            steps.stop(manual, happened_at=happened_at, ref=ref, now=now)
        case ClockMode.FROZEN:
            pass
