"""A person decides to send a request again (action)."""

from django.db import transaction

from broker import jobs
from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.moves import move

MAY_RESEND = (ManualState.DELIVERY_UNKNOWN, ManualState.NOT_DELIVERED)


def resend(manual: ManualRequest, *, actor: Actor) -> Refusal | None:
    """Queue a request again that a person found out did not arrive; by itself nothing is ever sent twice."""
    if manual.state not in MAY_RESEND:
        return Refusal("state.conflict")
    with transaction.atomic():
        ref = log.append(
            "request.state",
            actor=actor,
            subject=manual.request.customer_id,
            obj="manual_request",
            body={"request": manual.request_id, "number": manual.number, "from": manual.state, "state": "queued"},
        )
        if not move(manual, ManualState.QUEUED, ref=ref):
            transaction.set_rollback(True)
            return Refusal("state.conflict")
        # A key of its own: this is a new sending that somebody asked for, not the old one again.
        jobs.enqueue("manual.send", manual.id, key=f"manual.send:{manual.id}:{ref.id}")
    return None
