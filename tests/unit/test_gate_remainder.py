"""What is left of a text with a login in it: sentences that are none and no half of one, and never the secret."""

import json
from pathlib import Path

import pytest

from broker.credentials import scan
from broker.inlets import remainder
from broker.looking import look

SECRET = "Thimble!Gravel8"
MARK = "[…]"
CALL, BILL = "Please call me in the morning.", "The bill of March is too high."
CORPUS = Path("tests/fixtures/credentials/messages.jsonl")


def left(text: str) -> str:
    assert look(text, "web_form") is not None
    cut = remainder.cut(text, "web_form")
    return cut.text(cut.words, MARK)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (f"{CALL} My portal password is {SECRET}. {BILL}", f"{CALL} {MARK} {BILL}"),
        (f"{CALL}\r\nSmartHub password: {SECRET}\r\n\r\n{BILL}", f"{CALL}\r\n{MARK}\r\n\r\n{BILL}"),
        (f"My portal password is {SECRET}. {BILL}", f"{MARK} {BILL}"),
        (f"{BILL}\nuser: rob77\npassword: {SECRET}\n{CALL}", f"{BILL}\n{MARK}\n{CALL}"),
        (f"12 Mill Road, Clinton. My portal password is {SECRET}", f"12 Mill Road, Clinton. {MARK}"),
        (
            f"Quiero saber quién vio mis datos. Mi contraseña de SmartHub es {SECRET}. Gracias por su ayuda.",
            f"Quiero saber quién vio mis datos. {MARK} Gracias por su ayuda.",
        ),
        (f"Mr. Ott wants a call back. His portal password is {SECRET}.", f"Mr. Ott wants a call back. {MARK}"),
        (f"{BILL} The verification code is 448812. {CALL}", f"{BILL} {MARK} {CALL}"),
    ],
)
def test_sentences_that_are_no_login_are_left(text: str, rest: str) -> None:
    assert left(text) == rest


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        (f"{CALL} My portal password is {SECRET}. I say it again, it is {SECRET}, with the mark.", "I say it again"),
        (f"{CALL} My portal password is {SECRET}. In small letters it is {SECRET.lower()} there.", "In small letters"),
        (f"My portal password is below. {CALL}\n{SECRET}", SECRET),
        (f"{CALL} My user name is rob77@mill.example there. The portal password is {SECRET}.", "rob77"),
        (f"{CALL} My portal password is kettle. I put the kettle first.", "kettle"),
        (f"{CALL} My PIN for the portal is 4471. They sent 4471 by mail.", "4471"),
        (f"{CALL}\nMy password is my dog's name and his birth year. John is what we call it.", "John"),
        (f"{CALL} My portal password in two parts: Thimble! is one. Then comes Gravel8 behind it.", "Gravel8"),
        (
            f"{CALL}\nIt's a word with 7 letters, the state bird, plus our route number. Bluebird? no that's 8. "
            "whatever: bluebird RR2, with my email for the electric",
            "RR2",
        ),
        ("R1: Aguascalientes. R2: la Chata. R3: 1983. Son mis respuestas en SmartHub.", "1983"),
        ("I'll put it in bits, my SmartHub password. hay. loft. 2. 0. 2. 0. That is all of it.", "hay"),
        ("svc addr,portal id,portal word\n9 Elm,tenant9,pineapple", "pineapple"),
    ],
)
def test_what_may_be_the_secret_or_a_part_of_it_goes_too(text: str, gone: str) -> None:
    assert gone not in left(text)


@pytest.mark.parametrize(
    "text",
    [
        f"{CALL} See https://rob:{SECRET}@portal.example/ui there. {BILL}",
        f"{CALL}\nAuthorization: Bearer a8Kd.02mmQz-77xK\n{BILL}",
        f"{CALL} My portal password is Thimble%21Gravel8. {BILL}",
        f"{CALL} My portal pa\u200bssword is {SECRET}. {BILL}",
        f"{CALL} My portal p\u0430ssword is {SECRET}. {BILL}",
        f"{CALL} My portal password is {SECRET}. It is \uff27ravel in wide letters there.",
        f"{CALL} My portal password is {SECRET}. It is spelled T h i m b l e there.",
        f"{BILL} " * 30 + f"My portal password is {SECRET}. " + f"{CALL} " * 30,
        f"My portal password is {SECRET}",
        f"Me dicen Ana. My portal password is {SECRET}. Thanks!",
    ],
)
def test_of_structure_of_hidden_words_and_of_what_is_too_long_nothing_is_left(text: str) -> None:
    assert left(text) == ""


def test_what_is_left_has_nothing_in_it_and_no_word_of_the_secret() -> None:
    tried = given = 0
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = f"{CALL}\n{row['text']}\n{BILL}"
        if "secret" not in row or scan(text, "web_form") is None:
            continue
        rest = left(text)
        assert row["secret"].casefold() not in rest.casefold(), row["id"]
        tried, given = tried + 1, given + (BILL in rest)
    assert tried > 250
    assert given > 0.8 * tried


def test_a_text_of_which_nothing_goes_is_as_it_came() -> None:
    for text in ("", " ", "\r\n\r\n a. b! c\n", f"{CALL}  {BILL}\n ", "x" * 30_000, "A?B.C " * 3):
        assert remainder.whole(text).text(frozenset(), MARK) == text
