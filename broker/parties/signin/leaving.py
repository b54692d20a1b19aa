"""Whoever left is disabled, and comes back, by officers (actions): one transaction, one entry.

To take a way in away is the safe direction, so one officer does it at once; only of another officer or an approver two
people decide, or one of two could make the other's decisions alone. To give it back always takes two. At once every
session, passkey, recovery code and open link ends, and she is told. Keys are an organisation's, not a person's: they go
on.
"""

import hashlib
import uuid
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.db import turns
from broker.parties.models import Enrolment, Role, User
from broker.parties.signin import alerts, passkeys, sessions
from broker.parties.signin.models import Change, Passkey
from broker.parties.signin.passkeys import actor_of
from broker.terms import Actor, Refusal

DISABLE, ENABLE = "people.disable", "people.enable"
BY_TWO = (Role.OFFICER, Role.APPROVER)
# Whoever decides, and whoever invites: without one of them only the server's own console could undo what was done.
KEPT = (*BY_TWO, Role.OPERATOR)


_kept_out: list[Callable[[], Collection[uuid.UUID]]] = []


def keeps_out(whose: Callable[[], Collection[uuid.UUID]]) -> None:
    """Have `whose` say who is enabled and yet opens no page: none of these is left to decide where another one goes."""
    _kept_out.append(whose)


def may_alone(user: User) -> bool:
    """Say whether one officer disables this person alone."""
    return user.role not in BY_TWO


def disable(user: User, *, by: User, reason: str, now: datetime) -> Approval | Refusal | None:
    """Disable a person at once (None), or ask a second person where it is an officer or an approver.

    Refused: `ask.invalid` of oneself; `state.conflict` of whoever is disabled, or the last of a role that is `KEPT`.
    Raises `decide.NotAllowed` where it is asked for already.
    """
    if by.id == user.id:
        return Refusal("ask.invalid")
    if not user.is_active or _is_last(user):
        return Refusal("state.conflict")
    if may_alone(user):
        with transaction.atomic():
            take_turn()
            if _is_last(user):  # another request was faster
                return Refusal("state.conflict")
            _end(user, actor=actor_of(by), now=now)
        return None
    return _asked(DISABLE, user, by, reason, now)


def enable(user: User, *, by: User, reason: str, now: datetime) -> Approval | Refusal:
    """Ask a second person that somebody comes back; a link to a new passkey is asked for after that."""
    if user.is_active or by.id == user.id:
        return Refusal("state.conflict")
    return _asked(ENABLE, user, by, reason, now)


def carry_out(approval: Approval, actor: Actor, now: datetime) -> None:
    """Do what two people agreed on, in the transaction of the second one's yes; raises `decide.NotAllowed`."""
    assert approval.about is not None
    user = User.objects.get(id=approval.about)
    if approval.act == DISABLE:
        take_turn()
        if not user.is_active or _is_last(user):
            raise decide.NotAllowed("approval.over")
        _end(user, actor=actor, now=now)
    elif User.objects.filter(id=user.id, is_active=False).update(is_active=True):
        _entry(user, actor, old=False)
    else:
        raise decide.NotAllowed("approval.over")
    decide.execute(approval, actor=actor, now=now)


def _asked(act: str, user: User, by: User, reason: str, now: datetime) -> Approval:
    if decide.is_open(act, about=user.id):
        raise decide.NotAllowed("approval.over")
    params = {"username": user.username, "role": user.role}
    return decide.request(
        act, requester=actor_of(by), reason=reason, now=now, about=user.id, beneficiary=user.id, params=params
    )


def take_turn() -> None:
    """Wait until nobody else puts anybody out: of the last two, two requests at once would take both."""
    turns.take([hashlib.sha256(b"people who left").digest()])


def _is_last(user: User) -> bool:
    """Say whether nobody else of a role that is kept is left who can sign in: then nothing could be undone.

    Nobody signs in without a passkey; in a rehearsal a password does, too.
    """
    out = {each for whose in _kept_out for each in whose()}
    others = User.objects.filter(role=user.role, is_active=True).exclude(id=user.id).exclude(id__in=out)
    if not sessions.is_rehearsal():
        others = others.filter(Exists(Passkey.objects.filter(user=OuterRef("id"), removed_at=None)))
    return user.role in KEPT and not others.exists()


def _end(user: User, *, actor: Actor, now: datetime) -> None:
    alerts.tell(user, Change.What.DISABLED, now=now)
    User.objects.filter(id=user.id).update(is_active=False)
    _entry(user, actor, old=True)
    passkeys.end_all(user, now=now)
    Enrolment.objects.filter(user=user, used_at=None).update(used_at=now)


def _entry(user: User, actor: Actor, *, old: bool) -> None:
    body = {"user": user.id, "active": {"old": old, "new": not old}}
    log.append("parties.changed", actor=actor, subject=None, obj="user", body=body)


def people() -> list[User]:
    """Give everybody who can sign in or could, those who can first."""
    return list(User.objects.select_related("organisation").order_by("-is_active", "role", "username"))


def find(user_id: uuid.UUID) -> User | None:
    """Give a person by id."""
    return User.objects.filter(id=user_id).first()


_ASK, _AGREE, _LIFE = frozenset({"officer"}), frozenset({"officer", "approver"}), timedelta(days=7)
ACTS = (
    TwoPersonAct(DISABLE, "Disable an officer or approver", _AGREE, _AGREE, _LIFE, carry_out),
    TwoPersonAct(ENABLE, "Let a disabled person sign in again", _ASK, _AGREE, _LIFE, carry_out),
)
