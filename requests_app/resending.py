"""A person decides to send a request again (action)."""

from typing import Any

from django.db import transaction

from broker import jobs
from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app.lifecycle import ManualState
from requests_app.mailing import left_at
from requests_app.models import ManualRequest
from requests_app.moves import move

MAY_RESEND = (ManualState.DELIVERY_UNKNOWN, ManualState.NOT_DELIVERED)
# A report of failure says so, but anybody can write one: it undoes nothing before a person has asked the utility.
DOUBTED = (ManualState.DELIVERY_UNPROVEN, ManualState.WAITING_ON_UTILITY)


def may_resend(manual: ManualRequest) -> bool:
    """Say whether a person may send a request again: nothing proves its arrival, or a report doubts the proof."""
    return manual.state in MAY_RESEND or is_doubted(manual)


def is_doubted(manual: ManualRequest) -> bool:
    """Say whether a report came that a letter did not arrive which had been taken, or proven to have arrived.

    It counts once: an older one says nothing of what was sent, or proven, after it.
    """
    since = max((each for each in (left_at(manual), manual.delivered_at) if each is not None), default=None)
    if manual.state not in DOUBTED or since is None:
        return False
    return manual.messages.filter(direction="in", kind="bounce", at__gt=since).exists()


def resend(manual: ManualRequest, *, actor: Actor) -> Refusal | None:
    """Queue a request again that a person found out did not arrive; by itself nothing is ever sent twice.

    When it left stays in the request: should its permission end now, the first letter is called back.
    """
    if not may_resend(manual):
        return Refusal("state.conflict")
    with transaction.atomic():
        ref = log.append(
            "request.state",
            actor=actor,
            subject=manual.request.customer_id,
            obj="manual_request",
            body={"request": manual.request_id, "number": manual.number, "from": manual.state, "state": "queued"},
        )
        left: dict[str, Any] = {"sent_at": left_at(manual)} if manual.state == ManualState.DELIVERY_UNKNOWN else {}
        if is_doubted(manual):
            move(manual, ManualState.NOT_DELIVERED, ref=ref, evidence="came back, as a person found out")
        if not move(manual, ManualState.QUEUED, ref=ref, **left):
            transaction.set_rollback(True)
            return Refusal("state.conflict")
        # A key of its own: this is a new sending that somebody asked for, not the old one again.
        jobs.enqueue("manual.send", manual.id, key=f"manual.send:{manual.id}:{ref.id}")
    return None
