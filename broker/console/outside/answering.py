"""An approver from outside agrees or declines (actions): the second person of an act, with an actor kind of its own."""

import uuid
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from broker import vault
from broker.approvals import decide
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.console.outside import allowed, asking, codes, showing, telling
from broker.console.outside.allowed import NotAllowed, why_not
from broker.console.outside.models import Approver, Ask
from broker.console.outside.showing import Shown
from broker.limits.counting import DAY, Limit, give_back, take
from broker.parties.links import token_hash
from broker.terms import Actor
from consents.paper import entering, granting

ORIGINALS = Limit("outside-original", 5, DAY)  # wrong last digits of a letter on paper, of one ask
State = Ask.State


def find(token: str) -> Ask | None:
    """Find the ask of a link; reading changes nothing, so a mail scanner may look."""
    return Ask.objects.select_related("outside").filter(token_hash=token_hash(token)).first()


def over(ask: Ask, *, now: datetime) -> str:
    """Give why an ask cannot be answered any more, or ""; nothing is opened."""
    if ask.state in (State.APPROVED, State.DECLINED):
        return "outside.answered"
    if ask.state != State.WAITING or now >= ask.expires_at:
        return "outside.expired"
    return why_not(Approval.objects.get(id=ask.approval), ask.outside, now=now)


def read(ask: Ask, *, now: datetime, why: str = "to decide on it") -> Shown:
    """Show what is proposed to whoever confirmed the mailbox. Raises `NotAllowed`.

    As `over` says; `outside.ours` and `outside.own` as `showing` finds out what it is about; `outside.changed` where
    what is proposed is not what was sent any more. Nothing is decided or ended by reading.
    """
    if code := over(ask, now=now):
        raise NotAllowed(code)
    row = Approval.objects.get(id=ask.approval)
    shown = showing.show(row, ask, actor=codes.of(ask), why=why)
    if code := allowed.has_a_stake(
        row, shown, ask.outside, asking.address_of(ask.outside, why="to compare it").address
    ):
        raise NotAllowed(code)
    if shown.digest(row) != bytes(ask.digest):
        raise NotAllowed("outside.changed")
    return shown


def answer(ask: Ask, code: str, *, agrees: bool, why: str, digits: str = "", now: datetime) -> None:
    """Decide, once, from the page that a code opened within the last half hour. Raises `NotAllowed`.

    `outside.code` without such a code; `outside.original` where `digits` are not the last four of the account on a
    letter on paper; else as `read` says, and what has changed ends the ask. What is refused there is `outside.over`.
    """
    if not codes.is_open(ask, code, now=now):
        raise NotAllowed("outside.code")
    try:
        _answered(ask, agrees, why, digits, now)
    except NotAllowed as refused:
        if refused.code == "outside.changed":
            _changed(ask, now)
        decide.turned_away(ask.approval, actor=codes.of(ask), step="outside", code=refused.code)
        raise


def _changed(ask: Ask, now: datetime) -> None:
    """Let an ask end whose proposal is not what was sent any more."""
    with transaction.atomic():
        row = Approval.objects.select_for_update().get(id=ask.approval)
        found = Ask.objects.select_for_update().get(id=ask.id)
        if found.state == State.WAITING:
            asking.close(found, State.CHANGED, "outside.over", asking.CLERK, row.subject, now)


def _answered(ask: Ask, agrees: bool, why: str, digits: str, now: datetime) -> None:
    shown = read(ask, now=now, why="to answer")
    if agrees and shown.original is not None:
        _compare(ask, shown, digits, now)
    row, actor = Approval.objects.get(id=ask.approval), codes.of(ask)
    decides = _closing(ask, agrees, why, telling.deciders(but=None))
    try:
        if row.act == entering.ACT:
            _paper(row, actor, agrees, decides, now)
        else:
            with transaction.atomic():
                decides(row.id, approver=actor, now=now)
    except decide.NotAllowed:
        raise NotAllowed("outside.over") from None


def _paper(row: Approval, actor: Actor, agrees: bool, decides: Callable[..., Approval], now: datetime) -> None:
    entry = showing.entry_of(row)
    if agrees:
        granting.approve(entry, actor=actor, now=now, agree=decides)
    else:
        entering.refuse(entry, actor=actor, now=now, decline=decides)


def _closing(ask: Ask, agrees: bool, why: str, ours: telling.Told) -> Callable[..., Approval]:
    """Give what decides in a caller's transaction: the act's second person, and the ask with it; `ours` are told."""

    def decides(approval_id: uuid.UUID, *, approver: Actor, now: datetime) -> Approval:
        row = Approval.objects.select_for_update().get(id=approval_id)
        found = Ask.objects.select_for_update().get(id=ask.id)
        if found.state != State.WAITING or row.state != Act.REQUESTED:
            raise decide.NotAllowed("approval.over")
        # Once more, and nobody ends the enrolment before this is done.
        if code := why_not(row, Approver.objects.select_for_update().get(id=found.outside_id), now=now):
            raise NotAllowed(code)
        step = decide.agree_from_outside if agrees else decide.decline_from_outside
        decided = step(approval_id, approver=approver, now=now)
        place = vault.Place("outside_ask", "answer", found.id)
        found.answer = vault.seal(why, subject=showing.whose(row), place=place)
        state = State.APPROVED if agrees else State.DECLINED
        asking.close(found, state, "outside.answered", approver, row.subject, now)
        telling.tell(found, row, ours, telling.AGREED if agrees else telling.DECLINED)
        return decided

    return decides


def _compare(ask: Ask, shown: Shown, digits: str, now: datetime) -> None:
    """Take one try at the last digits on the signed letter, which this person holds in the hand."""
    counted = (ORIGINALS, str(ask.id))
    if not take(*counted, now=now):
        raise NotAllowed("outside.original")
    assert shown.original is not None
    if not showing.read_as(shown.original, digits):
        raise NotAllowed("outside.original")
    give_back(counted, now=now)
