"""The ceremony over real HTTP, on both engines: what the server itself demands of a signature (loa-esign, 14 to 17)."""

import hashlib
import re
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from broker import vault
from broker.demo.visitor import word_of
from broker.parties.models import EmailLink
from consents import drafts, rules
from consents.lifecycle import State
from consents.models import Consent, Draft
from tests import clock
from tests.integration.audit_support import acts
from tests.integration.grant_support import ACCOUNT, DATA, EMAIL, NAME, Desk, desk, last_day

__all__ = ["desk"]
START = "/share/with/acme-rates/"


def mailed(desk: Desk) -> tuple[str, str]:
    """The path and the code of the newest mailed link."""
    mail = desk.mail("link and code")
    return next(urlsplit(link).path for link in mail["links"] if "/share/open/" in link), mail["codes"][0]


def answered(desk: Desk) -> Any:
    """Somebody who has answered everything and has a frozen letter before her."""
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    return person


def frozen(person: Any) -> str:
    """The hash of the letter that the page shows."""
    return str(person.field(person.get("/share/read/"), "letter_sha256"))


def sign_raw(person: Any, sha: str, name: str = NAME) -> Any:
    """Send the signature as it is, whatever the pages would have shown."""
    page = person.get("/share/account/")
    fields = {
        "letter_sha256": sha,
        "typed_name": name,
        "csrfmiddlewaretoken": person.field(page, "csrfmiddlewaretoken"),
    }
    return person.http.post("/share/check/", data=fields, headers={"Referer": str(page.url)})


# --- 14: scanners ---------------------------------------------------------------------------------------------------


def test_twenty_looks_of_scanners_are_no_view_and_use_nothing_up(desk: Desk) -> None:
    person = desk.visitor()
    person.submit(START, {"email": EMAIL})
    (path, code), before = mailed(desk), acts()
    for number in range(20):
        scanner = desk.visitor()
        scanner.http.headers["X-Forwarded-For"] = f"203.0.113.{number}"
        assert scanner.http.get(path).status_code == 200
        assert scanner.http.head(path).status_code == 200
        assert scanner.http.get("/share/read/").status_code == 410
    assert acts() == before
    person.submit(path, {"code": code})
    desk.answer(person)
    assert "Thank you" in desk.sign(person)


# --- 15: one signature at most --------------------------------------------------------------------------------------


def test_a_code_belongs_to_its_link_and_to_a_browser_that_opened_it(desk: Desk) -> None:
    first, other = desk.visitor(), desk.visitor()
    first.submit(START, {"email": EMAIL})
    code = mailed(desk)[1]
    other.submit(START, {"email": "other@member.example"})
    EmailLink.objects.filter(email_index=_index(desk)).update(code_hash=make_password("x"))
    assert "not the code" in other.submit("/share/code/", {"code": code}).text
    assert desk.visitor().http.get("/share/code/").status_code == 410
    assert not Draft.objects.exists()


def _index(desk: Desk) -> bytes:
    """The mailbox of the second person: her code is made another one, whatever chance had drawn."""
    desk.mail("link and code", "other@member.example")
    return bytes(vault.blind_index("email", "other@member.example"))


def test_neither_link_nor_code_can_be_used_again_after_signing(desk: Desk) -> None:
    person = desk.visitor()
    person.submit(START, {"email": EMAIL})
    path, code = mailed(desk)
    person.submit(path, {"code": code})
    desk.answer(person)
    desk.sign(person)
    for again in (person, desk.visitor()):
        assert "used already" in again.submit(path, {"code": code}).text
    assert Consent.objects.count() == 1


def test_a_link_that_is_too_old_says_so(desk: Desk) -> None:
    person = desk.visitor()
    person.submit(START, {"email": EMAIL})
    path = mailed(desk)[0]
    EmailLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert "no longer good" in person.http.get(path).text


def test_two_windows_that_sign_at_once_make_one_consent(desk: Desk) -> None:
    person = answered(desk)
    desk.read(person)
    sha = frozen(person)
    answers: list[int] = []
    both = [threading.Thread(target=lambda: answers.append(_again(desk, person, sha))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert Consent.objects.count() == 1
    assert acts().count("consent.granted") == 1
    assert all(status < 500 for status in answers), answers


def _again(desk: Desk, person: Any, sha: str) -> int:
    tab = desk.visitor()
    tab.http.cookies = person.http.cookies
    return int(sign_raw(tab, sha).status_code)


def test_going_back_after_signing_changes_nothing_and_says_so(desk: Desk) -> None:
    person = answered(desk)
    desk.sign(person)
    for page in ("account", "data", "purpose", "terms", "read", "check"):
        answer = person.http.get(f"/share/{page}/")
        assert answer.status_code == 410
        assert "This form is closed" in answer.text


# --- 16: refused by the server --------------------------------------------------------------------------------------


def test_nothing_is_signed_that_was_not_opened(desk: Desk) -> None:
    person = answered(desk)
    answer = sign_raw(person, frozen(person))
    assert answer.status_code == 422
    assert "Open the letter first" in answer.text
    assert not Consent.objects.exists()


def test_a_wrong_word_is_refused_and_saying_so_needs_the_letter_fetched(desk: Desk) -> None:
    person = answered(desk)
    sha = frozen(person)
    wrong = person.submit("/share/read/", {"letter_sha256": sha, "word": "0000"}, expect=422).text
    assert "not the word in your letter" in wrong
    unread = person.submit("/share/read/", {"letter_sha256": sha, "declared": "on"}, expect=422).text
    assert "Open the letter first" in unread
    neither = person.submit("/share/read/", {"letter_sha256": sha}, expect=422).text
    assert "type the word" in neither
    assert "letter.shown" not in acts()
    person.get("/share/letter.pdf")
    assert "Your signature" in person.submit("/share/read/", {"letter_sha256": sha, "declared": "on"}).text
    assert acts().count("letter.shown") == 1


def test_the_word_may_be_typed_small_and_with_spaces(desk: Desk) -> None:
    person = answered(desk)
    word = word_of(person.get("/share/letter.pdf").content).lower()
    page = person.submit("/share/read/", {"letter_sha256": frozen(person), "word": f" {word[:2]} {word[2:]} "})
    assert "Your signature" in page.text


@pytest.mark.parametrize("left_out", ["data", "account", "purpose", "terms"])
def test_a_step_that_was_left_out_cannot_be_signed_over(desk: Desk, left_out: str) -> None:
    person = desk.visitor()
    desk.enter(person)
    steps: dict[str, dict[str, object]] = {
        "account": {**ACCOUNT},
        "data": {**DATA},
        "purpose": {"purpose": "rate_comparison", "last_day": last_day()},
    }
    for name, fields in steps.items():
        if name != left_out:
            person.submit(f"/share/{name}/", fields)
    if left_out != "terms":
        desk.agree(person)
    answer = sign_raw(person, "ab" * 32)
    assert answer.status_code == 422
    assert person.http.get("/share/check/").url.path == f"/share/{left_out}/"
    assert not Consent.objects.exists()


def test_days_that_nothing_shares_are_named_before_she_signs(desk: Desk) -> None:
    """Past data ends before today, and new data begins with the signature."""
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person, purpose={"forward": "on"})
    assert "Days after this last day and before that day are not shared" in person.get("/share/data/").text
    desk.read(person)
    assert "Not shared: the days from January 1, 2026 through" in person.get("/share/check/").text


def test_each_answer_stands_on_the_last_page_with_a_way_to_change_it(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    desk.answer(
        person,
        account={"helped": "yes", "helper": "Ned Neighbor", "help_kind": "types"},
        purpose={"forward": "on", "nectar": "on"},
    )
    desk.read(person)
    page = person.get("/share/check/").text
    rows = dict(re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td><a href="/share/\w+/">', page))
    said = [ACCOUNT["number"][-4:], NAME, ACCOUNT["address"], "the customer whom", "Ned Neighbor: Types for me"]
    said += ["Bills", "January 1, 2025", "Yes, until", "compare electric rates", "Nectar"]
    assert [each for each in said if not any(each in value for value in rows.values())] == []
    assert len(rows) == 11


@pytest.mark.parametrize("name", ["Somebody Else", "Gwen", "", "Gwen Grant Jr"])
def test_another_name_is_refused(desk: Desk, name: str) -> None:
    person = answered(desk)
    desk.read(person)
    assert sign_raw(person, frozen(person), name).status_code == 422
    assert not Consent.objects.exists()


def test_capitals_and_accents_are_forgiven_and_both_spellings_kept(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person, account={"name": "Inés Peña"})
    assert "Thank you" in desk.sign(person, typed_name="ines  PENA")
    person_of = Consent.objects.get()
    assert person_of.state == State.SIGNED


def test_for_a_business_its_officer_signs_with_her_own_name(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    who = {"role": "entity", "signer_name": "Ona Officer", "signer_title": "Treasurer", "basis": "officer"}
    desk.answer(person, account={"name": "Example Mill LLC", **who})
    letter = desk.read(person)
    assert "as it stands in the letter" in sign_raw(person, frozen(person), "Example Mill LLC").text
    assert "Thank you" in desk.sign(person, opens=False, typed_name="Ona Officer")
    assert hashlib.sha256(letter).digest() == bytes(Consent.objects.get().text_sha256)


# --- 17: frozen means frozen ----------------------------------------------------------------------------------------


def test_looking_freezes_nothing_and_the_frozen_letter_stays_the_same(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    for name in ("check", "read", "terms", "letter.pdf"):
        person.http.get(f"/share/{name}{'' if name.endswith('pdf') else '/'}")
    assert Draft.objects.get().presented_sha256 is None
    assert "letter.prepared" not in acts()
    desk.answer(person)
    before = person.get("/share/letter.pdf").content
    for _ in range(3):
        person.get("/share/read/")
        assert person.get("/share/letter.pdf").content == before
    assert acts().count("letter.prepared") == 1


def test_an_answer_that_changes_makes_another_letter_with_another_word(desk: Desk) -> None:
    person = answered(desk)
    old, old_letter = frozen(person), desk.read(person)
    page = person.submit("/share/data/", {**DATA, "data_types": ["bill"]})
    assert str(page.url).endswith("/share/read/"), "the other answers are not asked for again"
    answer = sign_raw(person, old)
    assert answer.status_code == 422
    assert "The letter changed" in answer.text
    assert frozen(person) != old
    assert "not the word" in person.submit(
        "/share/read/", {"letter_sha256": frozen(person), "word": word_of(old_letter)}, expect=422
    ).text  # fmt: skip
    assert not Consent.objects.exists()


def test_a_letter_of_older_words_is_not_signed_and_is_written_again(desk: Desk, monkeypatch: Any) -> None:
    person = answered(desk)
    desk.read(person)
    sha = frozen(person)
    monkeypatch.setattr(drafts, "TEMPLATE_VERSION", "loa 99.0.0")
    answer = sign_raw(person, sha)
    assert answer.status_code == 422
    assert "Show me the newest page" in answer.text
    assert not Consent.objects.exists()
    assert "written again" in person.get("/share/read/").text
    person.submit("/share/read/", action=f"{desk.url}/share/prepare/")
    assert frozen(person) != sha


def test_words_about_electronic_records_that_changed_are_agreed_anew(desk: Desk, monkeypatch: Any) -> None:
    person = answered(desk)
    desk.read(person)
    sha = frozen(person)
    monkeypatch.setattr(rules, "DISCLOSURE", "esign 99.0.0")
    assert sign_raw(person, sha).status_code == 422
    assert person.http.get("/share/check/").url.path == "/share/terms/"
    assert not Consent.objects.exists()


def test_an_agreement_to_a_text_that_is_not_on_the_page_is_refused_with_the_new_page(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    assert "This page was out of date" in desk.agree(person, expect=409, disclosure="0" * 64)
    assert "you must agree" in desk.agree(person, expect=422, agrees=None)


# --- a draft --------------------------------------------------------------------------------------------------------


def test_a_fresh_link_goes_on_at_the_first_unanswered_step(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    person.submit("/share/account/", {**ACCOUNT})
    person.submit("/share/data/", {**DATA})
    phone = desk.visitor()
    phone.submit(START, {"email": EMAIL})
    path, code = mailed(desk)
    assert str(phone.submit(path, {"code": code}).url).endswith("/share/purpose/")
    assert 'value="51000042"' in phone.get("/share/account/").text
    phone.submit("/share/purpose/", {"purpose": "rate_comparison", "last_day": last_day()})
    desk.agree(phone)
    assert "Thank you" in desk.sign(phone)
    assert Draft.objects.count() == 1


def test_another_mailbox_or_another_recipient_resumes_nothing(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    person.submit("/share/account/", {**ACCOUNT})
    other = desk.visitor()
    desk.enter(other, "other@member.example")
    assert "51000042" not in other.get("/share/account/").text
    assert Draft.objects.count() == 2


def test_after_seven_days_a_draft_is_gone_and_a_new_one_begins(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    person.submit("/share/account/", {**ACCOUNT})
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert drafts.live(str(Draft.objects.get().id)) is None


# --- range of new data ----------------------------------------------------------------------------------------------


def test_new_data_may_end_before_the_permission_does(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    until = (clock.today() + timedelta(days=30)).isoformat()
    desk.answer(person, purpose={"forward": "on", "forward_through": until})
    desk.sign(person)
    consent = Consent.objects.get()
    assert consent.forward is not None
    assert (consent.forward - timedelta(days=1)).isoformat() == until
    assert consent.forward < consent.ends


@pytest.mark.parametrize(
    ("forward", "days", "words"), [(None, 30, "Tick the box above"), ("on", 400, "Choose a day"), ("on", -2, "Choose")]
)
def test_a_range_of_new_data_that_makes_no_sense_is_refused(
    desk: Desk, forward: str | None, days: int, words: str
) -> None:
    person = desk.visitor()
    desk.enter(person)
    fields: dict[str, object] = {
        "purpose": "rate_comparison",
        "last_day": last_day(),
        "forward_through": (clock.today() + timedelta(days=days)).isoformat(),
        **({"forward": forward} if forward else {}),
    }
    assert words in person.submit("/share/purpose/", fields, expect=422).text


# --- screens --------------------------------------------------------------------------------------------------------


def test_a_grant_takes_nine_screens_and_no_answer_twice(desk: Desk) -> None:
    person, screens = desk.visitor(), []
    person.http.event_hooks["response"].append(
        lambda answer: screens.append(answer.url.path) if answer.status_code == 200 else None
    )
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    shown = dict.fromkeys(path for path in screens if not path.endswith(".pdf"))
    # The mailed link shows the page of the code; so the code's page of the first browser is not one more.
    shown.pop("/share/code/", None)
    assert len(shown) <= 9, list(shown)
