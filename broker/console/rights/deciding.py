"""A reviewer says of one right whether it is kept or taken away (actions): one transaction each."""

import uuid
from datetime import datetime

from django.db import transaction

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.approvals.people import SamePerson, different
from broker.audit import log
from broker.console.rights import asks, rules
from broker.console.rights.beginning import enter
from broker.console.rights.models import Item
from broker.duties.bars import actor_of
from broker.parties import keys
from broker.parties.models import Role, User
from broker.parties.signin import leaving
from broker.terms import Refusal
from consents import complaints

MAY_REVIEW = frozenset({Role.OFFICER, Role.APPROVER})
State = Item.State


class NotAllowed(Exception):
    """This person may not say this of this right now; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def keep(item_id: uuid.UUID, reviewer: User, why: str, *, now: datetime) -> str:
    """Keep a right; give "" or the code of why not.

    `rights.role`; `rights.own` for its holder and for whoever works for the holder's recipient; `rights.over`;
    `rights.why` where it was not used for sixty days and no reason is given.
    """
    return _said(item_id, reviewer, State.KEPT, why, now)


def take(item_id: uuid.UUID, reviewer: User, why: str, *, now: datetime) -> str:
    """Take a right away; give "" or the code of why not: those of `keep`, `rights.last`, `rights.asked`.

    A key ends and a person is disabled at once. Of an officer or approver two people decide: the second one is asked,
    and where no answer has come when the review ends, the right counts as missed. Where the ask is taken back or runs
    out, it can be kept or taken away anew. `rights.last` for the last of a
    role without whom nothing could be undone; `rights.asked` where a second person is asked already.
    """
    return _said(item_id, reviewer, State.TAKEN, why, now)


def _said(item_id: uuid.UUID, reviewer: User, state: Item.State, why: str, now: datetime) -> str:
    try:
        with transaction.atomic():
            leaving.take_turn()
            item = _open(item_id, reviewer, state, why, now)
            item.reviewer, item.decided_at = reviewer.id, now
            # Of an ask that came to nothing no trace stays here: the log has it.
            item.approval = _carry_out(item, reviewer, why, now) if state == State.TAKEN else None
            facts = {"approval": item.approval} if item.approval else {}
            with different():
                enter(item, state, actor_of(reviewer), why=why, **facts)
    except SamePerson:
        return _turned_away(item_id, reviewer, "rights.own")
    except NotAllowed as error:
        return _turned_away(item_id, reviewer, error.code)
    return ""


def _open(item_id: uuid.UUID, reviewer: User, state: Item.State, why: str, now: datetime) -> Item:
    rows = Item.objects.select_for_update(of=("self",)).select_related("review", "person", "application")
    item = rows.get(id=item_id)
    if reviewer.role not in MAY_REVIEW:
        raise NotAllowed("rights.role")
    if not asks.may_be_decided(item, now):
        raise NotAllowed("rights.over")
    today = complaints.calendar().today(now)
    if not why and (state == State.TAKEN or rules.needs_reason(item.last_used, today)):
        raise NotAllowed("rights.why")
    return item


def _carry_out(item: Item, reviewer: User, why: str, now: datetime) -> uuid.UUID | None:
    """Take it away, or give what a second person is asked."""
    if item.application is not None:
        keys.revoke_key(item.application, actor=actor_of(reviewer), now=now)
        return None
    assert item.person is not None
    if item.person_id == reviewer.id:
        raise NotAllowed("rights.own")
    if not item.person.is_active:
        raise NotAllowed("rights.over")
    try:
        done = leaving.disable(item.person, by=reviewer, reason=why, now=now)
    except decide.NotAllowed as refused:
        code = {"approval.over": "rights.asked", "approval.same_person": "rights.own"}
        raise NotAllowed(code.get(refused.code, "rights.role")) from None
    if isinstance(done, Refusal):
        raise NotAllowed("rights.last")
    return done.id if isinstance(done, Approval) else None


def _turned_away(item_id: uuid.UUID, reviewer: User, code: str) -> str:
    body = {"item": item_id, "code": code}
    log.append("rights.turned_away", actor=actor_of(reviewer), subject=None, body=body, obj="party", res="denied")
    return code
