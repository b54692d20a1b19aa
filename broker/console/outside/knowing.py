"""Whom we know as somebody who may not decide from outside: our people, recipients, customers (reads)."""

import uuid

from django.db.models import Q
from django.db.models.functions import Lower, Trim

from broker import vault
from broker.approvals.models import Approval
from broker.console import find
from broker.console.outside.models import Approver
from broker.console.packs.models import EvidencePack
from broker.parties.full_names import plain
from broker.parties.mailbox import house_of, mailbox_of
from broker.parties.models import Customer, EmailLink, Organisation, User
from broker.parties.signin import workbox
from broker.parties.signin.models import WorkMailbox
from consents.joint.models import HolderMailbox, JointMember, Objection
from consents.models import Consent
from requests_app.desk_work import mailboxes
from requests_app.models import DataRequest
from requests_app.recipients.models import SignUp


def is_ours(row: Approver) -> bool:
    """Say whether this is somebody who asks, decides or benefits here, as the database does (`evidence_outside.OURS`).

    A full name of anybody who signs in; a house that is a recipient or asks to be one; a mailbox of a customer, an
    applicant, whoever objected, a second holder, or one of our own people.
    """
    name, house = row.full_name.strip().lower(), row.house.strip().lower()
    boxes = [bytes(row.email_index), bytes(row.mailbox_index)]
    return (
        User.objects.annotate(plain=Lower(Trim("full_name"))).filter(plain=name).exists()
        or Organisation.objects.annotate(plain=Lower(Trim("legal_name"))).filter(plain=house).exists()
        or SignUp.objects.annotate(plain=Lower(Trim("legal_name"))).filter(plain=house).exists()
        or Customer.objects.filter(email_index__in=boxes).exists()
        or EmailLink.objects.filter(purpose=EmailLink.Purpose.JOIN, email_index__in=boxes).exists()
        or Objection.objects.filter(email_index__in=boxes).exists()
        or JointMember.objects.filter(email_index__in=boxes).exists()
        or HolderMailbox.objects.filter(email_index__in=boxes).exists()
        or WorkMailbox.objects.filter(ended_at=None, mailbox_index=boxes[1]).exists()
    )


def is_of_a_recipient(email: str) -> bool:
    """Say whether this address is that of a recipient, or of its house where that gives mailboxes to its own alone."""
    mailbox, house = mailbox_of(email), house_of(email)
    theirs = Organisation.objects.exclude(contact_email="").values_list("contact_email", flat=True)
    return any(mailbox == mailbox_of(each) or (house and house == house_of(each)) for each in theirs)


def is_read_by_our_people(email: str) -> bool:
    """Say whether one of our own people reads this mailbox. Addresses without an index are opened: an entry each."""
    mailbox = mailbox_of(email)
    if WorkMailbox.objects.filter(ended_at=None, mailbox_index=vault.blind_index("email", mailbox)).exists():
        return True
    older = workbox.without_index(why="to compare it with that of an approver from outside")
    desks = mailboxes.all_proven(why="to compare it with that of an approver from outside")
    return any(mailbox == mailbox_of(each) for each in (*older, *desks))


def is_one_name(name: str, row: Approver) -> bool:
    """Say whether a name is this person's, blanks and case aside."""
    return plain(name).lower() == row.full_name.lower()


def concerns(approval: Approval, row: Approver) -> bool:
    """Say whether an account of a customer whom the act concerns is in this person's name; nothing is opened."""
    return any(find.is_in_name(each, row.full_name) for each in _customers(approval))


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
