"""Who sees to a request: one person at a time, each change an event (actions)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from broker.audit import log
from broker.parties.models import User
from broker.terms import Actor, EventRef, Refusal
from requests_app.desk_work.models import Assignment
from requests_app.models import ManualRequest

TAKEN = "state.conflict"


def who(manual: ManualRequest) -> Assignment | None:
    """Give who sees to a request; nobody where it was never taken, or was laid down."""
    return Assignment.objects.filter(manual=manual, ended_at=None).select_related("person").first()


def take(
    manual: ManualRequest,
    person: User,
    *,
    actor: Actor,
    now: datetime,
    how: Assignment.How = Assignment.How.TAKEN,
) -> Assignment | Refusal:
    """Take a request that nobody sees to; `state.conflict` where somebody has it, be it for an instant."""
    try:
        with transaction.atomic():
            if who(manual) is not None:
                return Refusal(TAKEN)
            return _begin(manual, person, how, actor, now)
    except IntegrityError:
        return Refusal(TAKEN)  # two people at once: the database let one of them


def give(manual: ManualRequest, person: User, *, actor: Actor, now: datetime) -> Assignment | Refusal:
    """Give a request to a person, whoever had it; `state.conflict` where she has it, or somebody moved it meanwhile."""
    try:
        with transaction.atomic():
            had = who(manual)
            if had is not None and had.person_id == person.id:
                return Refusal(TAKEN)
            ref = _event(manual, actor, {"to": person.id, "from": had.person_id if had else None, "how": "given"})
            if had is not None and not _end(had, ref, now):
                transaction.set_rollback(True)
                return Refusal(TAKEN)
            return _row(manual, person, Assignment.How.GIVEN, ref, now)
    except IntegrityError:
        return Refusal(TAKEN)


def release(manual: ManualRequest, *, actor: Actor, now: datetime) -> Refusal | None:
    """Lay a request down, so that anybody may take it; `state.conflict` where nobody has it."""
    with transaction.atomic():
        had = who(manual)
        if had is None:
            return Refusal(TAKEN)
        ref = _event(manual, actor, {"to": None, "from": had.person_id, "how": "released"})
        if not _end(had, ref, now):
            transaction.set_rollback(True)
            return Refusal(TAKEN)
    return None


def take_first(manuals: Iterable[ManualRequest], person: User, *, actor: Actor, now: datetime) -> ManualRequest | None:
    """Take the first of these that nobody took meanwhile; None where all of them are gone."""
    for each in manuals:
        taken = take(each, person, actor=actor, now=now, how=Assignment.How.NEXT)
        if isinstance(taken, Assignment):
            return each
    return None


def _begin(manual: ManualRequest, person: User, how: Assignment.How, actor: Actor, now: datetime) -> Assignment:
    ref = _event(manual, actor, {"to": person.id, "from": None, "how": how.value})
    return _row(manual, person, how, ref, now)


def _row(manual: ManualRequest, person: User, how: Assignment.How, ref: EventRef, now: datetime) -> Assignment:
    return Assignment.objects.create(manual=manual, person=person, how=how, since=now, audit_event_id=ref.id)


def _end(had: Assignment, ref: EventRef, now: datetime) -> bool:
    rows = Assignment.objects.filter(id=had.id, ended_at=None)
    return bool(rows.update(ended_at=max(now, had.since), audit_event_id=ref.id))


def _event(manual: ManualRequest, actor: Actor, body: dict[str, Any]) -> EventRef:
    return log.append(
        "request.assigned",
        actor=actor,
        subject=manual.request.customer_id,
        obj="manual_request",
        body={"request": manual.number, **body},
    )
