"""The public page of a letter: what it says with the code alone, with the digits, and when our rows were altered."""

import hashlib
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from broker.audit import log, opening
from broker.notices.templatetags import notices
from broker.terms import SERVICE, Actor
from consents import actions, drafts
from consents.checking import comparing
from consents.loa.code import ALPHABET, verification_code
from consents.models import Consent, Draft
from consents.suspending import suspend
from tests.integration.audit_support import acts, headers
from tests.integration.checking_support import LAST_FOUR, bytes_of, consent, enter, letter, opened, words
from tests.integration.grant_support import ACCOUNT, NAME, Desk, desk
from tests.statements import captured

__all__ = ["desk"]
UNKNOWN_CODE = verification_code([1, 2, 3, 4, 5, 6, 7])


@pytest.fixture(autouse=True)
def fresh() -> None:
    comparing.forget()


@pytest.mark.granted
def test_code_and_digits_show_state_and_scope_in_one_look(desk: Desk) -> None:
    desk.grant()
    row, person = letter(), desk.visitor()
    page = enter(person, row.verification_code)
    assert page.url.path == "/v/letter/"
    text = words(page)
    assert text.startswith("ACTIVE until ")
    for said in (row.number, NAME, ACCOUNT["address"], f"ending {LAST_FOUR}", "Acme Rates (test)", "Bills", "2025"):
        assert said in text
    assert ACCOUNT["number"] not in page.text, "the whole account number stands on the letter alone"


def test_a_letter_that_was_signed_days_after_it_was_written_states_the_term_of_our_rows(desk: Desk) -> None:
    """A draft waits for seven days: what she signs is the letter as it was frozen, with the day that stands in it."""
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person, purpose={"forward": "on"})
    draft, now = Draft.objects.get(), timezone.now()
    answers = drafts.read(draft)
    drafts.save(draft, "terms", answers, now=now)
    drafts.present(draft, answers, now=now - timedelta(days=2))
    desk.read(person)
    frozen = actions.central_today(now - timedelta(days=2))
    assert f"through {notices.day(frozen - timedelta(days=1))}" in words(person.get("/share/check/"))
    desk.sign(person, opens=False)
    desk.work()
    assert consent().starts == frozen
    assert words(enter(desk.visitor(), letter().verification_code)).startswith("ACTIVE until ")


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code.lower(),
        lambda code: code.replace("-", " "),
        lambda code: " " + code.replace("-", "") + " ",
        lambda code: code.replace("0", "O").replace("1", "I"),
        lambda code: code.replace("0", "o").replace("1", "l"),
    ],
)
@pytest.mark.granted
def test_a_code_is_read_as_people_type_it(desk: Desk, typed: Any) -> None:
    desk.grant()
    assert enter(desk.visitor(), typed(letter().verification_code)).url.path == "/v/letter/"


@pytest.mark.granted
def test_a_slip_in_the_code_is_told_from_an_unknown_code(desk: Desk) -> None:
    desk.grant()
    code = letter().verification_code
    slip = ALPHABET[(ALPHABET.index(code[0]) + 1) % 32] + code[1:]
    assert "one character is wrong or missing" in words(enter(desk.visitor(), slip, expect=422))


def _same(one: httpx.Response, two: httpx.Response, *codes: str) -> bool:
    def bare(answer: httpx.Response) -> str:
        import re

        text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.text)
        for code in codes:
            text = text.replace(code, "CODE")
        return text

    names = {"content-type", "cache-control", "content-security-policy", "vary", "location", "retry-after"}
    heads = [{k: v for k, v in each.headers.items() if k in names} for each in (one, two)]
    return one.status_code == two.status_code and bare(one) == bare(two) and heads[0] == heads[1]


@pytest.mark.granted
def test_a_known_code_looks_like_an_unknown_one_until_the_digits_are_right(desk: Desk) -> None:
    desk.grant()
    known, person = letter().verification_code, desk.visitor()
    before = acts()
    pages = [person.get(f"/v/{code}") for code in (known, UNKNOWN_CODE)]
    assert _same(*pages, known, UNKNOWN_CODE)
    assert acts() == before, "nothing is looked up"
    wrong = [enter(desk.visitor(), code, "9999", expect=422) for code in (known, UNKNOWN_CODE)]
    assert _same(*wrong, known, UNKNOWN_CODE)
    assert "No letter of ours has this code together with these four digits" in words(wrong[0])
    assert NAME not in wrong[0].text
    assert acts()[len(before) :] == ["letter.verified", "letter.verified"]
    last = headers()[-2:]
    assert [head.res for head in last] == ["denied", "denied"]
    assert last[0].kid == last[1].kid, "both under the operations' key: the log tells them apart no more than the page"


def test_the_same_questions_are_asked_for_known_and_unknown_codes(desk: Desk) -> None:
    from consents.checking.lookup import find

    desk.grant()
    counts = []
    for code in (letter().verification_code, UNKNOWN_CODE):
        with captured() as asked:
            assert find(code, "9999") is None
        counts.append([each["sql"].split(" WHERE ")[0] for each in asked])
    assert counts[0] == counts[1]


@pytest.mark.granted
def test_each_look_leaves_one_event_for_the_customer(desk: Desk) -> None:
    desk.grant()
    before = len(acts())
    person = opened(desk)
    assert acts()[before:] == ["letter.verified"]
    person.get("/v/letter/")
    assert acts()[before:] == ["letter.verified"] * 2
    person.get("/v/letter/copy.pdf")
    assert acts()[before:] == ["letter.verified"] * 2 + ["letter.read"]


@pytest.mark.granted
def test_the_exact_copy_is_what_was_delivered(desk: Desk) -> None:
    desk.grant()
    answer = opened(desk).get("/v/letter/copy.pdf")
    assert answer.content == bytes_of()
    assert answer.headers["content-type"] == "application/pdf"


@pytest.mark.parametrize("path", ["", "copy.pdf", "released/", "doubt/", "member/", "member/code/"])
@pytest.mark.granted
def test_without_the_digits_no_page_of_a_letter_opens(desk: Desk, path: str) -> None:
    desk.grant()
    before = acts()
    assert desk.visitor().get(f"/v/letter/{path}").url.path == "/v/"
    assert acts() == before


@pytest.mark.granted
def test_what_was_entered_is_forgotten_after_half_an_hour(desk: Desk, monkeypatch: Any) -> None:
    desk.grant()
    person = opened(desk)
    later = timezone.now() + timedelta(minutes=31)
    monkeypatch.setattr("consents.checking.opened.timezone.now", lambda: later)
    assert person.get("/v/letter/").url.path == "/v/"


@pytest.mark.granted
def test_a_stopped_letter_says_so_at_the_next_look(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    row = letter().consent
    assert actions.revoke(row, actor=Actor("c", row.customer_id), how="dashboard", now=timezone.now())
    text = words(person.get("/v/letter/"))
    assert text.startswith("REVOKED on ")
    assert ": do not release" in text


@pytest.mark.granted
def test_a_suspended_letter_says_so(desk: Desk) -> None:
    desk.grant()
    suspend(letter().consent, because="officer", actor=SERVICE("tests"), now=timezone.now())
    assert words(opened(desk).get("/v/letter/")).startswith("SUSPENDED: do not release")


@pytest.mark.granted
def test_an_expired_letter_says_so_whatever_the_state(desk: Desk, monkeypatch: Any) -> None:
    desk.grant()
    person, late = opened(desk), letter().consent.ends
    monkeypatch.setattr("consents.checking.showing.central_today", lambda _now: late)
    text = words(person.get("/v/letter/"))
    assert text.startswith("EXPIRED after ")
    assert Consent.objects.get().state == "active"


def test_a_signed_letter_is_not_to_be_relied_on_before_its_seal(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    assert words(opened(desk).get("/v/letter/")).startswith("SIGNED, not sealed yet")


@pytest.mark.granted
def test_pages_are_not_kept_by_caches(desk: Desk) -> None:
    desk.grant()
    for path in ("/v/", "/v/file/", f"/v/{UNKNOWN_CODE}"):
        assert "no-store" in desk.visitor().get(path).headers["cache-control"]
    assert "no-store" in opened(desk).get("/v/letter/").headers["cache-control"]


@pytest.mark.granted
def test_the_page_speaks_spanish(desk: Desk) -> None:
    desk.grant()
    person = opened(desk)
    person.http.headers["Accept-Language"] = "es"
    text = words(person.get("/v/letter/"))
    assert text.startswith("EN VIGOR hasta el ")


@pytest.mark.granted
def test_the_hash_of_what_was_shown_is_the_same_in_log_record_and_page(desk: Desk) -> None:
    """Acceptance test 2: the sealed file begins with these bytes, and everybody names the same hash of them."""
    desk.grant()
    shown = hashlib.sha256(bytes_of("presented")).hexdigest()
    assert bytes_of().startswith(bytes_of("presented"))
    assert bytes(consent().text_sha256).hex() == shown
    event, her = consent().granted_event, consent().customer_id
    under = log.append_read("log.read", actor=SERVICE("tests"), subject=her, purpose="compliance", obj="log", body={})
    logged = opening.open_with(event, opening.event_keys(her, [event], under=under)[event])
    assert logged["letter_sha256"] == shown
    assert shown in words(enter(desk.visitor(), letter().verification_code))
