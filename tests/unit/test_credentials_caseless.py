"""Patterns over lower case find what they find over the text; words of strangers are kept nowhere."""

import importlib
import json
import pkgutil
import re
import sys
from collections.abc import Iterator

import pytest

import broker.credentials
from broker.credentials import foreseen, labels, marks, scan, signs, tokens
from broker.credentials.caseless import are_rare, changed, lowered, twin
from broker.credentials.pairs import PLACE, TALK, is_placed, talks
from broker.credentials.tokens import Doc
from tests.fixtures.credentials import generate

TEXTS = [
    json.loads(line)["text"]
    for name in ("open", "open_second", "open_sixth")
    for line in (generate.HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
][::4]
ODD = ["PASSWORD İstanbul9 contraseña CLAVE", "ΑΣ ΟΔΟΣ Log In", "Straße ẞ SIGN IN with Ñandú7", "PİN: 4471 ﬀ"]


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.iter_modules(broker.credentials.__path__):
        for name, value in vars(importlib.import_module(f"broker.credentials.{module.name}")).items():
            for number, each in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(each, re.Pattern) and each.flags & re.IGNORECASE:
                    yield f"{module.name}.{name}.{number}", each


def test_each_pattern_finds_the_same_in_lower_case() -> None:
    compared = 0
    for name, pattern in _patterns():
        lower = twin(pattern)
        if lower is None:
            assert "(?-i:" in pattern.pattern, name
            continue
        compared += 1
        for text in TEXTS[:: 1 if compared % 20 == 0 else 7]:
            assert [found.span() for found in pattern.finditer(text)] == [
                found.span() for found in lower.finditer(lowered(text))
            ], name
    assert compared > 100


@pytest.mark.parametrize("text", ODD)
def test_a_lowered_text_keeps_each_place(text: str) -> None:
    assert len(lowered(text)) == len(text)
    assert scan(f"{text}\npassword: Gravel9", "web_form") is not None


def test_a_letter_that_has_two_in_lower_case_keeps_the_first() -> None:
    assert lowered("PASSW\u0130RD \u00c4") == "passwird \u00e4"


def test_a_twin_asks_for_no_case() -> None:
    for pattern in (re.compile("(?i)pin"), re.compile("PIN", re.IGNORECASE)):
        made = twin(pattern)
        assert made is not None
        assert not made.flags & re.IGNORECASE  # it would find the same in three times the time
        assert made.search("my pin") is not None


def test_a_pattern_in_which_case_counts_somewhere_has_no_twin() -> None:
    assert twin(re.compile(r"(?i)say (?-i:[A-Z]+)")) is None
    assert twin(re.compile(r"PIN")) is None


def test_escapes_and_names_of_groups_keep_their_letters() -> None:
    made = twin(re.compile(r"(?i)\bPIN\W+(?P<Value>\S+)\D(?P=Value)"))
    assert made is not None
    found = made.search("my pin: 4471 4471")
    assert found is not None
    assert found["Value"] == "4471"


def test_the_cheap_question_never_denies_what_the_dear_one_finds() -> None:
    asked = 0
    for text in TEXTS:
        doc = Doc(text, "web_form")
        for cheap, dear in ((talks, TALK), (is_placed, PLACE)):
            found = dear.search(text) is not None
            asked += found
            assert cheap(doc) == found, text
    assert asked > 100


def test_no_strangers_word_outlives_its_text() -> None:
    scan("My PASSWORD is Zanzibarkettle, and the Qwxlopper of Ott's mill; the the, The", "web_form")
    kept = " ".join(marks._public).lower()
    assert "the" in kept
    scan("the!! 'the' The? (THE THE: winter!!", "web_form")
    assert {each for each in marks._public if each.lower().strip("!?'(:.,") == "the"} <= {
        each + sign for each in ("the", "The", "THE") for sign in ("", ",", ".", ":")
    }
    assert "zanzibar" not in kept
    assert "qwxlopper" not in kept


def test_of_a_long_text_nothing_is_kept_but_what_is_our_own() -> None:
    filler = "The outage on Oct 19 lasted 3 hours at the mill, said Rita.\n" * 50
    sizes = set()
    for word, number in (("Zanzibar", 1), ("Qwxloppe", 2), ("Ottermil", 3)):
        text = f"{filler}{word} said: my password is {number}:00, and {word}{number}\n"
        assert len(text) > tokens.LONG
        scan(text, "email_reply")
        sizes.add(
            (
                tokens._run_of.cache_info().currsize,
                len(foreseen._known),
                foreseen._runs.cache_info().currsize,
                len(marks._public),
                len(labels._of_ours),
                len(signs._of_ours),
            )
        )
    assert len(sizes) == 1


@pytest.mark.parametrize(
    ("text", "each", "made"),
    [
        ("kettle", {}, "kettle"),
        ("kettle", {"t": "d", "k": ""}, "eddle"),
        ("kettle", {"e": "ee"}, "keettlee"),
        ("kettle", {"e": "t", "t": "e"}, "kteelt"),
        ("kettle", {"k": "le", "l": "p"}, "leettpe"),
        ("".join(map(chr, range(0x400, 0x429))), {chr(code): "x" for code in range(0x400, 0x429)}, "x" * 41),
        ("k\u0400" + "e" * 40, {chr(code): "x" for code in range(0x400, 0x429)} | {"k": "t"}, "tx" + "e" * 40),
        (
            "k\u0400 \u0427" + "e" * 40,
            {chr(code): chr(code + 1) for code in range(0x400, 0x429)},
            "k\u0401 \u0428" + "e" * 40,
        ),
    ],
)
def test_characters_are_changed_all_at_once(text: str, each: dict[str, str], made: str) -> None:
    assert changed(text, each) == made


def test_of_all_characters_one_is_longer_in_lower_case() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    assert [char for char in every if len(char.lower()) != 1] == ["\u0130"]
    assert lowered("".join(every)) == "".join(char.lower()[0] for char in every)


@pytest.mark.parametrize(
    ("text", "coding", "rare"),
    [
        ("a" * 15 + "\u0436", "ascii", True),
        ("a" * 14 + "\u0436", "ascii", False),
        ("a" * 28 + "\u0436" * 4, "ascii", True),  # one run of them, and so little work
        ("a" * 12 + "\u0436" * 4, "ascii", True),
        ("\u0436a" * 20, "ascii", False),
        ("\u00e9a" * 20, "latin-1", True),
        ("a" * 20 + "????", "latin-1", True),
        ("", "ascii", True),
    ],
)
def test_runs_of_what_a_coding_lacks_are_rare(text: str, coding: str, rare: bool) -> None:
    assert are_rare(text, coding) is rare
