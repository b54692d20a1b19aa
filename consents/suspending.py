"""Suspending a consent for a reason, and lifting reasons again (actions: one transaction, one log entry each).

Reasons add up: a consent is in force again only when every one of them is lifted. While one stands, every read is
refused: `consent.paused_dormant` when dormancy is the only reason, `consent.suspended` otherwise.
"""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from broker.audit import log
from broker.terms import Actor
from consents.actions import move
from consents.joint.waiting import waits_for_holder
from consents.lifecycle import LIVE, State, may_move, under
from consents.models import Consent, Suspension

Because = Suspension.Because


def suspend(consent: Consent, *, because: str, actor: Actor, now: datetime) -> bool:
    """Let nothing be read under a consent from this commit on, for one more reason (a `Suspension.Because`).

    False when nothing changed: it has ended, or this reason stands already. A second reason adds to the first.
    Before the seal a reason waits, and takes hold at the seal; dormancy is no reason for what is not in force yet.
    Raises ValueError for a reason that is not in the list, and for an actor that may not suspend for it.
    """
    reason = Because(because)
    if not may_move(State.ACTIVE, under([reason]), actor.kind):
        raise ValueError(f"an actor of kind {actor.kind} may not suspend for {reason}")
    with transaction.atomic():
        row = Consent.objects.select_for_update().get(id=consent.id)
        already = standing(row)
        too_early = row.state == State.SIGNED and reason == Because.DORMANT
        if State(row.state) not in LIVE or reason in already or too_early:
            return False
        entry = {"suspension": str(uuid.uuid4()), "consent": str(row.id), "number": row.number}
        ref = log.append(
            "consent.suspended",
            actor=actor,
            subject=row.customer_id,
            body={**entry, "because": reason.value, "standing": already},
        )
        Suspension.objects.create(id=entry["suspension"], consent=row, because=reason, since=now, audit_event_id=ref.id)
        state = under([*already, reason])
        if row.state not in (State.SIGNED, state) and not move(row, state, ref=ref, now=now):
            raise RuntimeError("the consent changed while it was being suspended")
    consent.refresh_from_db()
    return True


def resume(consent: Consent, *, actor: Actor, now: datetime, because: str | None = None) -> bool:
    """Lift one reason, or without `because` every one that this actor may lift; True when it is in force again.

    Only the customer herself lifts "dormant", and she lifts nothing else: no reason that somebody else had is hers to
    end. A customer who objected may take that back. While both holders must agree and the other has not, the reason
    under which that stands is nobody's to lift.
    """
    with transaction.atomic():
        row = Consent.objects.select_for_update().get(id=consent.id)
        already = standing(row)
        lifted = [each for each in already if because in (None, each) and may_lift(each, actor, row)]
        if waits_for_holder(row):  # an agreement that is missing stands under the same reason as an objection
            lifted = [each for each in lifted if each != Because.OBJECTION]
        if State(row.state) not in LIVE or not lifted:
            return False
        left = [each for each in already if each not in lifted]
        again = not left and row.state != State.SIGNED
        ended = _rows(row).filter(because__in=lifted)
        ref = log.append(
            "consent.resumed" if again else "consent.changed",
            actor=actor,
            subject=row.customer_id,
            body={
                "suspensions": sorted(str(each) for each in ended.values_list("id", flat=True)),
                "consent": str(row.id),
                "number": row.number,
                "lifted": lifted,
                "standing": left,
            },
        )
        ended.update(lifted_at=now, audit_event_id=ref.id)
        state = under(left)
        if row.state not in (State.SIGNED, state) and not move(row, state, ref=ref, now=now):
            raise RuntimeError("the consent changed while it was being resumed")
    consent.refresh_from_db()
    return again


def may_lift(because: str, actor: Actor, consent: Consent) -> bool:
    """Say whether this actor may end a suspension for this reason."""
    if actor.kind == "c":
        herself = actor.id == consent.customer_id
        return because == Because.DORMANT if herself else because == Because.OBJECTION
    if actor.kind == "o":  # the second person who dismissed an objection
        return because == Because.OBJECTION
    return actor.kind in ("s", "v") and because != Because.DORMANT


def standing(consent: Consent) -> list[str]:
    """Give the reasons for which it is suspended now, in the order in which they came."""
    return list(_rows(consent).order_by("since", "id").values_list("because", flat=True))


def _rows(consent: Consent) -> QuerySet[Suspension]:
    return Suspension.objects.filter(consent=consent, lifted_at=None)
