"""What is said about being warned and suspended is what the code does: pages, mails, problem documents and guides."""

from typing import Any

import pytest
from django.test import Client

from broker.inlets import watching
from broker.inlets.models import Refused
from tests.environment import ROOT
from tests.recipients_world import analyst, browser_of
from tests.requests_world import world

SECRET = "Thimble!Gravel8"
# As the page says it: warned at the second time, suspended at the third.
SAID = {
    "en": ("warned at the second time, and suspended at the third", "Customers are not suspended for it."),
    "es": (
        "se le advierte a la segunda vez y se le suspende a la tercera",
        "A los clientes no se les suspende por eso.",
    ),
}
LET_THROUGH = {
    "en": ("where the page that stopped you shows a number", "Where it shows none, that cannot be done"),
    "es": ("si la página que lo detuvo muestra un número", "Si no muestra número, no se puede"),
}


def test_warned_at_the_second_and_suspended_at_the_third() -> None:
    assert (watching.WARNED_AT, watching.SUSPENDED_AT) == (2, 3)


@pytest.mark.django_db
@pytest.mark.parametrize("language", SAID)
def test_the_page_about_passwords_says_so_and_what_can_be_let_through(language: str) -> None:
    page = Client(headers={"accept-language": language}).get("/passwords/").text
    for words in (*SAID[language], *LET_THROUGH[language]):
        assert words in page
    assert "no exception" not in page
    assert "no hay excepción" not in page


def test_a_number_is_shown_where_two_people_may_let_it_through_and_only_there(sqlite_db: str) -> None:
    for note in (
        f"my portal password is {SECRET}",
        "my PIN is 4471, please look at my bill of May",
        "JSESSIONID=77AB01CC93F0; path=/",
        "pw: Kettle9!",
    ):
        page = Client().post("/my/sign-in/", {"note": note}).text
        row = Refused.objects.latest("at")
        assert (str(row) in page) == (row.mac is not None and not row.structural), note
    assert {row.mac is None for row in Refused.objects.all()} == {True, False}


def test_a_suspended_program_is_told_that_an_officer_has_to_look_and_how_to_reach_one(
    sqlite_db: str, settings: Any
) -> None:
    settings.OPERATOR_EMAIL, settings.OPERATOR_PHONE = "desk@broker.example", "573-555-0142"
    w = world()
    for _each in range(3):
        assert w.post({**w.ask(), "note": f"her password is {SECRET}"}).status_code == 403
    for answer in (w.post(w.ask()), w.get("consents")):
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (403, "requester.suspended")
        assert "an officer of theirs has to look" in problem["instead"]
        assert "desk@broker.example, 573-555-0142" in problem["instead"]
        assert problem["retryable"] is False
    page = Client().get(problem["type"]).text
    assert 'href="mailto:desk@broker.example"' in page.partition("<main")[2].partition("</main>")[0]


def test_a_suspended_person_reads_whom_to_write_to(sqlite_db: str, settings: Any) -> None:
    settings.OPERATOR_EMAIL = "desk@broker.example"
    ana = browser_of(analyst(world().organisation, "ana"))
    for _each in range(3):
        assert ana.post("/recipient/", {"note": f"pw: {SECRET}"}).status_code == 403
    page = ana.get("/recipient/").text
    assert 'href="mailto:desk@broker.example"' in page.partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("docs/api-guide.md", "second one, its house is warned by mail; with the third the program is suspended"),
        ("docs/api-guide-testing.md", "suspends the printed key here too, at the third one"),
        ("README.md", "suspends the demo's key with the third portal login"),
    ],
)
def test_the_guides_say_so_too(file: str, words: str) -> None:
    assert words in " ".join((ROOT / file).read_text(encoding="utf-8").split())
