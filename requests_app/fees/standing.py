"""What every act on a request begins with: its row, locked; the proof that our letter arrived; an event (actions)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from broker.audit import log
from broker.terms import Actor, EventRef
from requests_app import clock
from requests_app.lifecycle import ManualState, can_move
from requests_app.mailing import left_at, profile_for
from requests_app.models import ManualRequest
from requests_app.moves import move

UNPROVEN = (ManualState.DELIVERY_UNPROVEN, ManualState.DELIVERY_UNKNOWN)


def locked(manual_id: uuid.UUID) -> ManualRequest:
    """Give a request as it is now, and let nobody else move it before the caller's transaction ends."""
    rows = ManualRequest.objects.select_for_update(of=("self",))
    return rows.select_related("request__consent__recipient", "request__consent__customer").get(id=manual_id)


def event(
    manual: ManualRequest, act: str, actor: Actor, body: Mapping[str, Any], *, res: str = "ok", **more: Any
) -> EventRef:
    """Write an event about a request; its number and ids are in each of them."""
    asked = manual.request
    facts = {"request": asked.id, "number": manual.number, "consent": asked.consent_id}
    return log.append(
        act, actor=actor, subject=asked.customer_id, obj="manual_request", res=res, body={**facts, **body}, **more
    )


def may_reach(manual: ManualRequest, new: ManualState) -> bool:
    """Say whether an answer of the utility may move a request there: it also proves that our letter arrived."""
    state = ManualState(manual.state)
    return can_move(state, new) or (state in UNPROVEN and can_move(ManualState.WAITING_ON_UTILITY, new))


def reach(manual: ManualRequest, new: ManualState, *, ref: EventRef, happened_at: datetime) -> bool:
    """Move a request because the utility said something; whoever says something has our letter (5.4: evidence).

    Where nothing proved the arrival so far the clock starts at `happened_at`, and nothing earlier is guessed.
    """
    if manual.state in UNPROVEN:
        left: dict[str, Any] = {} if manual.sent_at else {"sent_at": left_at(manual)}
        changes = clock.start(happened_at, profile_for(manual)) | left
        move(manual, ManualState.WAITING_ON_UTILITY, ref=ref, evidence="the utility wrote about it", **changes)
    return move(manual, new, ref=ref, happened_at=happened_at)
