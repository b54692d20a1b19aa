"""Targets move forward (actions, in the caller's transaction and under the caller's event)."""

import uuid
from datetime import datetime

from django.db.models import F

from broker import vault
from broker.audit import log
from broker.parties.models import User
from broker.terms import Actor, EventRef
from consents.stopping.lifecycle import Kind, Outcome, Reached
from consents.stopping.models import StopAlert, StopTarget


def settle(kind: Kind, about: uuid.UUID, state: Reached, code: str, *, ref: EventRef, now: datetime) -> bool:
    """Say that a target is reached, or cannot be; False where no row of it waits (it never ended, or was settled)."""
    rows = StopTarget.objects.filter(kind=kind, about=about, state=Reached.WAITING)
    return bool(rows.update(state=state, code=code, ended_at=now, audit_event_id=ref.id))


def crossed(kind: Kind, about: uuid.UUID, *, ref: EventRef, now: datetime) -> bool:
    """Mark that something left although she had stopped: it was on its way already. Both times stay on the row."""
    rows = StopTarget.objects.filter(kind=kind, about=about, crossed_at=None)
    return bool(rows.update(crossed_at=now, audit_event_id=ref.id))


def alarm(target: StopTarget, why: str, *, ref: EventRef, now: datetime) -> StopAlert | None:
    """Open an alert that a person must close, under the caller's event; None where one of this kind is open."""
    if StopAlert.objects.filter(target=target, why=why, closed_at=None).exists():
        return None
    return StopAlert.objects.create(target=target, why=why, opened_at=now, audit_event_id=ref.id)


def looked_in_vain(target: StopTarget, *, ref: EventRef) -> None:
    """Count a look without progress."""
    StopTarget.objects.filter(id=target.id).update(tries=F("tries") + 1, audit_event_id=ref.id)


def alarm_about(kind: Kind, about: uuid.UUID, why: str, *, ref: EventRef, now: datetime) -> None:
    """Open an alert for what waits at this target, where a row of it does."""
    for target in StopTarget.objects.filter(kind=kind, about=about, state=Reached.WAITING):
        alarm(target, why, ref=ref, now=now)


def close(alert: StopAlert, outcome: Outcome, note: str, *, user: User, actor: Actor, now: datetime) -> bool:
    """Close an alert with what was found or done; False where it was closed already.

    Raises ValueError without a note. The outcome settles the target where it says so: an attestation cannot be given in
    a recipient's place, so that a duty to delete ends as “cannot be undone” or goes on.
    """
    from django.db import transaction

    if not note.strip():
        raise ValueError("an alert is closed with words")
    if outcome == Outcome.SETTLED and alert.target.kind == Kind.DELETION:
        raise ValueError("nobody attests in a recipient's place")
    consent = alert.target.stop.consent
    with transaction.atomic():
        found = StopAlert.objects.select_for_update().filter(id=alert.id, closed_at=None).first()
        if found is None:
            return False
        body = {"alert": alert.id, "why": alert.why, "outcome": outcome, "note": note, "consent": consent.id}
        ref = log.append("stop.alert_closed", actor=actor, subject=consent.customer_id, obj="consent", body=body)
        place = vault.Place("stopping_stopalert", "note", alert.id)
        found.note = vault.seal(note, subject=consent.customer_id, place=place)
        found.closed_at, found.closed_by, found.outcome, found.audit_event_id = now, user, outcome, ref.id
        found.save()
        states = {Outcome.SETTLED: (Reached.DONE, "by_hand"), Outcome.CANNOT_UNDO: (Reached.CANNOT_UNDO, "given_up")}
        if outcome in states:
            state, code = states[outcome]
            rows = StopTarget.objects.filter(id=alert.target_id, state=Reached.WAITING)
            rows.update(state=state, code=code, ended_at=now, audit_event_id=ref.id)
    return True
