"""An approver from outside is asked by a link, and the ask is called back (actions): one transaction, one entry."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.urls import reverse

from broker import notices, vault
from broker.approvals import decide
from broker.approvals.lifecycle import State as Act
from broker.approvals.models import Approval
from broker.audit import log
from broker.audit.encoding import b64url
from broker.console.outside import knowing, showing, telling
from broker.console.outside.allowed import MAY_SEND, NotAllowed, has_a_stake, open_asks, why_not
from broker.console.outside.models import Approver, Ask
from broker.duties.bars import actor_of
from broker.parties.links import token_hash
from broker.parties.models import User
from broker.terms import Actor, EventRef
from broker.transport import Proof, ProvenAddress

LIFE = timedelta(days=7)
CLERK = knowing.CLERK
State = Ask.State


def send(approval_id: uuid.UUID, outside: Approver, note: str, *, by: User, now: datetime) -> Ask:
    """Mail somebody from outside a link to one proposal, good for seven days; our other deciders hear of it.

    `note` says why it is needed, in our people's words. Raises `NotAllowed`, and the try is told: `outside.role`;
    `outside.alone` for whoever asked for the act; `outside.asked` while somebody can still answer; `outside.ours` and
    `outside.own` as `allowed.has_a_stake` says, or for a customer concerned; otherwise as `allowed.why_not` says.
    """
    try:
        return _sent(approval_id, outside, note, by=by, now=now)
    except NotAllowed as refused:
        decide.turned_away(approval_id, actor=actor_of(by), step="outside", code=refused.code)
        raise


def _sent(approval_id: uuid.UUID, outside: Approver, note: str, *, by: User, now: datetime) -> Ask:
    row, actor = Approval.objects.get(id=approval_id), actor_of(by)
    outside = Approver.objects.get(id=outside.id)
    if by.role not in MAY_SEND:
        raise NotAllowed("outside.role")
    if code := why_not(row, outside, now=now):
        raise NotAllowed(code)
    if knowing.is_one_person(row.requester, by.id):
        raise NotAllowed("outside.alone")
    if open_asks(now).filter(approval=row.id).exists():
        raise NotAllowed("outside.asked")
    to = address_of(outside, why="to ask")
    shown = showing.put_together(row, note, actor=actor)
    if code := has_a_stake(row, shown, outside, to.address):
        raise NotAllowed(code)
    if knowing.is_of_a_customer(row, to.address):
        raise NotAllowed("outside.own")
    ours = telling.deciders(but=by)
    token, ask_id = secrets.token_urlsafe(32), uuid.uuid4()
    with transaction.atomic():
        row = Approval.objects.select_for_update().get(id=approval_id)
        if row.state != Act.REQUESTED:
            raise NotAllowed("outside.over")
        if open_asks(now).filter(approval=row.id).exists():
            raise NotAllowed("outside.asked")
        for late in Ask.objects.select_for_update().filter(approval=row.id, state=State.WAITING):
            close(late, State.RECALLED, "outside.over", CLERK, row.subject, now)
        ask = Ask(
            id=ask_id,
            approval=row.id,
            outside=outside,
            token_hash=token_hash(token),
            digest=shown.digest(row),
            note=vault.seal(note, subject=showing.whose(row), place=vault.Place("outside_ask", "note", ask_id)),
            sent_by=by.id,
            sent_at=now,
            expires_at=min(now + LIFE, row.expires_at, outside.ends_at),
        )
        ask.audit_event_id = entered(ask, "outside.asked", actor, row.subject).id
        ask.save(force_insert=True)
        notices.send_later(
            "outside_asked",
            to=to,
            subject=outside.id,
            context={"title": shown.title, "path": reverse("outside", args=[token]), "until": ask.expires_at},
            key=f"outside_asked:{ask.id}",
        )
        telling.tell(ask, row, ours, telling.ASKED)
    return ask


def recall(ask: Ask, *, by: User, now: datetime) -> bool:
    """Call an ask back, which any of our people may; False where it is answered or over."""
    with transaction.atomic():
        row = Approval.objects.select_for_update().get(id=ask.approval)
        found = Ask.objects.select_for_update().get(id=ask.id)
        if found.state != State.WAITING:
            return False
        close(found, State.RECALLED, "outside.over", actor_of(by), row.subject, now)
    return True


def address_of(outside: Approver, *, why: str) -> ProvenAddress:
    """Open where this person is written to, under an entry of its own."""
    body = {"fields": ["email"], "why": why}
    ref = log.append_read(
        "parties.read", actor=CLERK, subject=outside.id, purpose="operations", obj="user", body=body, cnt=1
    )
    return ProvenAddress(vault.open(outside.email, under=ref), Proof("invitation", str(outside.id)))


def close(ask: Ask, state: State, act: str, actor: Actor, subject: uuid.UUID | None, now: datetime) -> None:
    """Let an ask end in a state; in the caller's transaction, its row locked."""
    ask.state, ask.closed_at = state, now
    ask.audit_event_id = entered(ask, act, actor, subject).id
    ask.save(update_fields=["state", "closed_at", "answer", "audit_event"])


def entered(ask: Ask, act: str, actor: Actor, subject: uuid.UUID | None) -> EventRef:
    """Write the entry of a step of an ask."""
    body = {
        "ask": ask.id,
        "approval": ask.approval,
        "outside": ask.outside_id,
        "state": str(ask.state),
        "digest": b64url(bytes(ask.digest)),
    }
    return log.append(act, actor=actor, subject=subject, obj="approval", body=body)
