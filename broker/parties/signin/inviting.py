"""People are invited, and given a new link where every passkey is lost, by two people (actions).

An operator asks, an officer or an approver agrees, and the operator who asked is shown the link, once. Neither of them
can be the person whose link it is.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties import full_names, staff
from broker.parties.models import Role, User
from broker.parties.signin import alerts, leaving, passkeys
from broker.parties.signin.models import Change
from broker.parties.signin.passkeys import actor_of
from broker.terms import Refusal

INVITE, LINK = "people.invite", "people.link"
_ASK, _AGREE, _LIFE = frozenset({"operator"}), frozenset({"officer", "approver"}), timedelta(days=7)
ACTS = (
    TwoPersonAct(INVITE, "Invite a person to work here", _ASK, _AGREE, _LIFE),
    TwoPersonAct(LINK, "Give a person a new link to a passkey", _ASK, _AGREE, _LIFE),
)


def ask(by: User, username: str, full_name: str, role: Role | None, *, reason: str, now: datetime) -> Approval:
    """Ask a second person to agree; raises `decide.NotAllowed`, also where this is asked for already.

    Somebody who is known by this name gets a new link, whatever else was said; anybody else is invited, under a full
    name that is written in one way, and never in letters of two scripts that look alike.
    """
    known, full_name = User.objects.filter(username=username).first(), full_names.plain(full_name)
    about = known.id if known else uuid.uuid5(uuid.NAMESPACE_OID, username)
    if decide.is_open(LINK if known else INVITE, about=about) or (known and not known.is_active):
        raise decide.NotAllowed("approval.over")
    if known:
        params = {"username": username}
    elif role is None or role == Role.ANALYST or not full_name or full_names.is_mixed(full_name):
        raise decide.NotAllowed("approval.role")
    else:
        params = {"username": username, "name": full_name, "role": str(role)}
    return decide.request(
        LINK if known else INVITE,
        requester=actor_of(by),
        reason=reason,
        now=now,
        about=about,
        beneficiary=known.id if known else None,
        params=params,
    )


def agreed(by: User) -> list[Approval]:
    """Give what this person asked for and another agreed to, whose link nobody has seen yet."""
    return list(
        Approval.objects.filter(act__in=(INVITE, LINK), state="approved", requester=by.id).order_by("decided_at")
    )


def link(by: User, approval_id: uuid.UUID, *, now: datetime) -> str | Refusal | None:
    """Carry out what two people agreed on and give the token of the link, once; None where nothing of that is open.

    `state.conflict`, with an entry, where a passkey of hers was used since this was asked for: it is not lost, and who
    said so would use the link in her place, while she is put out and hears nothing of it. The ask
    is taken back with it: where she loses it later, it is asked anew.

    Who gets a new link has lost every passkey; who has one left adds another without us. So the old ones end with it,
    each with its entry, and sessions, browsers and recovery codes too: they may lie where the passkeys do, and would be
    good in a finder's hand for as long as the new link waits, or for ever where nobody uses it. She is told.
    """
    with transaction.atomic():
        rows = Approval.objects.select_for_update(of=("self",)).filter(act__in=(INVITE, LINK), state="approved")
        found = rows.filter(id=approval_id, requester=by.id, expires_at__gt=now).first()
        if found is None:
            return None
        leaving.take_turn()  # of two who decide, one is not put out while the other one gets a link
        said, actor = found.params, actor_of(by)
        known = User.objects.filter(username=said["username"]).first()
        if (known is None) != (found.act == INVITE) or (known is not None and not known.is_active):
            return None  # somebody took the name meanwhile, or left
        if known is not None and _is_used(known, since=found.requested_at):
            decide.turned_away(found.id, actor=actor, step="link", code="passkey.used")
            decide.withdraw(found.id, requester=actor, now=now)
            return Refusal("state.conflict")
        decide.execute(found, actor=actor, now=now)
        if known is not None:
            for passkey in passkeys.end_all(known, now=now):
                body = {"user": known.id, "passkey": passkey.id}
                log.append("auth.revoked", actor=actor, subject=None, obj="user", body=body)
                alerts.tell(known, Change.What.REMOVED, now=now, passkey=passkey)
            return staff.renew_enrolment(known, now=now, actor=actor)
        return staff.start_enrolment(said["username"], said["name"], Role(said["role"]), now=now, actor=actor)


def _is_used(user: User, *, since: datetime) -> bool:
    """Say whether a passkey of a person that is in use was touched since; none of them is until the commit."""
    own = passkeys.of(user).select_for_update(of=("self",)).values_list("used_at", flat=True)
    return any(each is not None and each >= since for each in list(own))
