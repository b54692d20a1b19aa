"""Another language in the middle of a grant: what was typed stays, and switching answers nothing."""

import html
import re
from typing import Any

import pytest

from broker.demo.visitor import Visitor
from consents import drafts
from consents.models import Draft
from tests import several_world as farm
from tests.integration.grant_support import ACCOUNT, DATA, Desk, desk, last_day

__all__ = ["desk"]

ES = {"language": "es"}


@pytest.fixture
def person(desk: Desk) -> Visitor:
    """Somebody whose code was right."""
    begun = desk.visitor()
    desk.enter(begun)
    return begun


def switch(person: Visitor, step: str, fields: dict[str, Any]) -> str:
    """Press the switch of a page with these fields filled in; give the page that follows."""
    page = person.get(f"/share/{step}/").text
    assert 'form="step" formnovalidate name="language" value="es"' in page
    assert '<form id="step"' in page
    answer = person.submit(f"/share/{step}/", {**fields, **ES})
    assert str(answer.url).endswith(f"/share/{step}/")
    assert '<html lang="es">' in answer.text
    assert 'form="step" formnovalidate name="language" value="en"' in answer.text
    assert 'role="alert"' not in answer.text  # nothing was judged
    return html.unescape(answer.text)


def value(page: str, name: str) -> str:
    """Give what stands in a field."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert tag
    found = re.search(r'value="([^"]*)"', tag[0])
    return found[1] if found else ""


def chosen(page: str, name: str) -> set[str]:
    """Give what is ticked under a name."""
    tags = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page)
    return {value(tag, name) or "on" for tag in tags if "checked" in tag}


def answers() -> tuple[int, Any]:
    """Give what the newest draft holds."""
    draft = Draft.objects.latest("created_at")
    return draft.version, drafts.read(draft)


def test_the_first_page_keeps_the_address_and_mails_nothing(desk: Desk) -> None:
    begun = desk.visitor()
    page = switch(begun, f"with/{desk.organisation.slug}", {"email": "half@"})
    assert value(page, "email") == "half@"
    desk.work()
    assert not desk.mailbox.mails.search()


def test_what_was_typed_of_the_account_stays_and_answers_nothing(desk: Desk, person: Visitor) -> None:
    before = answers()
    typed = {**ACCOUNT, "number": "51", "role": "entity", "signer_name": "Gwen", "basis": "officer", "helped": ""}
    page = switch(person, "account", typed)
    assert [value(page, name) for name in ("number", "name", "address", "signer_name", "signer_title")] == [
        "51",
        ACCOUNT["name"],
        ACCOUNT["address"],
        "Gwen",
        "",
    ]
    assert chosen(page, "role") == {"entity"}
    assert chosen(page, "helped") == set()
    assert '<option value="officer" selected>' in page
    assert answers() == before
    assert '<html lang="es">' in person.get("/share/account/").text  # it was chosen, as everywhere
    person.submit("/share/account/", ACCOUNT)
    assert answers()[1].account_number == ACCOUNT["number"]


def test_what_was_taken_away_stays_away(desk: Desk, person: Visitor) -> None:
    person.submit("/share/account/", ACCOUNT)
    person.submit("/share/data/", DATA)
    before = answers()
    page = switch(person, "data", {"data_types": ["bill"], "history_from": "2025-02-01", "history_through": ""})
    assert chosen(page, "data_types") == {"bill"}
    assert (value(page, "history_from"), value(page, "history_through")) == ("2025-02-01", "")
    page = person.submit("/share/purpose/", {"purpose": "rate_comparison", "forward": "on", "language": "en"}).text
    assert '<html lang="en">' in page
    assert chosen(page, "purpose") == {"rate_comparison"}
    assert (chosen(page, "forward"), chosen(page, "nectar")) == ({"on"}, set())
    assert answers() == before


def test_nothing_is_opened_or_signed_by_it(desk: Desk, person: Visitor) -> None:
    desk.answer(person)
    fields = {"letter_sha256": person.field(person.get("/share/read/"), "letter_sha256")}
    page = switch(person, "read", {**fields, "word": "AB", "declared": "on"})
    assert (value(page, "word"), chosen(page, "declared")) == ("AB", {"on"})
    person.submit("/share/read/", {"language": "en"})
    desk.read(person)
    before = answers()
    page = switch(person, "check", {**fields, "typed_name": ACCOUNT["name"]})
    assert value(page, "typed_name") == ACCOUNT["name"]
    assert value(page, "letter_sha256") == fields["letter_sha256"]
    assert answers() == before
    assert Draft.objects.latest("created_at").ended_at is None


def test_a_tick_under_the_terms_is_of_the_text_that_was_shown(desk: Desk, person: Visitor) -> None:
    person.submit("/share/account/", ACCOUNT)
    person.submit("/share/data/", DATA)
    person.submit("/share/purpose/", {"purpose": "rate_comparison", "last_day": last_day()})
    assert 'form="step"' not in person.get("/share/terms/").text


def test_another_word_for_a_language_changes_and_answers_nothing(desk: Desk, person: Visitor) -> None:
    before = answers()
    page = person.submit("/share/account/", {**ACCOUNT, "language": "xx"})
    assert '<html lang="en">' in page.text
    assert value(page.text, "number") == ACCOUNT["number"]
    assert answers() == before


def test_what_looks_like_a_login_is_refused_as_at_any_door(desk: Desk, person: Visitor) -> None:
    said = "my SmartHub password is Tr0ub4dor&3x"
    page = person.submit("/share/account/", {**ACCOUNT, "address": said, **ES}, expect=403).text
    assert "Tr0ub4dor" not in page


def test_the_ticks_of_a_list_stay_as_they_are_on_the_page(desk: Desk) -> None:
    asked, person = farm.ask(desk, farm.numbers(3)), desk.visitor()
    farm.enter(desk, person, asked)
    farm.holder(person)
    before = answers()
    page = switch(person, "accounts", {"want": ["2"], "do": "go"})
    assert chosen(page, "want") == {"2"}
    assert answers() == before
