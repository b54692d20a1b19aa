"""Ending "both must agree": both holders wrote to us, staff ask, an officer or approver decides (actions).

Either holder asks for it alone, which is the safe direction; to make sharing easier again takes the word of both, and
two of our people who have read it. What was signed before goes on waiting for the other holder: the end counts from the
next permission on, and nothing that waits comes into force by it.
"""

from datetime import datetime, timedelta

from django.db import transaction

from broker import jobs
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Customer
from broker.terms import Actor
from consents.joint.models import BothChange, CoApproval
from consents.joint.reach import stands
from consents.models import Consent

NAME = "joint.end_both"
ENDED_MAIL = "joint.ended"  # the job that tells both holders


def request(row: CoApproval, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask that it ends; `reason` says how each holder asked for it. Raises `decide.NotAllowed`."""
    if row.account is None or not stands(row):
        raise decide.NotAllowed("approval.over")
    return decide.request(
        NAME,
        requester=requester,
        reason=reason,
        now=now,
        subject=row.account.customer_id,
        about=row.account_id,
        params={"account_ending": row.account.last_four},
    )


def standing() -> list[CoApproval]:
    """Give what can be ended, the oldest first; nothing is opened."""
    rows = CoApproval.objects.select_related("account").filter(account__isnull=False).order_by("since")
    return [each for each in rows.prefetch_related("changes") if stands(each)]


def newest_consent(row: CoApproval) -> Consent | None:
    """Give the newest permission over the account that has a second holder: through it both are told."""
    rows = Consent.objects.filter(accounts=row.account_id, joint_member__isnull=False)
    return rows.order_by("-signed_at").first()


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """End it in the approving transaction, and have both told."""
    row = CoApproval.objects.select_related("account").get(account_id=approval.about)
    assert row.account is not None
    # Rows of the table only grow, so none of it is locked: of two acts at once, the second sees what the first did.
    Customer.objects.select_for_update().get(id=row.account.customer_id)
    if not stands(row):
        raise decide.NotAllowed("approval.over")
    with transaction.atomic():
        ref = log.append(
            "joint.ended",
            actor=approver,
            subject=row.account.customer_id,
            obj="account",
            body={"account": str(row.account_id), "approval": str(approval.id)},
        )
        BothChange.objects.create(
            asked=row, kind=BothChange.Kind.ENDED, approval=approval.id, at=now, audit_event_id=ref.id
        )
        consent = newest_consent(row)
        if consent is not None:
            jobs.enqueue(ENDED_MAIL, consent.id, key=f"{ENDED_MAIL}:{approval.id}")
    decide.execute(approval, actor=approver, now=now)


ACT = TwoPersonAct(
    NAME,
    "End “both must agree” on the word of both holders",
    requesters=frozenset({"staff", "officer"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_carry_out,
)
