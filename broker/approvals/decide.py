"""What two people do with a two-person act (actions): each is one transaction and one event."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django.db import transaction
from django.db.models import QuerySet

from broker import jobs, vault
from broker.approvals.acts import TwoPersonAct, act_of
from broker.approvals.lifecycle import State, may
from broker.approvals.models import Approval
from broker.approvals.people import SamePerson, different
from broker.audit import log
from broker.terms import SERVICE, Actor
from broker.vault import Place

CLOCK = SERVICE("approvals")
EXPIRE = "approvals.expire"
_holds: list[Callable[[Approval], bool]] = []


class NotAllowed(Exception):
    """This person may not take this step now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def request(
    act: str,
    *,
    requester: Actor,
    reason: str,
    now: datetime,
    subject: uuid.UUID | None = None,
    about: uuid.UUID | None = None,
    beneficiary: uuid.UUID | None = None,
    params: Mapping[str, Any] | None = None,
) -> Approval:
    """Ask for an act; raises NotAllowed if this role may not, or if the requester would benefit.

    Also where the requester works for the recipient whom it would serve (`evidence_duties`).
    """
    kind = act_of(act)
    if requester.role not in kind.requesters:
        raise NotAllowed("approval.role")
    if beneficiary == requester.id:
        raise NotAllowed("approval.beneficiary")
    made = Approval(
        id=uuid.uuid4(),
        act=act,
        subject=subject,
        about=about,
        beneficiary=beneficiary,
        params=dict(params or {}),
        requester=requester.id,
        requested_at=now,
        expires_at=now + kind.life,
    )
    with transaction.atomic():
        made.audit_event_id = _log("approval.requested", made, requester, reason=reason)
        place = Place("approvals_approval", "reason", made.id)
        made.reason = vault.seal(reason, subject=subject or requester.id, place=place)
        _save(made, force_insert=True)
        jobs.enqueue(EXPIRE, made.id, due_at=made.expires_at, key=f"{EXPIRE}:{made.id}")
    return made


def turned_away(approval_id: uuid.UUID, *, actor: Actor, step: str, code: str) -> None:
    """Record that a person tried what is not for this person to do."""
    facts = {"approval": approval_id, "step": step, "code": code}
    log.append("approval.turned_away", actor=actor, subject=None, body=facts, obj="approval", res="denied")


def held_by(look: Callable[[Approval], bool]) -> None:
    """Have `look` say whether a second person's yes has to wait, since somebody else was promised a word first."""
    _holds.append(look)


def _told[Step: Callable[..., Approval]](step: Step) -> Step:
    """Leave an event where a person tries what is not for this person to do; the try is told, then refused."""

    @wraps(step)
    def tried(approval_id: uuid.UUID, *, now: datetime, **who: Actor) -> Approval:
        try:
            return step(approval_id, now=now, **who)
        except NotAllowed as refused:
            (actor,) = who.values()
            turned_away(approval_id, actor=actor, step=step.__name__, code=refused.code)
            raise

    return cast(Step, tried)


@_told
def approve(approval_id: uuid.UUID, *, approver: Actor, now: datetime) -> Approval:
    """Approve, and carry the act out where its kind says how; raises NotAllowed."""
    with transaction.atomic():
        found = _open(approval_id, State.APPROVED, now)
        kind = _demand_other(found, approver)
        if any(look(found) for look in _holds):
            raise NotAllowed("approval.held")
        return _agreed(found, kind, approver, now)


def after_wait(approval_id: uuid.UUID, *, wait: Actor, now: datetime) -> Approval:
    """Approve what waited a day in the place of a second person, and carry it out; raises NotAllowed.

    The database takes it for an act that permits a wait, and one whose customer was told a day ago (`evidence_waits`).
    """
    with transaction.atomic():
        found = _open(approval_id, State.APPROVED, now)
        return _agreed(found, act_of(found.act), wait, now)


def agree_from_outside(approval_id: uuid.UUID, *, approver: Actor, now: datetime) -> Approval:
    """Approve on the word of somebody from outside, and carry the act out; raises NotAllowed.

    The database takes it for whom just this act was sent to, whose mailbox a code confirmed (`evidence_outside`).
    """
    with transaction.atomic():
        found = _open(approval_id, State.APPROVED, now)
        if any(look(found) for look in _holds):
            raise NotAllowed("approval.held")
        return _agreed(found, act_of(found.act), approver, now)


def decline_from_outside(approval_id: uuid.UUID, *, approver: Actor, now: datetime) -> Approval:
    """Refuse on the word of somebody from outside, as `agree_from_outside`; raises NotAllowed."""
    with transaction.atomic():
        found = _open(approval_id, State.REFUSED, now)
        return _refused(found, approver, now)


@_told
def refuse(approval_id: uuid.UUID, *, approver: Actor, now: datetime) -> Approval:
    """Refuse; the request stays as it was asked. Raises NotAllowed."""
    with transaction.atomic():
        found = _open(approval_id, State.REFUSED, now)
        _demand_other(found, approver)
        return _refused(found, approver, now)


@_told
def withdraw(approval_id: uuid.UUID, *, requester: Actor, now: datetime) -> Approval:
    """Take the request back, as long as it is not carried out; only who asked may. Raises NotAllowed."""
    with transaction.atomic():
        found = _open(approval_id, State.WITHDRAWN, now)
        if found.requester != requester.id:
            raise NotAllowed("approval.not_yours")
        _enter(found, State.WITHDRAWN, "approval.withdrawn", requester)
    return found


def take_out(found: Approval, *, actor: Actor) -> None:
    """End an open request on the word of the customer whom it concerns; in the caller's transaction, its row locked."""
    _enter(found, State.WITHDRAWN, "approval.withdrawn", actor)


def is_open(act: str, *, about: uuid.UUID) -> bool:
    """Say whether this act was asked for about an object and is neither decided nor over."""
    return open_about(act).filter(about=about).exists()


def open_about(act: str) -> QuerySet[Approval, uuid.UUID | None]:
    """Give the objects about which this act was asked for and is neither decided nor over, to look for many at once."""
    rows = Approval.objects.filter(act=act, about__isnull=False, state__in=[State.REQUESTED, State.APPROVED])
    return rows.values_list("about", flat=True)


def overtaken(act: str, *, about: uuid.UUID, actor: Actor) -> int:
    """Withdraw what is open of an act about an object, since `actor` changed what it was asked about; give how many.

    In the caller's transaction: what was asked about the former state is not decided about the new one.
    """
    rows = Approval.objects.select_for_update().filter(act=act, about=about)
    found = list(rows.filter(state__in=[State.REQUESTED, State.APPROVED]))
    for each in found:
        _enter(each, State.WITHDRAWN, "approval.withdrawn", actor)
    return len(found)


def execute(approval: Approval, *, actor: Actor, now: datetime) -> None:
    """Mark an approved act as carried out, in the transaction that does so; raises NotAllowed where it may not be."""
    with transaction.atomic():
        found = _open(approval.id, State.EXECUTED, now)
        found.executed_at = now
        _enter(found, State.EXECUTED, "approval.executed", actor)
    approval.refresh_from_db()


def expire_due(now: datetime) -> int:
    """End every open act whose time is over; return how many."""
    due = Approval.objects.filter(state__in=[State.REQUESTED, State.APPROVED], expires_at__lte=now)
    ended = 0
    for found in due.values_list("id", flat=True):
        with transaction.atomic():
            row = Approval.objects.select_for_update().get(id=found)
            if may(State(row.state), State.EXPIRED):
                _enter(row, State.EXPIRED, "approval.expired", CLOCK)
                ended += 1
    return ended


def _agreed(found: Approval, kind: TwoPersonAct, approver: Actor, now: datetime) -> Approval:
    found.approver, found.decided_at = approver.id, now
    _enter(found, State.APPROVED, "approval.given", approver)
    if kind.run is not None:
        kind.run(found, approver, now)
    return found


def _refused(found: Approval, approver: Actor, now: datetime) -> Approval:
    found.approver, found.decided_at = approver.id, now
    _enter(found, State.REFUSED, "approval.refused", approver)
    return found


def _open(approval_id: uuid.UUID, after: State, now: datetime) -> Approval:
    found = Approval.objects.select_for_update().filter(id=approval_id).first()
    if found is None or not may(State(found.state), after):
        raise NotAllowed("approval.over")
    if now >= found.expires_at:
        raise NotAllowed("approval.expired")
    return found


def _demand_other(found: Approval, approver: Actor) -> TwoPersonAct:
    kind = act_of(found.act)
    if approver.role not in kind.approvers:
        raise NotAllowed("approval.role")
    if approver.id in (found.requester, found.beneficiary):
        raise NotAllowed("approval.same_person")
    return kind


def _enter(found: Approval, state: State, act: str, actor: Actor) -> None:
    found.state = state
    found.audit_event_id = _log(act, found, actor)
    _save(found, update_fields=["state", "approver", "decided_at", "executed_at", "audit_event"])


def _save(row: Approval, **how: Any) -> None:
    try:
        with different():
            row.save(**how)
    except SamePerson:
        raise NotAllowed("approval.same_person") from None


def _log(act: str, found: Approval, actor: Actor, **more: object) -> int:
    body = {"approval": found.id, "of": found.act, "about": found.about, "params": found.params, **more}
    res = "denied" if act == "approval.refused" else "ok"
    return log.append(act, actor=actor, subject=found.subject, body=body, obj="approval", res=res).id
