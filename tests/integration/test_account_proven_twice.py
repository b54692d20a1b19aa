"""Two mailboxes prove one account: neither is trusted for being first, and neither side learns of the other.

A bill can be forged (decision 0054), so what both share waits for a person, or for more than a bill.
"""

import threading
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from broker.notices.models import Notice
from consents.identity.models import Proof
from consents.joint import names, review
from consents.joint.models import JointMember
from consents.lifecycle import State
from consents.models import Consent
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.mail_support import signed_in as staff_signed_in
from tests.joint_world import BETTY, JAMES, LINE, NUMBER, grant, person, proven, signed_in, stranger
from tests.requests_world import world

__all__ = ["desk"]

EVE = "eve@member.example"
HERS, ANOTHER = "GWEN GRANT", "GWEN ALICE GRANT"
TOLD = "Somebody else proved"


def state(consent: Consent) -> State:
    return State(Consent.objects.get(id=consent.id).state)


def mails(desk: Desk, to: str) -> list[dict[str, Any]]:
    return [each for each in desk.mailbox.mails.search(to=to) if TOLD in each["subject"]]


def both(desk: Desk, *, first: str = HERS, second: str = ANOTHER) -> tuple[Consent, Consent]:
    """Two mailboxes sign over one number, each under a line of its own, and both prove it with a bill."""
    one, other = grant(desk, line=first), grant(desk, email=EVE, line=second)
    proven(one)
    assert state(one) == State.ACTIVE
    proven(other)
    return one, other


def test_both_wait_from_the_second_proof_on_and_the_first_holder_and_staff_are_told(desk: Desk) -> None:
    hers, strangers = both(desk)
    # In the very transaction of the proof: no job had to run for it.
    assert (state(hers), state(strangers)) == (State.SUSPENDED, State.SUSPENDED)
    desk.work()
    assert (state(hers), state(strangers)) == (State.SUSPENDED, State.SUSPENDED)
    (mail,) = mails(desk, EMAIL)
    assert not mails(desk, EVE)
    text = mail["text"].upper()
    assert "/OBJECT/" in text
    assert "/MY/" in text
    for private in (EVE, ANOTHER, strangers.number, strangers.recipient.legal_name, "51000042"):
        assert private.upper() not in text
    assert Notice.objects.filter(template="staff_alert", key__startswith="staff:abuse:").count() == 2
    page = staff_signed_in().get("/admin/held-permissions/").content.decode()
    assert hers.number in page
    assert strangers.number in page
    assert page.count("2 different mailboxes that proved the same account") == 2
    assert "On hold" in signed_in(desk, EVE).get("/my/").text


def test_the_page_after_the_proof_says_that_a_person_looks_and_what_is_faster(desk: Desk) -> None:
    _hers, strangers = both(desk)
    page = signed_in(desk, EVE).get(f"/my/account/{strangers.accounts.get().id}/code/").text
    assert "Our people look at this account first" in page


def test_a_code_by_post_or_the_co_ops_word_lifts_what_is_hers_and_nothing_else(desk: Desk) -> None:
    hers, strangers = both(desk)
    desk.work()
    proven(hers, "L3")
    assert (state(hers), state(strangers)) == (State.ACTIVE, State.SUSPENDED)
    desk.work()
    assert (state(hers), state(strangers)) == (State.ACTIVE, State.SUSPENDED)
    proven(strangers, "L3")  # a couple of whom each proved it in this way goes on
    desk.work()
    assert (state(hers), state(strangers)) == (State.ACTIVE, State.ACTIVE)


def test_who_is_at_the_highest_level_is_not_held_by_anybodys_bill(desk: Desk) -> None:
    hers, strangers = grant(desk, line=HERS), grant(desk, email=EVE, line=ANOTHER)
    proven(hers, "L3")
    proven(strangers)
    desk.work()
    assert (state(hers), state(strangers)) == (State.ACTIVE, State.SUSPENDED)
    assert len(mails(desk, EMAIL)) == 1


def test_what_a_person_released_is_not_held_again_by_the_same_two(desk: Desk) -> None:
    hers, strangers = both(desk)
    desk.work()
    _user, staff = person("staff")
    assert review.release(hers, actor=staff, now=timezone.now())
    assert review.end(strangers, actor=staff, now=timezone.now())
    desk.work()
    assert desk.mailbox.mails.search(to=EMAIL, subject="in force again")
    proven(strangers)  # another bill of the same mailbox is nothing new
    desk.work()
    assert state(hers) == State.ACTIVE
    later = grant(desk, line=HERS)
    assert (later.assurance, state(later)) == ("L2", State.ACTIVE)
    third = grant(desk, email=JAMES, line=HERS)
    proven(third)  # a third mailbox is
    assert (state(hers), state(later), state(third)) == (State.SUSPENDED,) * 3


def test_what_is_signed_later_over_such_an_account_waits_too(desk: Desk) -> None:
    both(desk)
    desk.work()
    later = grant(desk, email=EVE, line=ANOTHER)
    assert (later.assurance, state(later)) == ("L2", State.SIGNED)
    proven(later, "L3")
    desk.work()
    assert state(later) == State.ACTIVE


@pytest.mark.parametrize(
    ("line", "signer", "then"),
    [
        (LINE, "Betty Smith", (State.ACTIVE, State.ACTIVE)),  # each is the other one of the other's line
        (LINE, "James R Smith", (State.SUSPENDED, State.SUSPENDED)),  # two mailboxes of one person
        ("EVE STRANGER OR JAMES R SMITH", "Eve Stranger", (State.ACTIVE, State.SUSPENDED)),  # her own word for herself
    ],
    ids=["the other holder", "the same holder", "a line that names herself beside him"],
)
def test_the_other_holder_of_the_line_goes_on(desk: Desk, line: str, signer: str, then: tuple[State, State]) -> None:
    james = grant(desk, email=JAMES, line=LINE)
    visitor = desk.visitor()
    desk.enter(visitor, EVE)
    desk.answer(visitor, account={"name": line, "number": NUMBER})
    desk.sign(visitor, typed_name=signer)
    desk.work()
    other = Consent.objects.exclude(id=james.id).get()
    proven(james)
    proven(other)
    assert (state(james), state(other)) == (State.SUSPENDED, State.SUSPENDED)  # until the names are compared
    desk.work()
    assert (state(james), state(other)) == then
    assert len(mails(desk, JAMES)) == 1  # told all the same: a stranger can sign with the other holder's name


def test_a_mailbox_that_she_named_herself_goes_on_and_one_that_names_hers_does_not(desk: Desk) -> None:
    line = "JAMES SMITH ET UX"  # names nobody beside him
    james = grant(desk, email=JAMES, line=line)
    assert JointMember.objects.filter(consent=james).exists()
    signed_in(desk, JAMES).submit(f"/my/{james.id}/holder/", {"email": BETTY})
    betty = grant(desk, email=BETTY, line="BETTY SMITH")
    proven(james)
    proven(betty)
    desk.work()
    assert (state(james), state(betty)) == (State.SUSPENDED, State.ACTIVE)


@pytest.mark.parametrize(
    ("one", "other", "line", "two"),
    [
        ("James Smith", "Betty Smith", LINE, True),
        ("James R Smith", "J Smith", LINE, False),
        ("Gwen Grant", "Gwen A Grant", "GWEN GRANT", False),
        ("Gwen Grant", "Eve Stranger", LINE, False),
        ("J Smith", "Jo Smith", "JOHN OR JO SMITH", False),  # an initial that fits both is no other person
        (LINE, "Betty Smith", LINE, False),
    ],
)
def test_two_names_are_two_holders_of_a_line(one: str, other: str, line: str, two: bool) -> None:
    assert names.are_two_holders(one, other, line) is two
    assert names.are_two_holders(other, one, line) is two


def test_two_proofs_at_one_moment_do_not_slip_past_each_other(committing: str) -> None:
    w = world(assurance="L1")
    other = stranger(w)
    start = threading.Barrier(2)

    def prove(consent: Consent) -> None:
        start.wait()
        proven(consent)
        connections.close_all()

    threads = [threading.Thread(target=prove, args=[each]) for each in (w.consent, other)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert Proof.objects.count() == 2
    assert (state(w.consent), state(other)) == (State.SUSPENDED, State.SUSPENDED)
