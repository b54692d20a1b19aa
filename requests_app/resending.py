"""A person decides to send a request again (action)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from broker import jobs
from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app.lifecycle import ManualState
from requests_app.mailing import left_at, when_left
from requests_app.models import ManualRequest, Message
from requests_app.moves import move

MAY_RESEND = (ManualState.DELIVERY_UNKNOWN, ManualState.NOT_DELIVERED)
# A report of failure says so, but anybody can write one: it undoes nothing before a person has asked the utility.
DOUBTED = (ManualState.DELIVERY_UNPROVEN, ManualState.WAITING_ON_UTILITY)


def may_resend(manual: ManualRequest) -> bool:
    """Say whether a person may send a request again: nothing proves its arrival, or a report doubts the proof."""
    return bool(resendable([manual]))


def resendable(manuals: Sequence[ManualRequest]) -> set[UUID]:
    """Give those of these requests that a person may send again, in one query."""
    certain = {each.id for each in manuals if each.state in MAY_RESEND}
    return certain | _doubted([each.id for each in manuals if each.state in DOUBTED])


def is_doubted(manual: ManualRequest) -> bool:
    """Say whether a report came that a letter did not arrive which had been taken, or proven to have arrived.

    It counts once: an older one says nothing of what was sent, or proven, after it.
    """
    return manual.state in DOUBTED and bool(_doubted([manual.id]))


def _doubted(ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    left, proven = OuterRef("left"), OuterRef("delivered_at")
    bounces = Message.objects.filter(manual=OuterRef("pk"), direction="in", kind="bounce")
    newer = bounces.filter(at__gt=Coalesce(left, proven)).filter(at__gt=Coalesce(proven, left))
    rows = ManualRequest.objects.filter(id__in=ids).annotate(left=when_left())
    return set(rows.filter(Exists(newer)).values_list("id", flat=True))


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
