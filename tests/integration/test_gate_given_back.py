"""What a person whose form was refused gets back: her words without the secret, under the names that the form had."""

import html
import re
import uuid

import pytest
from django.test import Client

from tests.completeness.routes import places
from tests.integration.canary_stores import renew, secret

SECRET = "Thimble!Gravel8"
CALL, BILL = "Please call me in the morning.", "The bill of March is too high."
LOGIN = f"My portal password is {SECRET}."
TEXT = f"{CALL} {LOGIN} {BILL}"
LEFT = f"{CALL} [taken out] {BILL}"
ID = uuid.UUID(int=5)
ACCOUNT = {
    "number": "40911234",
    "name": "Pat Member",
    "address": LOGIN,
    "role": "customer",
    "signer_name": "",
    "signer_title": "",
    "basis": "",
    "helped": "no",
    "helper": "",
    "how": "",
}


def refused(path: str, sent: dict[str, str], *, language: str = "en") -> str:
    answer = Client().post(path, sent, headers={"Accept-Language": language})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert SECRET not in page
    return page


def form(page: str) -> dict[str, tuple[str, str]]:
    """Give each field of the form on the page: in what kind of control, and what stands in it."""
    inside = page[page.index("<form", page.index("<h1")) :].partition("</form>")[0]
    found = {}
    for kind, rest, text in re.findall(
        r"<(input|textarea)((?: [\w-]+(?:=\"[^\"]*\")?)*)>(?:\n([^<]*)</textarea>)?", inside
    ):
        facts = dict(re.findall(r'([\w-]+)="([^"]*)"', rest))
        value = text if kind == "textarea" else facts.get("value", "")
        found[facts["name"]] = ("hidden" if facts.get("type") == "hidden" else kind, html.unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def labels(page: str) -> list[str]:
    return [
        html.unescape(each) for each in re.findall(r'<label class="usa-label" for="back-\d+">([^<]*)</label>', page)
    ]


@pytest.mark.parametrize(
    ("path", "name", "label"),
    [
        (f"/admin/requests/{ID}/note/", "text", "A new note"),
        (f"/console/gate/{ID}/lift/", "why", "What you found out, and what was changed"),
        (f"/admin/gate/{ID}/doubt/", "why", "Why it was no password (do not repeat it)"),
        ("/console/glass/break/", "reason", "What the emergency is"),
        ("/share/account/", "address", "Service address"),
        ("/my/access/5/ask/", "words", "Your question"),
    ],
)
def test_of_a_field_the_sentences_come_back_that_are_no_login(sqlite_db: str, path: str, name: str, label: str) -> None:
    page = refused(path, {name: TEXT})
    assert form(page) == {name: ("textarea", LEFT)}
    assert labels(page) == [label]
    assert f"Where: the field “{label}”" in page
    assert "Where it says [taken out], we took out a sentence or more: rather" in page
    assert "We took out all that stood here." not in page


def test_it_is_marked_and_named_in_spanish(sqlite_db: str) -> None:
    words = f"Quiero saber quién vio mis datos. Mi contraseña de SmartHub es {SECRET}. Gracias por su ayuda."
    page = refused("/my/access/5/ask/", {"words": words}, language="es")
    assert form(page)["words"] == ("textarea", "Quiero saber quién vio mis datos. [quitado] Gracias por su ayuda.")
    assert labels(page) == ["Su pregunta"]
    assert "Donde dice [quitado]" in page
    page = refused("/share/account/", ACCOUNT, language="es")
    assert "Quitamos todo lo que había aquí." in page


def test_what_came_back_passes_as_it_is(sqlite_db: str) -> None:
    for text in (TEXT, f"{CALL}\r\n{LOGIN}\r\n\r\n{BILL}", LOGIN):
        back = form(refused("/my/sign-in/", {"note": text, "also": BILL, "number": "12", "more": ""}))
        assert set(back) == {"note", "also", "number", "more"}
        assert Client().post("/my/sign-in/", {name: value for name, (_kind, value) in back.items()}).status_code != 403


def test_what_was_empty_is_not_shown_and_not_said_to_have_held_anything(sqlite_db: str) -> None:
    page = refused("/share/account/", ACCOUNT)
    assert labels(page)[1:] == ["Name as on the bill", "Service address"]
    assert "account number" in labels(page)[0]
    back = form(page)
    assert {name for name, (kind, _value) in back.items() if kind == "hidden"} == set(ACCOUNT) - {
        "number",
        "name",
        "address",
    }
    assert {name: value for name, (_kind, value) in back.items()} == {**ACCOUNT, "address": ""}
    assert page.count("We took out all that stood here.") == 1
    assert "[taken out]" not in page
    assert "it held what we refused" not in page


@pytest.mark.parametrize(
    ("sent", "kind"),
    [("Call me at noon", "input"), ("Call me\r\nat noon", "textarea"), ("Please call me " * 5, "textarea")],
)
def test_a_text_comes_back_in_the_kind_of_field_that_holds_it(sqlite_db: str, sent: str, kind: str) -> None:
    back = form(refused("/my/sign-in/", {"also": sent, "note": LOGIN}))
    assert back == {"also": (kind, sent), "note": ("input", "")}
    # Where the page had room for lines, it has it here, whatever is left.
    assert form(refused("/my/access/5/ask/", {"words": LOGIN}))["words"] == ("textarea", "")


def test_a_sentence_that_repeats_the_secret_in_another_field_goes_too(sqlite_db: str) -> None:
    back = form(refused("/my/sign-in/", {"note": TEXT, "also": f"{BILL} I wrote {SECRET.upper()} there. {CALL}"}))
    assert back["also"][1] == f"{BILL} [taken out] {CALL}"


def test_of_a_login_that_fields_make_together_nothing_of_them_comes_back(sqlite_db: str) -> None:
    sent = {"login": f"{CALL} It is rob77@mill.example", "word": SECRET, "also": BILL}
    back = form(refused("/my/sign-in/", sent))
    assert (back["word"][1], back["also"][1]) == ("", BILL)
    back = form(refused("/my/sign-in/", {"portal_password": SECRET, "also": BILL}))
    assert (back["portal_password"][1], back["also"][1]) == ("", BILL)


def test_much_text_is_not_cut_while_its_sender_waits(sqlite_db: str) -> None:
    sent = {f"note_{chr(97 + each)}": f"{TEXT} " + f"{CALL} " * 20 for each in range(12)}
    back = form(refused("/my/sign-in/", sent))
    assert {value for _kind, value in back.values()} == {""}


@pytest.mark.promise("no-passwords")
def test_at_any_address_the_rest_comes_back_and_the_secret_never(sqlite_db: str) -> None:
    renew()
    wrong = []
    for number, ((name, path), _methods) in enumerate(sorted(places("").items())):
        word = secret(number)
        sent = {"note": f"{CALL} SmartHub password: {word} {BILL}\n{CALL}", "also": f"{word} again", "more": BILL}
        answer = Client().post(path, sent)
        page = answer.content.decode()
        wrong += [f"{name}: answered"] * (word in page + str(answer.headers))
        if answer.status_code == 403 and not path.startswith("/api/"):
            wrong += [f"{name}: {form(page)}"] * (form(page).get("more", ("", ""))[1] != BILL or CALL not in page)
    assert not wrong
