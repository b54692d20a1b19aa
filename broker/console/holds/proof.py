"""What the keeper demands of a decision of two people before it acts on one (look-ups).

The row of an approval may be written by whoever has the application's login; the event that it names cannot be
forged without the log's secrets, and the people must still be there.
"""

import uuid
from datetime import date, datetime

from broker import vault
from broker.approvals.acts import TwoPersonAct, act_of
from broker.approvals.models import Approval
from broker.audit import authentic
from broker.audit.encoding import opaque
from broker.audit.keeper import Group
from broker.audit.retention import OF_SUBJECTS
from broker.console.holds import retention
from broker.console.holds.models import OF_GROUPS, Rule, Scope
from broker.console.hours import local
from broker.parties.models import User
from requests_app.inbound.holding import LOGINS

_BY_DAY = (LOGINS, vault.CASE, Rule.RETENTION, Scope.RECORDS)  # what is destroyed by the day on which it came


def flaw(approval: Approval) -> str | None:
    """Give the code of what is wrong with an approved act; None where two people did decide it."""
    kind = act_of(approval.act)
    if approval.approver is None or approval.approver == approval.requester:
        return "approval.same_person"
    if not _sealed(approval, approval.approver, kind):
        return "approval.unproven"
    if not (_may(approval.requester, kind.requesters) and _may(approval.approver, kind.approvers)):
        return "approval.role"
    return None


def _sealed(approval: Approval, approver: uuid.UUID, kind: TwoPersonAct) -> bool:
    head = authentic.header_of(approval.audit_event_id)
    return (
        head is not None
        and (head.act, head.obj, head.res) == ("approval.given", "approval", "ok")
        and head.actor == opaque("s", approver)
        and head.role in kind.approvers
    )


def _may(person: uuid.UUID, roles: frozenset[str]) -> bool:
    return User.objects.filter(id=person, is_active=True, role__in=roles).values_list("id").exists()


def group_of(approval: Approval) -> Group | None:
    """Give the keys that an approved destruction is about; None where it names none that may be destroyed."""
    params, subject = approval.params, approval.subject
    named, period = (params.get("class"), params.get("rule"), params.get("scope")), params.get("period")
    if subject is None or named[0] not in OF_SUBJECTS or named[1] not in OF_GROUPS or named[2] not in Scope.values:
        return None
    if type(period) is not int or named[:2] == (vault.EVIDENCE, Rule.ERASURE):
        return None
    if "until" in params and (until_of(approval) is None or (subject, *named) != _BY_DAY):
        return None
    return Group(subject, params["class"], period)


def until_of(approval: Approval) -> date | None:
    """Give the day until which what is to be destroyed came; None where all of a year is meant."""
    try:
        return date.fromisoformat(approval.params.get("until"))
    except (TypeError, ValueError):
        return None


def is_due(approval: Approval, group: Group, now: datetime) -> bool:
    """Say whether its day has come; what a customer asked to be erased waits for no day."""
    if approval.params["rule"] == Rule.ERASURE:
        return True
    on = retention.due_on(*group, approval.params["scope"], until_of(approval))
    return on is not None and on <= local(now).date()
