"""What an organisation may ask customers for, changed after its enrolment: one person proposes, another decides.

Permissions that customers gave before stay as they were signed; a purpose that is taken away can be asked for no more.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.db import evidence_purposes
from broker.parties.models import Organisation
from broker.parties.purposes import approved
from broker.terms import PURPOSES, Actor

NAME = evidence_purposes.ACT


def propose(
    organisation: Organisation, purposes: Collection[str], *, requester: Actor, reason: str, now: datetime
) -> Approval:
    """Ask a second person that this organisation may ask for these purposes and no others.

    Raises `ValueError` for a purpose that is none, and `NotAllowed` where nothing would change or one is asked already.
    """
    if not purposes or not {*purposes} <= {*PURPOSES}:
        raise ValueError("a purpose that is none")
    with transaction.atomic():
        found = Organisation.objects.select_for_update(no_key=True).get(id=organisation.id)
        if {*purposes} == {*approved(found)} or decide.is_open(NAME, about=found.id):
            raise decide.NotAllowed("approval.over")
        return decide.request(
            NAME,
            requester=requester,
            reason=reason,
            now=now,
            about=found.id,
            params={"purposes": sorted({*purposes})},
        )


def _change(approval: Approval, approver: Actor, now: datetime) -> None:
    """Write it in the approving transaction; one change of an organisation waits at a time, so none overtakes it."""
    found = Organisation.objects.select_for_update(no_key=True).get(id__in=[approval.about])
    purposes = list(approval.params["purposes"])
    body = {"organisation": found.id, "approval": approval.id, "before": found.purposes, "purposes": purposes}
    ref = log.append("recipient.purposes_changed", actor=approver, subject=None, body=body)
    Organisation.objects.filter(id=found.id).update(purposes=purposes, audit_event_id=ref.id)
    decide.execute(approval, actor=approver, now=now)


ACT = TwoPersonAct(
    NAME,
    "Change what an organisation may ask customers for",
    requesters=frozenset({"officer", "approver"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_change,
)
