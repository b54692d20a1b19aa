"""Whom we know as somebody who may not decide from outside: our people, recipients, customers (reads)."""

import uuid

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower, Trim

from broker import vault
from broker.approvals.models import Approval
from broker.audit import log
from broker.console import find
from broker.console.outside.models import Approver
from broker.console.packs.models import EvidencePack
from broker.parties.full_names import plain
from broker.parties.mailbox import house_of, mailbox_of
from broker.parties.models import Customer, EmailLink, Organisation, User
from broker.parties.signin import workbox
from broker.parties.signin.models import WorkMailbox
from broker.terms import SERVICE
from consents.joint.models import BothChange, CoApproval, HolderMailbox, JointMember, Objection
from consents.models import Consent
from requests_app.desk_work import mailboxes
from requests_app.models import DataRequest
from requests_app.recipients import joining
from requests_app.recipients.models import SignUp

CLERK = SERVICE("outside")
WHY = "to compare it with that of an approver from outside"


def is_ours(row: Approver) -> bool:
    """Say whether this is somebody who asks, decides or benefits here, as the database does (`evidence_outside.OURS`).

    A full name of anybody who signs in; a house that is a recipient or asks to be one; a mailbox of a customer, an
    applicant, whoever objected, a second holder, or one of our own people. Mailboxes that nobody proved do not count:
    else whoever types an address into a page of ours would put its owner out.
    """
    name, house = row.full_name.strip().lower(), row.house.strip().lower()
    boxes = [bytes(row.email_index), bytes(row.mailbox_index)]
    return (
        User.objects.annotate(plain=Lower(Trim("full_name"))).filter(plain=name).exists()
        or Organisation.objects.annotate(plain=Lower(Trim("legal_name"))).filter(plain=house).exists()
        or SignUp.objects.exclude(state=SignUp.State.REFUSED)
        .annotate(plain=Lower(Trim("legal_name")))
        .filter(plain=house)
        .exists()
        or Customer.objects.filter(email_index__in=boxes).exists()
        or EmailLink.objects.filter(
            purpose=EmailLink.Purpose.JOIN, code_used_at__isnull=False, email_index__in=boxes
        ).exists()
        or Objection.objects.filter(Q(email_index__in=boxes) | Q(mailbox_index=boxes[1])).exists()
        or JointMember.objects.filter(agreed_at__isnull=False, email_index__in=boxes).exists()
        or CoApproval.objects.filter(mailbox_index__in=boxes).exists()
        or BothChange.objects.filter(mailbox_index__in=boxes).exists()
        or HolderMailbox.objects.filter(email_index__in=boxes).exists()
        or _work_mailboxes().filter(mailbox_index=boxes[1]).exists()
    )


def is_of_a_recipient(email: str) -> bool:
    """Say whether this address is that of a recipient, or of its house where that gives mailboxes to its own alone."""
    mailbox, house = mailbox_of(email), house_of(email)
    theirs = Organisation.objects.exclude(contact_email="").values_list("contact_email", flat=True)
    return any(mailbox == mailbox_of(each) or (house and house == house_of(each)) for each in theirs)


def is_of_the_applicant(approval: Approval, email: str) -> bool:
    """Say whether this address is of the house that an act would enrol; its contact's address is opened: an entry."""
    found = SignUp.objects.filter(id__in=[approval.about] if approval.about else []).first()
    if found is None:
        return False
    _name, theirs = joining.contact(found, CLERK, why=WHY)
    house = house_of(email)
    return mailbox_of(theirs) == mailbox_of(email) or bool(house and house == house_of(theirs))


def is_of_a_customer(approval: Approval, email: str) -> bool:
    """Say whether this is an address of a customer whom the act concerns, or of her second holder; an entry for each.

    However it is written, and proven or not: in her own matter a customer may name whom she likes.
    """
    customers = _customers(approval)
    found = [_opened("parties.read", each, "customer") for each in Customer.objects.filter(id__in=customers)]
    members = JointMember.objects.filter(consent__customer__in=customers, email__isnull=False)
    found += [_opened("joint.read", each, "joint_member") for each in members]
    return any(mailbox_of(each) == mailbox_of(email) for each in found)


def is_read_by_our_people(email: str) -> bool:
    """Say whether one of our own people reads this mailbox. Addresses without an index are opened: an entry each."""
    mailbox = mailbox_of(email)
    if _work_mailboxes().filter(mailbox_index=vault.blind_index("email", mailbox)).exists():
        return True
    older = workbox.without_index(why=WHY)
    desks = mailboxes.all_proven(why=WHY)
    return any(mailbox == mailbox_of(each) for each in (*older, *desks))


def is_one_person(one: uuid.UUID, other: uuid.UUID) -> bool:
    """Say whether these are one of our people, or two accounts of one full name (`evidence_duties.same`)."""
    named = User.objects.annotate(plain=Lower(Trim("full_name")))
    return one == other or named.filter(id=one, plain__in=named.filter(id=other).values("plain")).exists()


def is_one_name(name: str, row: Approver) -> bool:
    """Say whether a name is this person's, blanks and case aside."""
    return plain(name).lower() == row.full_name.lower()


def concerns(approval: Approval, row: Approver) -> bool:
    """Say whether an account of a customer whom the act concerns is in this person's name; nothing is opened."""
    return any(find.is_in_name(each, row.full_name) for each in _customers(approval))


def _opened(act: str, row: Customer | JointMember, obj: str) -> str:
    body = {"fields": ["email"], "why": WHY}
    ref = log.append_read(act, actor=CLERK, subject=row.id, purpose="operations", obj=obj, body=body, cnt=1)
    assert row.email is not None
    return vault.open(row.email, under=ref)


def _work_mailboxes() -> QuerySet[WorkMailbox]:
    return WorkMailbox.objects.filter(ended_at=None, proven_at__isnull=False)


def _customers(approval: Approval) -> set[uuid.UUID]:
    about = [approval.about] if approval.about else []
    found = set(Customer.objects.filter(id__in=[approval.subject] if approval.subject else []).values_list("id"))
    found |= set(JointMember.objects.filter(id__in=about).values_list("consent__customer_id"))
    found |= set(Objection.objects.filter(id__in=about).values_list("reach__consent__customer_id"))
    scopes = EvidencePack.objects.filter(id__in=about).values("scope_id")
    scoped = Q(id__in=scopes)
    found |= set(Customer.objects.filter(scoped).values_list("id"))
    found |= set(Consent.objects.filter(scoped).values_list("customer_id"))
    found |= set(DataRequest.objects.filter(scoped).values_list("customer_id"))
    return {each for (each,) in found if each is not None}
