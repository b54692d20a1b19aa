"""The acknowledgement of a bad lane: an officer asks, an approver decides, and `verify_log` goes on from there."""

from datetime import datetime, timedelta

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log, quarantine
from broker.terms import Actor

NAME = "alarm.ack"


def request(lane: int, last: int, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask that a quarantined lane, whose last good event is `last`, be acknowledged. Raises `decide.NotAllowed`."""
    _demand_alarm(lane, last)
    return decide.request(NAME, requester=requester, reason=reason, now=now, params={"lane": lane, "last": last})


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """Log the acknowledgement in the approving transaction; an alarm is answered once."""
    lane, last = int(approval.params["lane"]), int(approval.params["last"])
    _demand_alarm(lane, last)
    people = {"approval": approval.id, "requester": approval.requester, "approver": approver.id}
    log.append_tail("alarm.ack", lane=lane, last=last, body=people, actor=approver)
    decide.execute(approval, actor=approver, now=now)


def _demand_alarm(lane: int, last: int) -> None:
    if quarantine.unacknowledged(log.origin_id()).get(lane) != last:
        raise decide.NotAllowed("approval.over")


ACT = TwoPersonAct(
    NAME,
    "Acknowledge a bad lane of the log",
    requesters=frozenset({"officer"}),
    approvers=frozenset({"approver"}),
    life=timedelta(days=14),
    run=_carry_out,
)
