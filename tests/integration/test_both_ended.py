"""“Both must agree” ends on the word of both and by two of our people; a holder without a mailbox gets a letter."""

import uuid

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.approvals import decide
from broker.audit import log
from broker.parties.models import Role
from broker.terms import SERVICE
from consents.joint import ending_both, members, reach
from consents.joint.models import BothChange, CoApproval, JointMember
from consents.lifecycle import State
from consents.models import Consent, PaperNotice
from consents.paper import posting
from tests.granted import TWO_NAMES
from tests.integration.audit_support import acts
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.joint_world import BETTY, grant, path_in, person, proven, signed_in
from tests.requests_world import world

__all__ = ["desk"]


def both(desk: Desk) -> Consent:
    """A permission to which both have agreed, after one holder asked for it."""
    consent = grant(desk)
    signed_in(desk).submit(f"/my/{consent.id}/holder/", {"email": BETTY, "both": "on"})
    desk.work()
    return consent


def end(row: CoApproval) -> None:
    _a, staff = person(Role.STAFF)
    _b, officer = person(Role.OFFICER)
    asked = ending_both.request(row, requester=staff, reason="letters of both", now=timezone.now())
    decide.approve(asked.id, approver=officer, now=timezone.now())


@pytest.mark.granted(TWO_NAMES)
def test_two_people_end_it_both_are_told_and_what_waits_goes_on_waiting(desk: Desk) -> None:
    first = both(desk)
    row = CoApproval.objects.get()
    _user, staff = person(Role.STAFF)
    asked = ending_both.request(row, requester=staff, reason="letters of both", now=timezone.now())
    for wrong, code in ((staff, "approval.role"), (person(Role.STAFF)[1], "approval.role")):
        with pytest.raises(decide.NotAllowed, match=code):
            decide.approve(asked.id, approver=wrong, now=timezone.now())
    assert reach.asked(row.account)  # one person ends nothing
    decide.approve(asked.id, approver=person(Role.OFFICER)[1], now=timezone.now())
    assert not reach.asked(row.account)
    assert acts().count("joint.ended") == 1
    for to in (EMAIL, BETTY):
        told = desk.mail("One holder alone may share again", to)
        assert "0042" in told["text"]
    first.refresh_from_db()
    assert first.state == State.SUSPENDED  # it still waits for the other holder's word
    second = grant(desk)
    assert not JointMember.objects.get(consent=second).must_agree
    assert Consent.objects.get(id=second.id).state == State.ACTIVE
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        ending_both.request(row, requester=staff, reason="again", now=timezone.now())


@pytest.mark.granted(TWO_NAMES)
def test_after_an_end_either_holder_may_ask_for_it_again(desk: Desk) -> None:
    both(desk)
    row = CoApproval.objects.get()
    end(row)
    desk.work()
    second = grant(desk)
    link = path_in(desk.mail("Your word is needed", BETTY), "/holder/")
    desk.visitor().submit(link, {"answer": "both"})
    assert reach.asked(row.account)
    assert Consent.objects.get(id=second.id).state == State.SUSPENDED
    assert CoApproval.objects.count() == 1
    end(row)
    assert not reach.asked(row.account)


@pytest.mark.granted(TWO_NAMES)
def test_staff_ask_on_their_page_and_see_what_it_means(desk: Desk) -> None:
    from tests.integration.test_worklist import signed_in as at_the_desk

    both(desk)
    row = CoApproval.objects.get()
    staff = at_the_desk(Role.STAFF)
    assert "ending 0042" in staff.get("/admin/both/").content.decode()
    assert "Both must agree" in staff.get("/admin/").content.decode()
    at = f"/admin/both/{row.id}/"
    assert "from that holder" in staff.get(at).content.decode()
    assert staff.post(at, {"reason": ""}).status_code == 422
    assert staff.post(at, {"reason": "a letter of each, of March 2"}).status_code == 302
    assert "requested" in staff.get(at).content.decode()
    assert "two of our people end it" in signed_in(desk).get(f"/my/{Consent.objects.get().id}/holder/").text


def test_the_database_itself_ends_nothing_without_two_people(committing: str) -> None:
    w = world()
    with transaction.atomic():
        ref = log.append("joint.required", actor=SERVICE("tests"), subject=w.customer.id, obj="joint_member", body={})
        row = CoApproval.objects.create(
            account=w.account,
            utility="obec",
            number_index=bytes(w.account.number_index),
            since=timezone.now(),
            audit_event_id=ref.id,
        )
    _user, staff = person(Role.STAFF)
    asked = ending_both.request(row, requester=staff, reason="one person", now=timezone.now())

    def ended_under(approval: uuid.UUID) -> None:
        with transaction.atomic():
            ref = log.append("joint.ended", actor=staff, subject=w.customer.id, obj="account", body={})
            facts = {"asked": row, "kind": "ended", "approval": approval, "at": timezone.now()}
            BothChange.objects.create(**facts, audit_event_id=ref.id)

    for approval in (asked.id, w.customer.id):
        with pytest.raises(DatabaseError, match="two people"):
            ended_under(approval)
    decide.approve(asked.id, approver=person(Role.OFFICER)[1], now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic():
        BothChange.objects.all().update(kind="again", approval=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        BothChange.objects.all().delete()


@pytest.mark.granted(TWO_NAMES)
def test_a_holder_without_a_mailbox_gets_a_letter_once_the_address_is_proven(desk: Desk) -> None:
    consent = grant(desk)
    assert not PaperNotice.objects.exists()  # whatever the signer typed is no address for anything personal
    page = f"/my/{consent.id}/holder/"
    assert "When you have proven the account" in signed_in(desk).get(page).text
    proven(consent)
    desk.work()
    letter = PaperNotice.objects.get()
    assert letter.template == "joint_notice"
    assert "waits for the post" in signed_in(desk).get(page).text
    _user, staff = person("staff")
    pdf = posting.opened(letter, actor=staff)
    text = words_of(pdf)
    assert "BETTY SMITH" in text
    assert "3 Test Road" in text
    assert "JAMES R OR BETTY" not in text
    # A line may end at a hyphen of the token, which the program that reads it back drops.
    token = members.token(consent.joint_member.id).replace("-", "")
    assert token in text.replace("\n", "").replace(" ", "").replace("-", "")
    assert posting.posted(letter, actor=staff, now=timezone.now())
    assert "We posted a letter" in signed_in(desk).get(page).text
    desk.work()
    assert PaperNotice.objects.count() == 1
    desk.visitor().submit(f"/holder/{members.token(consent.joint_member.id)}/", {"answer": "stop"})
    assert Consent.objects.get(id=consent.id).state == State.REVOKED


def words_of(pdf: bytes) -> str:
    """The words of a PDF."""
    import subprocess

    return subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
