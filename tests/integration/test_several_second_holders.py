"""Other holders of a letter for many accounts: each word is about one account, and counts for no other."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker.approvals import decide
from broker.audit import log
from broker.notices.models import Notice
from broker.parties.models import Role, UtilityAccount
from broker.terms import SERVICE, Actor
from consents.joint import ending_both, members, reach
from consents.joint.models import CoApproval, JointMember
from consents.lifecycle import State
from consents.models import Consent, PaperNotice
from consents.paper import posting
from consents.suspending import resume
from tests import several_world as farm
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.test_both_ended import words_of
from tests.integration.test_packs_signing import Contents, Redaction, handed
from tests.joint_world import grant, person, proven, signed_in

__all__ = ["desk"]
ACCOUNTS = farm.numbers(3)
FIRST, SECOND = ACCOUNTS[1], ACCOUNTS[2]  # neither is the first of the letter
HAL, IDA = "hal@member.example", "ida@member.example"
LINES = {HAL: "HAL OR GWEN GRANT", IDA: "IDA OR GWEN GRANT"}
HERS = {HAL: "GWEN OR HAL GRANT", IDA: "GWEN OR IDA GRANT"}
NOW = timezone.now


@pytest.fixture
def letter(desk: Desk) -> Consent:
    """Her letter for three accounts, in force."""
    her = desk.visitor()
    farm.enter(desk, her, farm.ask(desk, ACCOUNTS))
    farm.holder(her)
    farm.drop(her, [farm.bill(each) for each in ACCOUNTS], want=(1, 2, 3))
    farm.drop(her, want=(1, 2, 3), do="go")
    farm.rest(desk, her)
    desk.sign(her)
    desk.work()
    found = Consent.objects.get()
    assert found.state == State.ACTIVE
    return found


def state(consent: Consent) -> str:
    return str(Consent.objects.get(id=consent.id).state)


def other_asks(desk: Desk, email: str, number: str) -> JointMember:
    """Another customer, who proved this account and is billed with her, asks that both must agree over it."""
    theirs = grant(desk, email=email, line=LINES[email], number=number)
    members.name_address(theirs.joint_member, EMAIL, actor=Actor("c", theirs.customer_id))
    proven(theirs, "L3")
    assert members.require_both(theirs.joint_member, actor=Actor("c", theirs.customer_id), now=NOW())
    desk.work()
    return JointMember.objects.get(id=theirs.joint_member.id)


def own_asks(desk: Desk, email: str, number: str, *, by_mail: bool = True) -> JointMember:
    """The holder whom she named beside her, in a permission over this account alone, asks that both must agree."""
    single = grant(desk, line=HERS[email], number=number)
    member = single.joint_member
    if by_mail:
        assert members.name_address(member, email, actor=Actor("c", single.customer_id))
    actor = members.speaker(member) if by_mail else Actor("c", single.customer_id)
    assert members.require_both(member, actor=actor, now=NOW())
    desk.work()
    return JointMember.objects.get(id=member.id)


def waits(consent: Consent) -> bool:
    """Whether it waits, whatever staff do."""
    row = Consent.objects.get(id=consent.id)
    assert not resume(row, actor=person(Role.STAFF)[1], now=NOW())
    return state(consent) == State.SUSPENDED


def force(consent: Consent) -> None:
    with transaction.atomic():
        ref = log.append("admin.setting", actor=SERVICE("tests"), subject=None, body={})
        Consent.objects.filter(id=consent.id).update(state="active", audit_event_id=ref.id)


def move(consent: Consent, account: UtilityAccount) -> None:
    with transaction.atomic():
        ref = log.append("admin.setting", actor=SERVICE("tests"), subject=None, body={})
        JointMember.objects.filter(consent=consent).update(account=account, audit_event_id=ref.id)


def about(consent: Consent) -> str:
    return reach.account_of(Consent.objects.get(id=consent.id)).last_four


def test_an_agreement_about_one_account_counts_for_no_other(desk: Desk, letter: Consent) -> None:
    other_asks(desk, HAL, FIRST)
    assert state(letter) == State.SUSPENDED
    assert members.agree(letter.joint_member, now=NOW())
    assert state(letter) == State.ACTIVE
    ida = other_asks(desk, IDA, SECOND)
    assert waits(letter)
    assert about(letter) == FIRST[-4:]
    told = desk.mailbox.mails.search(to=EMAIL, subject=letter.number)[-1]
    assert SECOND[-4:] in told["text"]
    assert Notice.objects.filter(key=f"staff:joint-line:{letter.id}:second").count() == 1
    assert not members.require_both(ida, actor=Actor("c", ida.consent.customer_id), now=NOW())


def test_who_is_asked_about_one_account_does_not_speak_for_another(desk: Desk, letter: Consent) -> None:
    other_asks(desk, HAL, FIRST)
    other_asks(desk, IDA, SECOND)
    letter.refresh_from_db()
    assert members.agree(letter.joint_member, now=NOW())
    assert waits(letter)


def test_each_mailbox_that_asked_agrees_to_its_own_account(desk: Desk, letter: Consent) -> None:
    own_asks(desk, HAL, FIRST)
    own_asks(desk, IDA, SECOND)
    letter.refresh_from_db()
    assert members.agree(letter.joint_member, now=NOW())
    assert waits(letter)
    with pytest.raises(DatabaseError, match="another holder"):
        force(letter)


def test_one_mailbox_that_asked_over_two_accounts_has_agreed_to_one(desk: Desk, letter: Consent) -> None:
    own_asks(desk, HAL, FIRST)
    assert members.agree(letter.joint_member, now=NOW())
    assert state(letter) == State.ACTIVE
    own_asks(desk, HAL, SECOND)
    assert waits(letter)


def test_pages_go_on_naming_the_account_after_the_ask_has_ended(desk: Desk, letter: Consent) -> None:
    other_asks(desk, HAL, FIRST)
    asked = ending_both.request(CoApproval.objects.get(), requester=person(Role.STAFF)[1], reason="x", now=NOW())
    with transaction.atomic():
        decide.approve(asked.id, approver=person(Role.OFFICER)[1], now=NOW() + timedelta(seconds=1))
    desk.work()
    assert not any(reach.is_both(each) for each in letter.accounts.all())
    assert about(letter) == FIRST[-4:]
    member = letter.joint_member
    page = desk.visitor().get(f"/holder/{members.token(member.id)}/").text
    assert f"ending {FIRST[-4:]}" in page
    assert members.require_both(member, actor=members.speaker(member), now=NOW())
    bound = UtilityAccount.objects.get(co_approval__isnull=False, customer=letter.customer)
    assert bound.last_four == FIRST[-4:]


def test_a_posted_letter_goes_to_the_address_of_the_account_it_is_about(desk: Desk, letter: Consent) -> None:
    own_asks(desk, HAL, FIRST, by_mail=False)
    desk.work()
    post = PaperNotice.objects.get(consent=letter, template="joint_notice")
    text = words_of(posting.opened(post, actor=person(Role.STAFF)[1]))
    assert f"{FIRST[-4:]} Test Road" in text
    assert f"ending {FIRST[-4:]}" in " ".join(text.split())


def test_the_record_of_a_signing_by_bills_says_what_was_read_from_them(desk: Desk, letter: Consent) -> None:
    typed, read = "Account number, name and address were typed in by the signer", "a recent bill of each account"
    page = signed_in(desk).get(f"/my/{letter.id}/how-signed/").text
    assert typed not in page
    assert read in page
    pack = handed(desk, Redaction.OPEN, Contents(letters=True))
    certificate = pack[f"signing/{letter.number}/certificate.html"].decode()
    assert "were typed by the signer; no page" not in certificate
    assert read in certificate


def test_the_account_that_a_second_holder_is_about_stays(desk: Desk, letter: Consent) -> None:
    own_asks(desk, HAL, FIRST)
    with pytest.raises(DatabaseError, match="second holder"):
        move(letter, letter.accounts.get(last_four=SECOND[-4:]))
