"""The step that comes when nothing holds a signed consent any more (action, in the caller's transaction)."""

from datetime import datetime

from broker import jobs
from broker.terms import Actor, EventRef
from consents.actions import move
from consents.joint.waiting import waits, waits_for_holder
from consents.lifecycle import State
from consents.models import Consent, LetterFile, Suspension
from consents.suspending import resume

TELL = "joint.tell"  # the job that writes to the second holder


def enter(consent: Consent, *, ref: EventRef, now: datetime) -> bool:
    """Let a sealed consent that waits for nothing more come into force, under the caller's event."""
    row = Consent.objects.select_for_update().get(id=consent.id)
    sealed = LetterFile.objects.filter(letter__consent=row, kind=LetterFile.Kind.DELIVERED).exists()
    if row.state != State.SIGNED or not sealed or waits(row) or not move(row, State.ACTIVE, ref=ref, now=now):
        return False  # where it is not sealed yet, the seal brings it into force
    jobs.enqueue("consent.receipt", row.id, key=f"consent.receipt:{row.id}")
    return True


def tell_again(consent: Consent, *, when: str) -> None:
    """Write to the second holder now, where that was put off while a person looked at the consent."""
    jobs.enqueue(TELL, consent.id, key=f"{TELL}:{consent.id}:{when}")


def lift_objection(consent: Consent, *, actor: Actor, now: datetime) -> bool:
    """Lift the pause that objections and missing agreements share, if none of them is left."""
    row = Consent.objects.get(id=consent.id)
    if waits_for_holder(row) or row.objections.filter(lifted_at=None).exists():
        return False
    return resume(row, because=Suspension.Because.OBJECTION, actor=actor, now=now)
