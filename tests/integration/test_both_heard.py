"""A second holder whom only a letter reached gets a say: two of our people record the mailbox that this holder gave."""

import uuid
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Role
from broker.terms import SERVICE
from broker.vault.models import VaultKey
from consents.joint import hearing, mailboxes, members
from consents.joint.models import BothChange, CoApproval, HolderMailbox, JointMember
from consents.lifecycle import State
from consents.models import Consent, PaperNotice
from consents.paper import posting
from tests.granted import TWO_NAMES
from tests.integration.audit_support import acts
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.test_both_holds import ALIAS, agrees, asked, named, state
from tests.integration.test_worklist import signed_in as at_the_desk
from tests.joint_world import BETTY, grant, person, proven, signed_in

__all__ = ["desk"]

NOW = timezone.now
WHY = "Her call of March 2, called back at the number that the co-op has; she read the number of the permission to me."


def written(desk: Desk) -> tuple[Consent, JointMember]:
    """A permission that waits for a second holder, who asked for that by the link of a posted letter."""
    consent = grant(desk)
    proven(consent)
    desk.work()
    posting.posted(PaperNotice.objects.get(), actor=person(Role.STAFF)[1], now=NOW())
    member = JointMember.objects.select_related("consent__customer").get(consent=consent)
    desk.visitor().submit(f"/holder/{members.token(member.id)}/", {"answer": "both"})
    desk.work()
    member.refresh_from_db()
    return consent, member


def ask(member: JointMember, email: str = BETTY) -> Approval:
    return hearing.request(member, email, requester=person(Role.STAFF)[1], reason=WHY, now=NOW())


def approve(approval: Approval) -> None:
    decide.approve(approval.id, approver=person(Role.OFFICER)[1], now=NOW())


@pytest.mark.granted(TWO_NAMES)
def test_both_comes_about_after_a_letter_and_the_signer_chooses_no_address(desk: Desk) -> None:
    consent, member = written(desk)
    assert state(consent) == State.SUSPENDED
    page = desk.visitor().get(f"/holder/{members.token(member.id)}/").text
    assert "The other holder cannot give it for you." in page
    assert consent.number in page
    named(desk, consent, ALIAS, expect=422)
    staff = at_the_desk(Role.STAFF)
    assert consent.number in staff.get("/admin/both/").content.decode()
    at = f"/admin/both/mailbox/{member.id}/"
    assert "Take the address from that holder" in staff.get(at).content.decode()
    assert staff.post(at, {"email": "no address", "reason": WHY}).status_code == 422
    own = staff.post(at, {"email": EMAIL.replace("@", "+betty@"), "reason": WHY})
    assert (own.status_code, "nobody agrees with herself" in own.content.decode()) == (422, True)
    assert staff.post(at, {"email": BETTY, "reason": WHY}).status_code == 302
    assert "A second person decides." in staff.get("/admin/both/").content.decode()
    assert staff.post(at, {"email": ALIAS, "reason": WHY}).status_code == 422
    desk.work()
    assert not asked(desk, consent, BETTY)  # one person's word writes to nobody
    approve(Approval.objects.get(act=hearing.NAME))
    desk.work()
    assert asked(desk, consent, BETTY)
    assert state(consent) == State.SUSPENDED  # she decides, not our people
    agrees(desk, consent, BETTY)
    assert state(consent) == State.ACTIVE
    assert acts().count("joint.heard") == 1


@pytest.mark.granted(TWO_NAMES)
def test_what_is_signed_later_goes_to_that_mailbox_and_to_no_other(desk: Desk) -> None:
    _consent, member = written(desk)
    approve(ask(member))
    desk.work()
    her = signed_in(desk)
    second = grant(desk, works=False)
    named(desk, second, ALIAS, expect=422, her=her)
    desk.work()
    assert asked(desk, second, BETTY)
    agrees(desk, second, BETTY)
    assert state(second) == State.ACTIVE


@pytest.mark.granted(TWO_NAMES)
def test_the_officer_reads_the_address_and_nothing_of_it_lies_under_the_signers_key(desk: Desk) -> None:
    consent, member = written(desk)
    made = ask(member)
    officer = at_the_desk(Role.OFFICER)
    at = f"/console/approvals/{made.id}/"
    page = officer.get(at).content.decode()
    assert consent.number in page
    assert BETTY not in page
    read = officer.post(f"{at}reason/").content.decode()
    assert BETTY in read
    assert made.subject == member.id
    key = VaultKey.objects.filter(id=HolderMailbox.objects.get().email.key_id)
    assert list(key.values_list("subject", flat=True)) == [member.id]


@pytest.mark.granted(TWO_NAMES)
@pytest.mark.parametrize("how", ["staff", "same person", "refused"])
def test_one_person_records_no_mailbox(desk: Desk, how: str) -> None:
    consent, member = written(desk)
    _user, asks = person(Role.OFFICER)
    made = hearing.request(member, BETTY, requester=asks, reason=WHY, now=NOW())
    if how == "refused":
        decide.refuse(made.id, approver=person(Role.APPROVER)[1], now=NOW())
    else:
        wrong = asks if how == "same person" else person(Role.STAFF)[1]
        with pytest.raises(decide.NotAllowed):
            decide.approve(made.id, approver=wrong, now=NOW())
    desk.work()
    assert not asked(desk, consent, BETTY)
    assert not mailboxes.may_agree(JointMember.objects.get(id=member.id))


@pytest.mark.granted(TWO_NAMES)
def test_where_a_mailbox_asked_or_agreed_or_no_letter_was_posted_there_is_nothing_to_record(desk: Desk) -> None:
    consent = grant(desk)
    member = JointMember.objects.get(consent=consent)
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        ask(member)  # nobody asked that both must agree
    members.require_both(member, actor=members.speaker(member), now=NOW())
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        ask(member)  # no letter: the account is not proven
    assert hearing.waiting() == []
    proven(consent)
    desk.work()
    posting.posted(PaperNotice.objects.get(), actor=person(Role.STAFF)[1], now=NOW())
    assert [each.id for each in hearing.waiting()] == [member.id]
    made = ask(member)
    members.stop(member, now=NOW())
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        approve(made)  # it ended meanwhile


@pytest.mark.granted(TWO_NAMES)
def test_the_database_itself_takes_no_mailbox_without_two_people(desk: Desk) -> None:
    _consent, member = written(desk)
    made, row = ask(member), CoApproval.objects.get()

    def heard(approval: uuid.UUID, email: str, **more: Any) -> None:
        with transaction.atomic():
            ref = log.append("joint.heard", actor=SERVICE("tests"), subject=None, obj="joint_member", body={})
            facts = {"asked": row, "kind": "heard", "approval": approval, "at": NOW(), "by_holder": True, **more}
            BothChange.objects.create(**facts, mailbox_index=mailboxes.index_of(email), audit_event_id=ref.id)

    for approval, email in ((made.id, BETTY), (uuid.uuid4(), BETTY)):
        with pytest.raises(DatabaseError, match="recorded by two people"):
            heard(approval, email)
    with transaction.atomic():
        ref = log.append("approval.given", actor=SERVICE("tests"), subject=None, obj="approval", body={})
        Approval.objects.filter(id=made.id).update(
            state="approved", approver=person(Role.OFFICER)[1].id, decided_at=NOW(), audit_event_id=ref.id
        )
    with pytest.raises(DatabaseError, match="recorded by two people"):
        heard(made.id, ALIAS)  # another address than the one that was asked about
    with pytest.raises(DatabaseError), transaction.atomic():
        HolderMailbox.objects.update(email_index=mailboxes.index_of(ALIAS))
    with pytest.raises(DatabaseError), transaction.atomic():
        HolderMailbox.objects.all().delete()
