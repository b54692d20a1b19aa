"""“Both must agree” holds against the signer alone: neither another name line nor another address gets round it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.demo.visitor import Visitor
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.terms import SERVICE
from consents.joint import ending_both, mailboxes, members, reach
from consents.joint.models import BothChange, CoApproval, JointMember
from consents.lifecycle import State
from consents.models import Consent
from consents.suspending import resume, standing, suspend
from tests.granted import TWO_NAMES
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.joint_world import BETTY, JAMES, grant, path_in, person, proven, signed_in

__all__ = ["desk"]

ALIAS = "another@member.example"
ALONE = "James R Smith"
NOW = timezone.now


def named(desk: Desk, consent: Consent, email: str, *, expect: int = 200, her: Visitor | None = None) -> None:
    """The signer names the other holder's address; `expect` is 422 where it is not taken."""
    (her or signed_in(desk)).submit(f"/my/{consent.id}/holder/", {"email": email}, expect=expect)


def says_both(desk: Desk, consent: Consent, email: str) -> None:
    """Whoever reads this mailbox asks that both must agree, by the link that came with the notice."""
    mail = desk.mailbox.mails.search(to=email, subject=consent.number)[-1]
    desk.visitor().submit(path_in(mail, "/holder/"), {"answer": "both"})
    desk.work()


def agrees(desk: Desk, consent: Consent, email: str) -> None:
    mail = desk.mailbox.mails.search(to=email, subject=f"Your word is needed: {consent.number}")[-1]
    other = desk.visitor()
    other.submit(path_in(mail, "/holder/"), {"answer": "agree"})
    other.submit("/holder/code/", {"code": desk.mail("link and code", email)["codes"][0]})
    desk.work()


def state(consent: Consent) -> str:
    return str(Consent.objects.get(id=consent.id).state)


def asked(desk: Desk, consent: Consent, email: str) -> bool:
    return bool(desk.mailbox.mails.search(to=email, subject=f"Your word is needed: {consent.number}"))


def both(desk: Desk) -> Consent:
    """A permission of which the second holder was told, who then asked that both must agree."""
    consent = grant(desk)
    named(desk, consent, BETTY)
    desk.work()
    says_both(desk, consent, BETTY)
    assert state(consent) == State.SUSPENDED
    return consent


# --- another name line --------------------------------------------------------------------------------------------


@pytest.mark.granted(TWO_NAMES)
def test_a_name_line_with_one_holder_waits_too_and_our_people_are_told(desk: Desk) -> None:
    both(desk)
    alone = grant(desk, line=ALONE)
    assert state(alone) == State.SIGNED
    assert asked(desk, alone, BETTY)
    assert Notice.objects.filter(template="staff_alert", key=f"staff:joint-line:{alone.id}").count() == 1
    agrees(desk, alone, BETTY)
    assert state(alone) == State.ACTIVE


def test_what_was_signed_before_under_one_name_is_held_as_well(desk: Desk) -> None:
    alone = grant(desk, line=ALONE)
    assert state(alone) == State.ACTIVE
    both(desk)
    assert state(alone) == State.SUSPENDED
    assert asked(desk, alone, BETTY)
    agrees(desk, alone, BETTY)
    assert state(alone) == State.ACTIVE


@pytest.mark.granted(TWO_NAMES)
def test_another_mailbox_of_the_signer_is_held_too_where_the_asked_account_is_proven(desk: Desk) -> None:
    proven(both(desk))
    alone = grant(desk, email=JAMES, line=ALONE)
    assert state(alone) == State.SIGNED
    desk.work()
    assert asked(desk, alone, EMAIL) or asked(desk, alone, BETTY)
    named(desk, grant(desk), ALIAS, expect=422)


def test_what_waits_for_the_other_holder_goes_on_waiting_whoever_lifts_another_reason(desk: Desk) -> None:
    earlier = grant(desk, line=ALONE)
    suspend(earlier, because="utility_doubt", actor=SERVICE("tests"), now=NOW())
    both(desk)
    staff = person(Role.STAFF)[1]
    assert not resume(earlier, because="utility_doubt", actor=staff, now=NOW())
    assert not resume(earlier, actor=staff, now=NOW())  # nobody of ours gives the other's word
    assert (state(earlier), standing(earlier)) == (State.SUSPENDED, ["objection"])
    agrees(desk, earlier, BETTY)
    assert state(earlier) == State.ACTIVE


# --- another address ----------------------------------------------------------------------------------------------


@pytest.mark.granted(TWO_NAMES)
def test_who_was_named_on_a_second_permission_does_not_agree_for_the_one_who_asked(desk: Desk) -> None:
    first = grant(desk)
    named(desk, first, BETTY)
    second = grant(desk)
    named(desk, second, ALIAS)
    further = desk.mail(f"shares data: {second.number}", BETTY)  # who was told before hears of it all the same
    assert path_in(further, "/holder/") == f"/holder/{members.token(first.joint_member.id)}/"
    assert first.number in further["text"]
    says_both(desk, first, BETTY)
    assert (state(first), state(second)) == (State.SUSPENDED, State.SUSPENDED)
    assert asked(desk, second, BETTY)
    assert not asked(desk, second, ALIAS)
    agrees(desk, second, BETTY)
    assert state(second) == State.ACTIVE
    third = grant(desk)
    assert asked(desk, third, BETTY)
    assert not asked(desk, third, ALIAS)


@pytest.mark.granted(TWO_NAMES)
def test_an_address_given_at_once_after_the_signature_is_not_taken(desk: Desk) -> None:
    both(desk)
    her = signed_in(desk)
    second = grant(desk, works=False)
    named(desk, second, ALIAS, expect=422, her=her)  # before any job ran
    desk.work()
    assert asked(desk, second, BETTY)
    assert not desk.mailbox.mails.search(to=ALIAS, subject=second.number)


@pytest.mark.granted(TWO_NAMES)
def test_two_mailboxes_that_each_asked_wait_for_our_people(desk: Desk) -> None:
    first = grant(desk)
    named(desk, first, BETTY)
    second = grant(desk)
    named(desk, second, ALIAS)
    desk.work()
    says_both(desk, second, ALIAS)
    says_both(desk, first, BETTY)
    for consent in (first, second):
        member = JointMember.objects.select_related("consent").get(consent=consent)
        assert not members.agree(member, now=NOW())
        assert state(consent) == State.SUSPENDED
    assert Notice.objects.filter(template="staff_alert", key__startswith="staff:joint-line:").exists()


@pytest.mark.granted(TWO_NAMES)
def test_a_tag_of_the_signers_own_mailbox_is_her_own(desk: Desk) -> None:
    user, _at, domain = EMAIL.partition("@")
    named(desk, grant(desk), f"{user}+betty@{domain}", expect=422)


@pytest.mark.granted(TWO_NAMES)
def test_a_letters_word_binds_no_address_that_the_signer_gives_afterwards(desk: Desk) -> None:
    consent = grant(desk)
    link = f"/holder/{members.token(consent.joint_member.id)}/"
    desk.visitor().submit(link, {"answer": "both"})
    assert state(consent) == State.SUSPENDED
    named(desk, consent, ALIAS, expect=422)
    assert state(consent) == State.SUSPENDED


# --- the database -------------------------------------------------------------------------------------------------


@contextmanager
def refused(words: str) -> Iterator[Any]:
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        yield log.append("admin.setting", actor=SERVICE("tests"), subject=None, body={})


@pytest.mark.granted(TWO_NAMES)
def test_the_database_takes_no_word_of_another_mailbox_and_no_way_round_the_account(desk: Desk) -> None:
    both(desk)
    second = grant(desk, works=False)
    rows = JointMember.objects.filter(consent=second)
    told = JointMember.objects.exclude(consent=second).get()
    index = mailboxes.index_of(ALIAS)
    with refused("another mailbox") as ref:
        rows.update(email=told.email, email_index=index, agreed_at=NOW(), audit_event_id=ref.id)
    alone = grant(desk, line=ALONE)
    with refused("waits for another holder") as ref:
        Consent.objects.filter(id=alone.id).update(state="active", audit_event_id=ref.id)


@pytest.mark.granted(TWO_NAMES)
def test_the_database_knows_the_account_where_no_holder_was_recorded(desk: Desk) -> None:
    both(desk)
    alone = grant(desk, line=ALONE, works=False)
    member = JointMember.objects.get(consent=alone)
    assert member.must_agree
    waiting = Consent.objects.get(id=alone.id)
    assert mailboxes.lacks_a_word(waiting)


# --- a request to end it that is left over ------------------------------------------------------------------------


def ask(row: CoApproval) -> Approval:
    _user, staff = person(Role.STAFF)
    return ending_both.request(row, requester=staff, reason="letters of both", now=NOW())


def approve(approval: Approval) -> None:
    decide.approve(approval.id, approver=person(Role.OFFICER)[1], now=NOW())


@pytest.mark.granted(TWO_NAMES)
def test_one_request_to_end_it_is_open_at_a_time(desk: Desk) -> None:
    both(desk)
    row = CoApproval.objects.get()
    first = ask(row)
    with pytest.raises(decide.NotAllowed, match=r"approval\.open"):
        ask(row)
    _user, staff = person(Role.STAFF)
    with pytest.raises(DatabaseError, match="one request"):
        decide.request(
            ending_both.NAME,
            requester=staff,
            reason="around the action",
            now=NOW(),
            subject=row.account.customer_id,
            about=row.account_id,
        )
    approve(first)
    assert not reach.stands(row)


@pytest.mark.granted(TWO_NAMES)
def test_a_new_word_withdraws_what_is_asked_and_nothing_left_over_ends_it(desk: Desk) -> None:
    first = both(desk)
    row = CoApproval.objects.get()
    old = ask(row)
    says_both(desk, first, BETTY)  # while it stands and two people have not decided yet
    old.refresh_from_db()
    assert old.state == "withdrawn"
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        approve(old)
    assert reach.stands(row)
    approve(ask(row))
    assert not reach.stands(row)


@pytest.mark.granted(TWO_NAMES)
def test_the_database_ends_nothing_that_was_asked_before_the_newest_word(desk: Desk) -> None:
    both(desk)
    row = CoApproval.objects.get()
    old = ask(row)
    with transaction.atomic():
        ref = log.append("joint.required", actor=SERVICE("tests"), subject=None, obj="joint_member", body={})
        BothChange.objects.create(asked=row, kind="again", at=NOW(), audit_event_id=ref.id)
    with pytest.raises(decide.NotAllowed, match=r"approval\.over"):
        approve(old)
    with transaction.atomic():
        ref = log.append("approval.given", actor=SERVICE("tests"), subject=None, obj="approval", body={})
        Approval.objects.filter(id=old.id).update(
            state="approved", approver=person(Role.OFFICER)[1].id, decided_at=NOW(), audit_event_id=ref.id
        )
    with refused("two people") as ref:
        BothChange.objects.create(asked=row, kind="ended", approval=old.id, at=NOW(), audit_event_id=ref.id)
