"""Two people let a third one in, or back in, by a link; nobody lets oneself in (G23)."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.db import installation
from broker.parties.models import Enrolment, Role, User
from broker.parties.signin.models import Change, KnownBrowser, RecoveryCode
from broker.parties.signin.passkeys import actor_of
from tests.integration.audit_support import acts
from tests.integration.sign_in_support import Person, codes_of, signed_in

pytestmark = pytest.mark.undeclared
NEW = {"username": "sam", "full_name": "Sam (test)", "role": "staff", "reason": "Begins on Monday."}


@pytest.fixture(autouse=True)
def live(committing: str) -> None:
    installation.declare("live")


def ask(who: Person, **more: str) -> Any:
    return who.browser.post("/sign-in/people/ask/", {**NEW, **more})


def agree(who: Person, choice: str = "approve") -> None:
    getattr(decide, choice)(Approval.objects.latest("requested_at").id, approver=actor_of(who.user), now=timezone.now())


def show(who: Person) -> Any:
    return who.browser.post(f"/sign-in/people/link/{Approval.objects.latest('requested_at').id}/")


def link_in(answer: Any) -> str:
    found = re.search(r"/enrol/[\w-]+/", answer.content.decode())
    assert found
    return found[0]


def test_an_operator_asks_an_approver_agrees_and_the_link_is_shown_once() -> None:
    olly, ada = signed_in("olly", Role.OPERATOR), signed_in("ada", Role.APPROVER)
    assert ask(olly).status_code == 302
    assert show(olly).status_code == 302  # nobody agreed yet
    assert not User.objects.filter(username="sam").exists()
    assert "Sam (test)" in ada.browser.get(f"/console/approvals/{Approval.objects.get().id}/").content.decode()
    agree(ada)
    assert "Show the link for sam" in olly.browser.get("/sign-in/people/").content.decode()
    sam, path = Person("sam"), link_in(show(olly))
    assert show(olly).status_code == 302  # once
    assert sam.enrol(path).status_code == 302
    assert sam.sign_in().status_code == 302
    assert sam.browser.get("/admin/tables/").status_code != 302
    assert sam.user.role == Role.STAFF


def test_a_lost_passkey_is_replaced_by_two_others_and_neither_is_the_one_who_lost_it() -> None:
    olly, ada, second = (
        signed_in("olly", Role.OPERATOR),
        signed_in("ada", Role.APPROVER),
        signed_in("otto", Role.OPERATOR),
    )
    assert ask(olly, username="olly").status_code == 422  # for oneself
    assert ask(second, username="ada").status_code == 302
    with pytest.raises(Exception, match="same_person"):
        agree(ada)
    agree(signed_in("okoch"))
    assert show(olly).status_code == 302  # another one asked
    codes_of(ada, timezone.now())
    assert ada.browser.get("/sign-in/").status_code == 200
    back, path = Person("ada"), link_in(show(second))
    # What she lost is nobody's way in any more, from the moment in which the link is there.
    assert ada.browser.get("/sign-in/").status_code == 302
    assert ada.sign_in().status_code == 400
    assert not RecoveryCode.objects.filter(user=ada.user, used_at=None).exists()
    assert not KnownBrowser.objects.filter(user=ada.user).exists()
    assert Change.objects.filter(user=ada.user, what=Change.What.REMOVED).count() == 1
    assert acts().count("auth.revoked") == 1
    assert back.enrol(path).status_code == 302
    assert back.sign_in().status_code == 302


def test_whoever_has_used_her_passkey_since_has_not_lost_it_and_is_not_put_out() -> None:
    olly, ada, olga = signed_in("olly", Role.OPERATOR), signed_in("ada", Role.APPROVER), signed_in("olga")
    assert ask(olly, username="olga", reason="Olga lost her key.").status_code == 302
    agree(ada)
    assert olga.sign_in().status_code == 302
    before = Enrolment.objects.count()
    answer = show(olly)
    assert "/enrol/" not in answer.content.decode()
    assert "it is not lost" in olly.browser.get("/sign-in/people/").content.decode()
    assert Enrolment.objects.count() == before
    assert Approval.objects.get().state == "withdrawn"  # or nobody could ask again for a week
    assert acts().count("approval.turned_away") == 1
    assert "auth.revoked" not in acts()
    assert olga.browser.get("/sign-in/").status_code == 200  # nothing of hers has ended
    assert olga.sign_in().status_code == 302
    # Asked anew after her last touch, it is as good as any: she may have lost it since.
    assert ask(olly, username="olga").status_code == 302
    agree(ada)
    assert link_in(show(olly))


def test_what_was_refused_or_taken_meanwhile_gives_no_link() -> None:
    olly, ada = signed_in("olly", Role.OPERATOR), signed_in("ada", Role.APPROVER)
    ask(olly)
    assert ask(olly).status_code == 422  # it waits already
    agree(ada, "refuse")
    assert show(olly).status_code == 302
    ask(olly)
    agree(ada)
    signed_in("sam", Role.STAFF)  # from the server's console, meanwhile
    before = Enrolment.objects.count()
    assert show(olly).status_code == 302
    assert Enrolment.objects.count() == before


@pytest.mark.parametrize(
    "wrong", [{"role": ""}, {"role": "analyst"}, {"full_name": ""}, {"reason": ""}, {"username": ""}]
)
def test_what_lacks_something_is_not_asked(wrong: dict[str, str]) -> None:
    assert ask(signed_in("olly", Role.OPERATOR), **wrong).status_code == 422
    assert not Approval.objects.exists()


def test_others_ask_for_nobody() -> None:
    staff = signed_in("staff", Role.STAFF)
    assert ask(staff).status_code == 404
    assert Client().post("/sign-in/people/ask/", NEW).status_code == 302
    assert not Approval.objects.exists()


def test_one_full_name_is_one_person_however_its_blanks_and_letters_are_written() -> None:
    olly = signed_in("olly", Role.OPERATOR)
    known = User.objects.get(username="olly").full_name
    first, last = known.split(" ", 1)
    for odd in (f"{first}  {last}", f"{first}\N{NO-BREAK SPACE}{last}", f"{first}\N{ZERO WIDTH SPACE} {last}"):
        assert ask(olly, full_name=odd).status_code == 422, ascii(odd)  # for oneself
    assert ask(olly, full_name="\N{CYRILLIC CAPITAL LETTER O}lga Officer").status_code == 422
    assert not Approval.objects.exists()
    assert ask(olly, full_name=" Sam \N{NO-BREAK SPACE} (\N{FULLWIDTH LATIN SMALL LETTER T}est)").status_code == 302
    assert Approval.objects.get().params["name"] == "Sam (test)"
