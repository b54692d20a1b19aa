"""An objection is dismissed by two people: staff ask, an officer or approver decides (actions)."""

from datetime import datetime, timedelta

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.terms import Actor
from consents.joint import objecting
from consents.joint.models import Objection

NAME = "objection.dismiss"


def request(objection: Objection, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask that an objection be dismissed. Raises `decide.NotAllowed`."""
    if objection.state not in (Objection.State.STANDING, Objection.State.REVIEW):
        raise decide.NotAllowed("approval.over")
    return decide.request(
        NAME,
        requester=requester,
        reason=reason,
        now=now,
        subject=objection.id,
        about=objection.id,
        params={"number": objection.number},
    )


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """Dismiss it in the approving transaction."""
    assert approval.about is not None
    objection = Objection.objects.get(id=approval.about)
    if not objecting.dismiss(objection, approval=approval.id, actor=approver, now=now):
        raise decide.NotAllowed("approval.over")
    decide.execute(approval, actor=approver, now=now)


ACT = TwoPersonAct(
    NAME,
    "Dismiss an objection and let go what it paused",
    requesters=frozenset({"staff", "officer"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_carry_out,
)
