"""Recipients on watch: who sends credentials is warned the second time and suspended at the next (actions)."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.dispatch import Signal

from broker.approvals.people import SamePerson, different
from broker.audit import log
from broker.db.kept import Given, Kept
from broker.inlets.models import Watched
from broker.inlets.sending import Sender
from broker.parties.models import Application, Role, User
from broker.terms import SERVICE, Actor, EventRef

WATCH = SERVICE("gate-watch")
WARNED_AT, SUSPENDED_AT = 2, 3
State = Watched.State
# Sent in the transaction in which somebody is warned, suspended or let go on: `row`, `now`. Receivers write mails.
moved = Signal()


def is_watched(sender: Sender) -> bool:
    """Say whether this sender is a recipient's: its program, or its person. Nobody else is suspended by a program.

    A customer has a right to her pages whatever she types; of our own people an officer hears at the first time.
    """
    return sender.application is not None or (sender.person is not None and sender.person.role == Role.ANALYST)


def sent(sender: Sender, *, ref: EventRef, now: datetime) -> None:
    """Count what a recipient sent, in the transaction of the refusal `ref`; warn or suspend it."""
    organisation = sender.organisation
    if not is_watched(sender) or organisation is None:
        return
    row = Watched.objects.select_for_update(of=("self",)).filter(sender=sender.name).first()
    if row is None:
        row = Watched(
            sender=sender.name,
            organisation_id=organisation,
            application=sender.application,
            person=sender.person,
            count=0,
            state=State.SEEN,
        )
    before, row.count, row.last_at = row.state, row.count + 1, now
    row.state = before if before == State.SUSPENDED else _state(row.count)
    row.audit_event_id = ref.id
    if row.state != before:
        row.audit_event_id = _log(f"gate.{row.state}", row, WATCH, {"count": row.count}).id
    row.save()
    if row.state != before:
        moved.send(Watched, row=row, now=now)


def forgive(sender: str, *, ref: EventRef) -> None:
    """Count a false alarm back, in the transaction of its release `ref`; whoever is suspended waits for an officer."""
    row = Watched.objects.select_for_update(of=("self",)).filter(sender=sender).first()
    if row is None or row.state == State.SUSPENDED:
        return
    row.count = max(0, row.count - 1)
    row.state, row.audit_event_id = _state(row.count), ref.id
    row.save()


def lift(row: Watched, officer: User, why: str, *, now: datetime) -> bool:
    """Let a suspended recipient go on, by an officer who looked and does not work for it.

    False where it is not suspended, or where the officer is one of its people.
    """
    try:
        return _lift(row, officer, why, now=now)
    except SamePerson:
        return False


def _lift(row: Watched, officer: User, why: str, *, now: datetime) -> bool:
    with transaction.atomic():
        locked = Watched.objects.select_for_update(of=("self",)).get(id=row.id)
        if locked.state != State.SUSPENDED:
            return False
        actor = Actor("s", officer.id, role=officer.role)
        locked.audit_event_id = _log("gate.lifted", locked, actor, {"why": why}).id
        locked.state, locked.count = State.SEEN, 0
        locked.lifted_by, locked.lifted_at = officer, now
        with different():
            locked.save()
        moved.send(Watched, row=locked, now=now)
    return True


def _suspended_one() -> "QuerySet[Watched, tuple[Any, ...]]":
    rows = Watched.objects.filter(sender=Given("sender", Watched), state=State.SUSPENDED)
    return rows.values_list("id")


_SUSPENDED = Kept(_suspended_one)  # each call of the API asks it, anew


def is_suspended(*, application: Application | None = None, person: User | None = None) -> bool:
    """Say whether this program, or this person of a recipient, is suspended until an officer looked."""
    name = Sender(application=application, person=person).name
    return bool(_SUSPENDED.ask(sender=name))


def suspended() -> list[Watched]:
    """Give who is suspended, the longest waiting first."""
    rows = Watched.objects.filter(state=State.SUSPENDED).select_related("organisation", "application", "person")
    return list(rows.order_by("last_at", "id"))


def _state(count: int) -> Watched.State:
    if count >= SUSPENDED_AT:
        return State.SUSPENDED
    return State.WARNED if count >= WARNED_AT else State.SEEN


def _log(act: str, row: Watched, actor: Actor, facts: dict[str, object]) -> EventRef:
    about: dict[str, uuid.UUID | None] = {"organisation": row.organisation_id}
    about["application" if row.application_id else "person"] = row.application_id or row.person_id
    res = "ok" if act == "gate.lifted" else "denied"
    obj = "application" if row.application_id else "user"
    return log.append(act, actor=actor, subject=None, obj=obj, body={**about, **facts}, res=res)
