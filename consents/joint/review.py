"""What staff decide about a consent that shows signs of abuse: release it or end it (actions)."""

from datetime import datetime

from django.db import transaction

from broker import jobs
from broker.audit import log
from broker.terms import Actor
from consents import actions
from consents.joint.entering import enter, tell_again
from consents.joint.objecting import RESUMED_MAIL
from consents.joint.waiting import has_signs
from consents.models import Consent, Suspension
from consents.suspending import resume


def release(consent: Consent, *, actor: Actor, now: datetime) -> bool:
    """Let a consent go on that was held for signs of abuse; False when it is not held for them."""
    with transaction.atomic():
        row = Consent.objects.select_for_update().get(id=consent.id)
        if not has_signs(row):
            return False
        if let_go(row, outcome="released", actor=actor, now=now):
            jobs.enqueue(RESUMED_MAIL, row.id, key=f"{RESUMED_MAIL}:{row.audit_event_id}")
    consent.refresh_from_db()
    return True


def let_go(row: Consent, *, outcome: str, actor: Actor, now: datetime) -> bool:
    """Lift what signs of abuse hold, inside the caller's transaction; True when what was in force is so again."""
    ref = log.append(
        "abuse.resolved",
        actor=actor,
        subject=row.customer_id,
        obj="consent",
        body={"consent": str(row.id), "number": row.number, "outcome": outcome},
    )
    again = resume(row, because=Suspension.Because.ABUSE, actor=actor, now=now)
    enter(row, ref=ref, now=now)
    tell_again(row, when=f"released:{ref.id}")
    return again


def end(consent: Consent, *, actor: Actor, now: datetime) -> bool:
    """End a consent that was held for signs of abuse; False when it is not held for them, or has ended."""
    with transaction.atomic():
        row = Consent.objects.select_for_update().get(id=consent.id)
        if not has_signs(row):
            return False
        ended = actions.revoke(row, actor=actor, how="abuse_review", now=now)
    consent.refresh_from_db()
    return ended
