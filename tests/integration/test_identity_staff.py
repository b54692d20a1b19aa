"""L3 by post or by a call: the code stands in one letter, and the call goes to the profile's number."""

import io
import re
import threading
from datetime import timedelta

import pdfplumber
import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from broker.parties.models import User
from broker.terms import Actor
from broker.utilities import for_mode
from consents.identity import posted
from consents.identity.models import CallBack, PostedCode, Proof
from consents.lifecycle import State
from consents.models import Consent
from tests.integration.access_support import sign_in
from tests.requests_world import ACTOR, World, events, world

STAFF = "/admin/identity/"


@pytest.fixture
def low(committing) -> World:
    """A world whose account is proven by a bill: a code is posted to a proven address."""
    return world(assurance="L2")


def staff(role: str = "staff") -> Client:
    user = User.objects.create(username=role, full_name="Sam Staff", role=role)
    client = Client()
    client.force_login(user)
    return client


def her(w: World) -> Client:
    client = Client()
    sign_in(client, w.customer.id)
    return client


def text_of(pdf: bytes) -> str:
    with pdfplumber.open(io.BytesIO(pdf)) as document:
        assert len(document.pages) == 1
        return document.pages[0].extract_text()


def printed(w: World) -> str:
    """Ask for a letter and print it; give its code."""
    code = posted.ask(w.account, actor=Actor("c", w.customer.id), now=timezone.now())
    assert code is not None
    pdf = posted.print_letter(code, actor=ACTOR, now=timezone.now())
    assert pdf is not None
    found = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", text_of(pdf))
    assert found
    return found[0]


def enter(w: World, code: str) -> str:
    return posted.enter(w.account, code, actor=Actor("c", w.customer.id), now=timezone.now())


def level(w: World) -> str:
    return Consent.objects.get(id=w.consent.id).assurance


def test_a_code_goes_by_post_and_raises_the_consent(low):
    page, path = her(low), f"/my/account/{low.account.id}/code/"
    assert "Send me the letter" in page.get(path).content.decode()
    assert page.post(f"{path}ask/").status_code == 302
    assert "We will print your letter" in page.get(path).content.decode()
    desk = staff()
    waiting = PostedCode.objects.get()
    assert "ending 0017" in desk.get(STAFF).content.decode()
    assert "2 Example Road" in desk.get(f"{STAFF}codes/{waiting.id}/").content.decode()
    answer = desk.post(f"{STAFF}codes/{waiting.id}/")
    assert answer.headers["Content-Type"] == "application/pdf"
    letter = text_of(answer.content)
    assert "Pat Member" in letter
    assert "2 Example Road" in letter
    code = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", letter)
    assert code
    assert "Code from the letter" in page.get(path).content.decode()
    done = page.post(path, {"code": code[0].lower()})
    assert "proven to the highest level" in done.content.decode()
    assert level(low) == "L3"
    assert Proof.objects.get(level="L3").how == "posted_code"
    assert PostedCode.objects.get().state == "used"
    acts = ("identity.code_asked", "identity.code_printed", "identity.proven")
    assert [len(events(act)) for act in acts] == [1, 1, 1]


def test_the_code_is_kept_as_a_hash_and_printed_once(low):
    code = printed(low)
    row = PostedCode.objects.get()
    assert code.replace("-", "") not in row.code_hash
    assert posted.print_letter(row, actor=ACTOR, now=timezone.now()) is None
    answer = staff().post(f"{STAFF}codes/{row.id}/")
    assert answer.status_code == 302
    assert len(events("identity.code_printed")) == 1


def test_five_wrong_codes_and_the_letter_is_over(low):
    code = printed(low)
    assert [enter(low, "0000-0000") for _ in range(6)] == ["wrong"] * 4 + ["locked", "none"]
    assert enter(low, code) == "none"
    assert level(low) == "L2"
    assert len(events("identity.failed")) == 5


def test_many_guesses_at_one_moment_share_the_five_tries(postgresql_db):
    w, answers = world(assurance="L2"), []
    printed(w)

    def guess(number: int) -> None:
        answers.append(enter(w, f"{number:04}0000"))
        connections.close_all()

    threads = [threading.Thread(target=guess, args=[n]) for n in range(16)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert sorted(answers) == ["locked", *["none"] * 11, *["wrong"] * 4]


def test_a_code_is_good_for_three_weeks(low):
    code = printed(low)
    later = timezone.now() + timedelta(days=posted.DAYS, seconds=1)
    assert posted.enter(low.account, code, actor=ACTOR, now=later) == "old"
    assert posted.enter(low.account, code, actor=ACTOR, now=later - timedelta(minutes=1)) == ""


def test_few_letters_go_to_one_address(low):
    now = timezone.now()
    for n in range(posted.LETTERS):
        at = now + timedelta(days=n)
        row = posted.ask(low.account, actor=ACTOR, now=at)
        assert row is not None
        assert posted.ask(low.account, actor=ACTOR, now=at) == row
        posted.print_letter(row, actor=ACTOR, now=at)
        for _ in range(posted.TRIES):
            posted.enter(low.account, "00000000", actor=ACTOR, now=at)
    assert posted.ask(low.account, actor=ACTOR, now=now + timedelta(days=5)) is None
    page = her(low).post(f"/my/account/{low.account.id}/code/ask/", follow=True).content.decode()
    assert "We sent several letters already" in page


def test_a_call_goes_to_the_profiles_number_and_its_yes_is_l3(low):
    desk, path = staff(), f"{STAFF}calls/{low.consent.id}/"
    page = desk.get(path).content.decode()
    number = for_mode("obec", "rehearsal").contacts.phone.value
    assert number in page
    assert "40900017" in page
    answer = desk.post(path, {"spoke_with": "Billing desk, Kim", "confirmed": "yes", "number": "555-0199"})
    assert answer.status_code == 302
    row = CallBack.objects.get()
    assert (row.number, row.confirmed) == (number, True)
    assert "Kim" not in str(row.spoke_with)
    assert level(low) == "L3"
    assert Proof.objects.get(level="L3").how == "call_back"
    assert [len(events(act)) for act in ("identity.called", "identity.proven", "account.read")] == [1, 1, 1]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"spoke_with": "Kim", "confirmed": "no"}, 302),
        ({"spoke_with": "", "confirmed": "yes"}, 422),
        ({"spoke_with": "Kim"}, 422),
    ],
)
def test_without_a_name_and_a_yes_the_level_stays(sqlite_db, fields, status):
    w = world(assurance="L1")
    assert staff().post(f"{STAFF}calls/{w.consent.id}/", fields).status_code == status
    assert level(w) == "L1"
    assert CallBack.objects.count() == (status == 302)


def test_nobody_is_called_about_a_consent_that_ended(sqlite_db):
    w = world(assurance="L1", state=State.REVOKED)
    assert staff().get(f"{STAFF}calls/{w.consent.id}/").status_code == 404


def test_these_pages_are_the_staffs(sqlite_db):
    assert staff("officer").get(STAFF, follow=True).status_code == 403
    assert Client().get(STAFF).status_code == 302
