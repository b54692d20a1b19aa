"""A stranger who knows an account number gets no say over what somebody else shares, and blocks it for nobody."""

from typing import Any

import pytest
from django.utils import timezone

from broker.approvals import decide
from broker.notices.models import Notice
from broker.parties.models import Role
from broker.terms import SERVICE
from consents.joint import dismissing, members
from consents.joint.models import CoApproval, JointMember, Objection
from consents.joint.signs import mailbox_folded
from consents.lifecycle import State
from consents.models import Consent
from tests.granted import TWO_NAMES
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.joint_world import BETTY, JAMES, NUMBER, grant, objection, person, proven, signed_in
from tests.requests_world import ACCOUNT, World, world

__all__ = ["desk"]

EVE, EVE_TOO = "eve@member.example", "eve2@member.example"
STRANGERS = "EVE OR ADAM STRANGER"
NOW = timezone.now


@pytest.fixture
def w(committing: str) -> World:
    return world()


def attack(desk: Desk, *, line: str = STRANGERS) -> Consent:
    """Sign on the victim's number with an invented name, and ask that both must agree."""
    hers = grant(desk, email=EVE, line=line)
    signed_in(desk, EVE).submit(f"/my/{hers.id}/holder/", {"email": EVE_TOO, "both": "on"})
    desk.work()
    hers.refresh_from_db()
    return hers


def state(consent: Consent) -> str:
    return str(Consent.objects.get(id=consent.id).state)


def to_staff(words: str) -> int:
    """Count the alerts to our own people that say this."""
    return Notice.objects.filter(template="staff_alert", key__contains=words).count()


# --- both must agree ----------------------------------------------------------------------------------------------


@pytest.mark.granted(TWO_NAMES)
@pytest.mark.parametrize("level", ["L1", "L2"])
def test_a_stranger_pauses_no_consent_and_gets_no_mail_about_it(desk: Desk, level: str) -> None:
    victims = grant(desk)
    if level == "L2":
        proven(victims)
    hers = attack(desk)
    assert state(victims) == State.ACTIVE
    assert state(hers) == State.SUSPENDED  # her own waits for the word that she asked for
    assert not desk.mailbox.mails.search(to=EVE_TOO, subject=victims.number)
    assert not JointMember.objects.get(consent=victims).must_agree
    assert to_staff("joint-apart") == 1


@pytest.mark.granted(TWO_NAMES)
def test_even_the_right_line_of_an_unproven_account_binds_its_own_consents_alone(desk: Desk) -> None:
    victims = grant(desk)
    hers = attack(desk, line="JAMES R OR BETTY SMITH")
    assert (state(victims), state(hers)) == (State.ACTIVE, State.SUSPENDED)


@pytest.mark.granted(TWO_NAMES)
def test_a_proven_account_with_another_name_reaches_nothing(desk: Desk) -> None:
    victims = grant(desk)
    hers = grant(desk, email=EVE, line=STRANGERS)
    proven(hers)
    signed_in(desk, EVE).submit(f"/my/{hers.id}/holder/", {"email": EVE_TOO, "both": "on"})
    desk.work()
    assert state(victims) == State.ACTIVE
    assert not desk.mailbox.mails.search(to=EVE_TOO, subject=victims.number)


def test_what_a_stranger_asked_in_advance_holds_nothing_of_the_victims(desk: Desk) -> None:
    attack(desk)
    victims = grant(desk)
    assert state(victims) == State.ACTIVE
    assert not desk.mailbox.mails.search(to=EVE_TOO, subject=victims.number)
    assert not desk.mailbox.mails.search(to=EVE, subject=victims.number)
    page = signed_in(desk).get(f"/my/{victims.id}/holder/").text
    assert "Both holders must agree to what is shared" not in page
    assert to_staff("joint-apart") == 1


def test_no_address_comes_from_a_strangers_consent_when_the_victim_asks_herself(desk: Desk) -> None:
    grant(desk, email=EVE, line=STRANGERS)
    victims = grant(desk)
    member = JointMember.objects.select_related("consent").get(consent=victims)
    assert members.require_both(member, actor=SERVICE("tests"), now=NOW())
    desk.work()
    member.refresh_from_db()
    assert member.email_index is None
    assert not desk.mailbox.mails.search(to=EVE, subject=victims.number)


@pytest.mark.granted(TWO_NAMES)
def test_a_proven_holder_of_the_same_line_reaches_the_other_holders_consent(desk: Desk) -> None:
    first = grant(desk)
    proven(first)
    second = grant(desk, email=BETTY)
    assert state(second) == State.ACTIVE
    signed_in(desk).submit(f"/my/{first.id}/holder/", {"email": BETTY, "both": "on"})
    desk.work()
    assert (state(first), state(second)) == (State.SUSPENDED, State.SUSPENDED)
    assert desk.mailbox.mails.search(to=EMAIL, subject=f"Your word is needed: {second.number}")
    assert CoApproval.objects.get().account.customer_id == first.customer_id
    assert to_staff("joint-apart") == 0


# --- objections ---------------------------------------------------------------------------------------------------


def right(n: int, *, name: str = "Pat Member", mailbox: str = "") -> Objection:
    made = objection(number=ACCOUNT, email=mailbox or f"obj+{n}@stranger.example", name=name)
    made.refresh_from_db()
    return made


def dismiss(row: Objection) -> None:
    _user, staff = person(Role.STAFF)
    _other, officer = person(Role.OFFICER)
    row.refresh_from_db()
    asked = dismissing.request(row, requester=staff, reason="asked the co-op", now=NOW())
    decide.approve(asked.id, approver=officer, now=NOW())


def reached(w: World) -> int:
    return w.consent.objections.count()


@pytest.mark.parametrize(
    ("given", "folded"),
    [
        ("obj+1@x.example", "obj@x.example"),
        ("Obj+a+b@X.example", "Obj@X.example"),
        ("obj@x.example", "obj@x.example"),
        ("+tag@x.example", "+tag@x.example"),
    ],
)
def test_a_tag_makes_no_new_mailbox(given: str, folded: str) -> None:
    assert mailbox_folded(given) == folded


def test_tags_of_one_mailbox_share_its_limit(w: World, settings: Any) -> None:
    settings.OBJECTIONS_PER_DAY = 2
    states = [right(n).state for n in range(5)]
    assert states == [Objection.State.STANDING] * 2 + [Objection.State.REVIEW] * 3
    assert reached(w) == 2


def test_one_account_has_a_limit_too(w: World, settings: Any) -> None:
    settings.OBJECTIONS_PER_DAY = 2
    states = [right(n, mailbox=f"somebody{n}@stranger.example").state for n in range(3)]
    assert states == [Objection.State.STANDING] * 2 + [Objection.State.REVIEW]
    assert state(w.consent) == State.SUSPENDED


def test_wrong_names_use_up_nothing_of_the_right_one(w: World, settings: Any) -> None:
    settings.OBJECTIONS_PER_DAY = 2
    for n in range(4):
        right(n, name="Somebody Else", mailbox=f"somebody{n}@stranger.example")
    assert state(w.consent) == State.ACTIVE
    assert right(9, mailbox=BETTY).state == Objection.State.STANDING
    assert state(w.consent) == State.SUSPENDED


def test_at_l1_a_wrong_name_pauses_once_for_one_account(committing: str) -> None:
    w = world(assurance="L1")
    rows = [right(n, name="Somebody Else", mailbox=f"somebody{n}@stranger.example") for n in range(3)]
    assert [row.reach.count() for row in rows] == [1, 0, 0]
    dismiss(rows[0])
    assert state(w.consent) == State.ACTIVE  # the others hold nothing


def test_at_l1_the_right_name_pauses_after_a_wrong_one(committing: str) -> None:
    world(assurance="L1")
    right(1, name="Somebody Else", mailbox=JAMES)
    assert right(2, mailbox=BETTY).reach.count() == 1


def test_after_a_dismissal_a_person_looks_first_whoever_writes(w: World) -> None:
    dismiss(right(1, mailbox=JAMES))
    again = right(2, mailbox=BETTY)
    assert again.state == Objection.State.REVIEW
    assert state(w.consent) == State.ACTIVE


def test_a_dismissal_binds_what_is_signed_later_too(desk: Desk) -> None:
    dismiss(objection(number=NUMBER, name="Betty Smith"))
    assert objection(number=NUMBER, name="Betty Smith", email=JAMES).state == Objection.State.REVIEW
    assert state(grant(desk)) == State.ACTIVE


def test_at_l3_a_further_objection_pauses_nothing_more(w: World) -> None:
    proven(w.consent, "L3")
    first, second = right(1, mailbox=BETTY), right(2, mailbox=JAMES)
    assert (first.reach.count(), second.reach.count()) == (1, 0)
    assert state(w.consent) == State.SUSPENDED
    dismiss(first)
    assert state(w.consent) == State.ACTIVE


def test_wrong_names_that_stand_hold_a_new_consent_once(desk: Desk) -> None:
    for n in range(3):
        objection(number=NUMBER, name="Somebody Else", email=f"somebody{n}@stranger.example")
    consent = grant(desk)
    assert consent.state == State.SIGNED
    assert consent.objections.filter(lifted_at=None).count() == 1
