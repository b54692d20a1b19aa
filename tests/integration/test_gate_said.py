"""What a refusal says: where, what was found, what to do instead, and a number for a false alarm; in both languages."""

import html
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone, translation

from broker.credentials import scan
from broker.credentials.rules import RULES
from broker.inlets import overrides, said
from broker.inlets.models import Incident, Refused
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from tests.recipients_world import browser_of
from tests.requests_world import ACTOR, world

SECRET = "Thimble!Gravel8"
# One text of each kind, and a part of what its sender is told to do.
TOLD = {
    "password": (f"my portal password is {SECRET}", "change it at the portal", "cámbiela en el portal"),
    "pin": ("my PIN is 4471", "Take the PIN out", "Quite el PIN"),
    "one_time_code": ("the verification code is 448812", "a new one", "uno nuevo"),
    "answer": ("security question: first pet? Answer: Rover", "another question", "otra pregunta"),
    "session": ("JSESSIONID=77AB01CC93F0; path=/", "sign out", "cierre la sesión"),
    "token": ("Authorization: Bearer a8Kd.02mmQz-77xK", "sign out", "cierre la sesión"),
    "link": ("https://portal.example/reset?token=9f8a7b6c5d4e3f2a", "a new link", "un enlace nuevo"),
    "hint": ("my password is my dog's name and his birth year", "work out", "adivinar"),
    "access": ("I added you as an additional user on my SmartHub", "Take that user", "Quite ese usuario"),
    "solicitation": ("Please send us your SmartHub password.", "Ask for the data", "Pida los datos"),
}


@pytest.mark.parametrize("kind", TOLD)
def test_a_person_is_told_what_to_do_instead_in_both_languages(sqlite_db: str, kind: str) -> None:
    text, english, spanish = TOLD[kind]
    for language, words in (("en", english), ("es", spanish)):
        answer = Client().post("/my/sign-in/", {"note": text}, headers={"Accept-Language": language})
        assert answer.status_code == 403
        page = answer.content.decode()
        assert words in page
        assert SECRET not in page
    assert {each.kind for each in Refused.objects.all()} == {kind}


@pytest.mark.parametrize("kind", TOLD)
def test_a_program_is_told_it_too(sqlite_db: str, kind: str) -> None:
    text, english, _spanish = TOLD[kind]
    answer = Client().post("/api/v1/consents", json.dumps({"note": text}), content_type="application/json")
    assert answer.status_code == 403
    assert english in answer.json()["instead"]


def test_every_kind_of_every_rule_has_its_words_in_both_languages() -> None:
    kinds = {rule.kind for rule in RULES} | {"wrapped", "long"}
    assert kinds == set(said.KINDS)
    for kind in kinds:
        english = (said.what(kind), said.instead(kind))
        with translation.override("es"):
            spanish = (said.what(kind), said.instead(kind))
        assert not set(english) & set(spanish)


@pytest.mark.parametrize("kind", TOLD)
def test_a_person_reads_an_example_of_what_to_write_that_the_gate_takes(sqlite_db: str, kind: str) -> None:
    for language, before in (("en", "For example, write: “"), ("es", "Por ejemplo, escriba: «")):
        answer = Client().post("/my/sign-in/", {"note": TOLD[kind][0]}, headers={"Accept-Language": language})
        page = html.unescape(answer.content.decode())
        with translation.override(language):
            example = said.example(kind)
        assert before + example in page
        assert scan(example, "web_form") is None
        assert Client().post("/my/sign-in/", {"note": example}).status_code != 403


def test_every_kind_has_its_example_in_both_languages() -> None:
    assert set(said.EXAMPLES) == set(said.KINDS)
    for kind in said.EXAMPLES:
        with translation.override("es"):
            assert said.example(kind) != said.EXAMPLES[kind]


def test_nothing_is_written_in_the_place_of_a_file_or_an_address(sqlite_db: str) -> None:
    upload = SimpleUploadedFile("notes.csv", f"my portal password is {SECRET}".encode(), content_type="text/csv")
    assert "For example" not in Client().post("/check/", {"file": upload}).content.decode()
    assert "For example" not in Client().get("/v/password:Kw7rtk1504").content.decode()


def test_a_field_is_named_in_the_readers_language(sqlite_db: str) -> None:
    sent = {"email": f"my portal password is {SECRET}"}
    english = Client().post("/my/sign-in/", sent).content.decode()
    spanish = Client().post("/my/sign-in/", sent, headers={"Accept-Language": "es"}).content.decode()
    assert "Where: the field “Your e-mail address”" in english
    assert "Dónde: el campo «Su correo electrónico»" in spanish
    both = {"login": "rob77@mill.example", "word": SECRET}
    page = Client().post("/my/sign-in/", both, headers={"Accept-Language": "es"}).content.decode()
    assert "Dónde: varios campos juntos" in page


def test_what_stood_in_the_address_of_a_page_is_not_shown_again(sqlite_db: str) -> None:
    for address in ("/v/password:Kw7rtk1504", "/v/password:Kw7rtk1504?from=mail"):
        answer = Client().get(address)
        assert answer.status_code == 403
        assert "Kw7rtk1504" not in answer.content.decode()


def test_a_file_is_named_and_what_to_do_with_it(sqlite_db: str) -> None:
    upload = SimpleUploadedFile("notes.csv", f"my portal password is {SECRET}".encode(), content_type="text/csv")
    page = Client().post("/check/", {"file": upload}, headers={"Accept-Language": "es"}).content.decode()
    assert "Dónde: el archivo" in page
    assert "Guarde el archivo sin esa parte" in page


def test_an_officer_reads_what_was_found_and_what_its_sender_was_told(sqlite_db: str) -> None:
    Client().post("/my/sign-in/", {"note": TOLD["hint"][0]})
    officer = create_user("olga", "Olga", Role.OFFICER, password=None, actor=ACTOR)
    page = browser_of(officer).get("/console/gate/").content.decode()
    assert said.what("hint") in page
    assert TOLD["hint"][1] in page


@pytest.fixture
def people(sqlite_db: str) -> list[User]:
    return [create_user(name, name.title(), Role.STAFF, password=None, actor=ACTOR) for name in ("ann", "ben")]


def test_a_program_learns_the_number_and_its_false_alarm_is_let_through_once(people: list[User]) -> None:
    w, now = world(), timezone.now()
    body = {**w.ask(), "purpose_note": "the portal password is Thimble!Gravel8"}
    answer = w.post(body)
    row = Refused.objects.get()
    assert (answer.status_code, answer.json()["incident"]) == (403, str(row))
    assert Incident.objects.get().inlet == "api_json"
    assert overrides.ask(row, people[0], "It is a plan of theirs.", now=now) == ""
    assert overrides.release(row, people[1], now=now) == ""
    passed = w.post(body)
    assert passed.json()["code"] == "ask.invalid"  # its view has it: no member of that name
    assert passed.json()["fields"] == ["unknown key"]
    again = w.post(body).json()
    assert (again["code"], again["incident"]) == (row_code(), str(Refused.objects.latest("at")))


def row_code() -> str:
    return "channel.forbidden.credentials"


def test_what_nobody_lets_through_has_no_number(sqlite_db: str) -> None:
    body: dict[str, Any] = {"note": TOLD["session"][0]}
    answer = Client().post("/api/v1/consents", json.dumps(body), content_type="application/json")
    assert answer.status_code == 403
    assert "incident" not in answer.json()


def test_whom_to_tell_the_number_stands_beside_it(sqlite_db: str, settings: Any) -> None:
    settings.OPERATOR_PHONE, settings.OPERATOR_EMAIL = "573-555-0142", "desk@broker.example"
    page = Client().post("/my/sign-in/", {"note": "my portal password is kettle"}).text
    beside = page.partition("within seven days")[2].partition("</p>")[0]
    assert "573-555-0142" in beside
    assert 'href="mailto:desk@broker.example"' in beside
