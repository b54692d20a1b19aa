"""Moves of a manual request between its states, each under the caller's event (action)."""

from typing import Any

from django.utils import timezone

from broker.terms import EventRef
from requests_app.clocks import steps
from requests_app.lifecycle import ManualState, can_move
from requests_app.models import ManualRequest


def move(manual: ManualRequest, new: ManualState, *, ref: EventRef, **changes: Any) -> bool:
    """Move a request in the caller's transaction; False when the move is none, or another came first."""
    old = ManualState(manual.state)
    if not can_move(old, new):
        return False
    moved = ManualRequest.objects.filter(id=manual.id, state=old).update(state=new, audit_event_id=ref.id, **changes)
    if not moved:
        return False
    manual.state = new
    for name, value in changes.items():
        setattr(manual, name, value)
    if changes.get("delivered_at") is not None:
        steps.started(manual, ref=ref, now=timezone.now())
    return True
