"""The declaration that the log was lost: two people decide, then a new origin is opened on the server."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.audit import entry, origins
from broker.terms import SERVICE, Actor, EventRef

NAME = "log.new_origin"
SERVER = SERVICE("log")

ACT = TwoPersonAct(
    NAME,
    "Declare the log lost and open a new one",
    requesters=frozenset({"officer", "operator"}),
    approvers=frozenset({"approver"}),
    life=timedelta(days=7),
)


def request(origin: str, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask that the log be declared lost and one of this name be opened. Raises `decide.NotAllowed`, ValueError."""
    if not entry.is_origin(origin):
        raise ValueError("not of the form <host>/audit/<id>")
    return decide.request(NAME, requester=requester, reason=reason, now=now, params={"origin": origin})


def carry_out(approval_id: uuid.UUID, *, last_note: str | None, now: datetime) -> EventRef:
    """Open the log that was decided on; its first event names the decision. All or nothing.

    Raises `origins.CannotOpen`, or `decide.NotAllowed` where two people have not decided on just this.
    """
    with transaction.atomic():
        found = Approval.objects.filter(id=approval_id, act=NAME, state=State.APPROVED).first()
        if found is None or found.params.get("origin") != settings.LOG_ORIGIN:
            raise decide.NotAllowed("approval.over")
        people = {"approval": found.id, "requester": found.requester, "approver": found.approver}
        opened = origins.open_new(actor=SERVER, body=people, last_note=last_note)
        decide.execute(found, actor=SERVER, now=now)
    return opened
