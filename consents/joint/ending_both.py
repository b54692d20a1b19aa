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
from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor
from consents.joint.binding import END_BOTH
from consents.joint.models import BothChange, CoApproval
from consents.joint.reach import members_of, same, stands
from consents.models import Consent

NAME = END_BOTH
ENDED_MAIL = "joint.ended"  # the job that tells both holders


def request(row: CoApproval, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask that it ends; `reason` says how each holder asked for it. Raises `decide.NotAllowed`.

    One request is open for an account at a time, and it is about what was asked for up to now: a holder who asks that
    both must agree once more withdraws it.
    """
    if row.account is None or row.account_id is None:
        raise decide.NotAllowed("approval.over")
    with transaction.atomic():
        _one_after_the_other(row.account)
        if not stands(_now(row)):
            raise decide.NotAllowed("approval.over")
        if decide.is_open(NAME, about=row.account_id):
            raise decide.NotAllowed("approval.open")
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
    if row.account is None:
        return None
    rows = Consent.objects.filter(joint_member__in=members_of(same(row.account)))
    return rows.order_by("-signed_at").first()


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """End it in the approving transaction, and have both told."""
    row = CoApproval.objects.select_related("account").get(account_id=approval.about)
    assert row.account is not None
    _one_after_the_other(row.account)
    # What two people read is about what had been asked for then; the database demands the same.
    moved = row.changes.filter(at__gte=approval.requested_at).exists()
    if moved or not stands(_now(row)):
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


def _one_after_the_other(account: UtilityAccount) -> None:
    """Of two acts at once let the second see what the first did: rows of the tables only grow, none is locked."""
    Customer.objects.select_for_update().get(id=account.customer_id)


def _now(row: CoApproval) -> CoApproval:
    return CoApproval.objects.get(id=row.id)  # what was read before the lock may be old


ACT = TwoPersonAct(
    NAME,
    "End “both must agree” on the word of both holders",
    requesters=frozenset({"staff", "officer"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_carry_out,
)
