"""The mailbox of a second holder whom we reached by a letter: staff write it down, a second person agrees (actions).

Both must agree, and the signer may not choose by which address the other does. A letter went to the proven service
address; whoever got it calls or writes to us and gives an address of the own. One of staff enters it with how they knew
who it was, an officer or approver decides. It agrees to nothing by itself: the holder gets the notice there, and agrees
with a code. From then on that mailbox alone speaks for the other holder.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction

from broker import jobs, vault
from broker.approvals import decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor
from consents.joint import by_post, mailboxes
from consents.joint.entering import TELL
from consents.joint.models import BothChange, CoApproval, HolderMailbox, JointMember
from consents.joint.reach import account_of, asked_rows, members_of, same, stands
from consents.joint.signs import mailbox_folded
from consents.lifecycle import ENDED

NAME = "joint.mailbox"


def may(member: JointMember) -> bool:
    """Say whether our people may record this second holder's mailbox.

    The permission waits for that holder, a letter to the holder was posted, nobody was written to by mail, and no
    mailbox asked by itself: that one would be the holder's.
    """
    if not member.must_agree or member.agreed_at or member.told_at or member.consent.state in ENDED:
        return False
    account = account_of(member.consent)
    return by_post.posted(member) is not None and _standing(account) is not None and mailboxes.words(account) <= {None}


def waiting() -> list[JointMember]:
    """Give the second holders whose mailbox may be recorded, the oldest first; nothing is opened."""
    rows = JointMember.objects.filter(must_agree=True, agreed_at=None, told_at=None).exclude(consent__state__in=ENDED)
    return [each for each in rows.select_related("consent__recipient").order_by("created_at") if may(each)]


def is_asked(member: JointMember) -> bool:
    """Say whether a second person is being asked about a mailbox of this holder."""
    return decide.is_open(NAME, about=member.id)


def is_signers(member: JointMember, email: str) -> bool:
    """Say whether this is the signer's own mailbox, as it stands or without its +tag."""
    signer = bytes(member.signer_index)
    return signer in (mailboxes.index_of(email), mailboxes.index_of(mailbox_folded(email)))


def request(member: JointMember, email: str, *, requester: Actor, reason: str, now: datetime) -> Approval:
    """Ask a second person to record the mailbox; `reason` says how it came to us and how staff knew who it was.

    Address and reason are read by whoever decides. Raises `decide.NotAllowed`: approval.over where it may not be
    recorded (any more), approval.open while another request waits, approval.beneficiary for the signer's own mailbox.
    """
    email = email.strip()
    with transaction.atomic():
        _one_after_the_other(member)
        if not may(JointMember.objects.select_related("consent").get(id=member.id)):
            raise decide.NotAllowed("approval.over")
        if is_signers(member, email):
            raise decide.NotAllowed("approval.beneficiary")
        if is_asked(member):
            raise decide.NotAllowed("approval.open")
        # Under the second holder's own key: the signer learns neither address nor words.
        made = decide.request(
            NAME,
            requester=requester,
            reason=f"{email}\n\n{reason}",
            now=now,
            subject=member.id,
            about=member.id,
            params={"consent": member.consent.number},
        )
        row = uuid.uuid4()
        HolderMailbox.objects.create(
            id=row,
            member=member,
            email=vault.seal(email, subject=member.id, place=vault.Place("joint_holdermailbox", "email", row)),
            email_index=mailboxes.index_of(email),
            approval=made.id,
            at=now,
            audit_event_id=made.audit_event_id,
        )
    return made


def _carry_out(approval: Approval, approver: Actor, now: datetime) -> None:
    """Let the mailbox count, and have the holder written to about everything that waits."""
    heard = HolderMailbox.objects.select_related("member__consent").get(approval=approval.id)
    member = heard.member
    _one_after_the_other(member)
    account = account_of(member.consent)
    row = _standing(account)
    if row is None or not may(JointMember.objects.select_related("consent").get(id=member.id)):
        raise decide.NotAllowed("approval.over")
    with transaction.atomic():
        ref = log.append(
            "joint.heard",
            actor=approver,
            subject=member.consent.customer_id,
            obj="joint_member",
            body={
                "consent": str(member.consent_id),
                "member": str(member.id),
                "account": str(row.account_id),
                "approval": str(approval.id),
            },
        )
        BothChange.objects.create(
            asked=row,
            kind=BothChange.Kind.HEARD,
            approval=approval.id,
            at=now,
            by_holder=True,
            mailbox_index=bytes(heard.email_index),
            audit_event_id=ref.id,
        )
        waits = members_of(same(account)).filter(must_agree=True, agreed_at=None)
        for each in waits.exclude(consent__state__in=ENDED):
            jobs.enqueue(TELL, each.consent_id, key=f"{TELL}:{each.consent_id}:{ref.id}")
    decide.execute(approval, actor=approver, now=now)


def _standing(account: UtilityAccount) -> CoApproval | None:
    return next((each for each in asked_rows(account) if stands(each)), None)


def _one_after_the_other(member: JointMember) -> None:
    """Of two acts at once let the second see what the first did."""
    Customer.objects.select_for_update().get(id=member.consent.customer_id)


ACT = TwoPersonAct(
    NAME,
    "Record the mailbox of a second holder",
    requesters=frozenset({"staff", "officer"}),
    approvers=frozenset({"officer", "approver"}),
    life=timedelta(days=14),
    run=_carry_out,
)
