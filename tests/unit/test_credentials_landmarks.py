"""What stands in every find of a pattern: around that alone is a long text searched, and nothing is missed."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator

import pytest

import broker.credentials
from broker.credentials import caseless, tokens
from broker.credentials.landmarks import BESIDE, FAR, Landmarks, landmarks, stretches
from broker.credentials.tokens import Doc
from tests.environment import ROOT
from tests.fixtures.credentials import generate

LINES = [
    json.loads(line)["text"]
    for name in ("open", "open_third", "open_sixth", "open_tenth")
    for line in (generate.HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")[:6_000]
MANY = [f"{one}{two}kettle" for one in "abcdefgh" for two in "abcdefgh"]  # as many as are looked for


def _of(*words: str, before: int = 0, behind: int = 0) -> Landmarks:
    return Landmarks(frozenset(words), before, behind)


@pytest.mark.parametrize(
    ("pattern", "read"),
    [
        ("kettle", _of("kettle")),
        ("KeTTle", _of("kettle")),
        (r"\bkettle\d{2,4}", _of("kettle", behind=4)),
        (r"\d{1,3} kettle!?", _of(" kettle", before=3, behind=1)),
        ("kettle|pan{2}", _of("kettle", "pa", behind=2)),
        (r"kettle|\d", None),
        ("kettl[eé]s", _of("kettles", "kettlés")),
        ("k[a-z]ttle", _of("ttle", before=2)),
        ("(?:red|blue) pan", _of(" pan", before=4)),
        ("(?:reddish|bluish) p?", _of("reddish", "bluish", behind=2)),
        ("(?:kettle)?x", None),
        ("(?:kettle)?pan", _of("pan", before=6)),
        ("(?:kettle){1}", _of("kettle")),
        ("(?:kettle)+", _of("kettle", before=FAR, behind=FAR)),
        (r"\w+ kettle", _of(" kettle", before=FAR)),
        (r"kettle\w*", _of("kettle", behind=FAR)),
        (r"(?>kettle|pan)\d", _of("kettle", "pan", behind=1)),
        ("(?=kettle)(?!pan)(?<=x)k", None),
        (r"(pan)=\1", _of("pan", behind=4)),
        ("[xyz][xyz]pan", _of(*(f"{one}{two}pan" for one in "xyz" for two in "xyz"))),
        ("[xyz][wxyz]pan", _of(*(f"{sign}pan" for sign in "wxyz"), before=1)),
        ("[vwxyz][ab]pan", _of("apan", "bpan", before=1)),
        (f"(?:{'|'.join(MANY)}) pot", _of(*MANY, behind=4)),
        (f"(?:{'|'.join(MANY)}|ovenkettle) pot", _of(" pot", before=10)),
        ("a|b", None),
        (r"[^\n]+", None),
    ],
)  # fmt: skip
def test_what_no_find_is_without_is_read_off_its_pattern(pattern: str, read: Landmarks | None) -> None:
    assert landmarks(re.compile(pattern)) == read


def test_of_a_pattern_it_is_read_once() -> None:
    pattern = re.compile("kettle")
    assert landmarks(pattern) is landmarks(pattern)


@pytest.mark.parametrize(
    ("at", "length", "found"),
    [
        ({"pan": [300]}, 2_000, [(295, 300 + 3 + 7 + BESIDE)]),
        ({"pan": [0]}, 2_000, [(0, 3 + 7 + BESIDE)]),
        ({"pan": [1_990]}, 2_000, [(1_985, 2_000)]),
        ({"pan": [10, 40], "pot": [20]}, 2_000, [(5, 40 + 3 + 7 + BESIDE)]),
        ({"pan": [10], "pot": [220]}, 2_000, [(5, 430)]),  # they meet
        ({"potsherds": [10], "pan": [12]}, 2_000, [(5, 226)]),  # one lies within the other
        ({"pan": [10, 205, 395]}, 1_000, [(5, 605)]),  # 600 of 1,000 characters
        ({"pan": [10, 205, 396]}, 1_000, None),
        ({"pan": [10], "pot": [1_000]}, 2_000, [(5, 220), (995, 1_210)]),
        ({}, 2_000, []),
        ({"pan": None}, 2_000, None),
    ],
)
def test_around_each_of_them_a_stretch_is_searched(
    at: dict[str, list[int] | None], length: int, found: list[tuple[int, int]] | None
) -> None:
    marks = _of("pan", "pot", "potsherds", before=5, behind=7)
    lines = "\n" * length  # where each sign ends a line a stretch ends where it may
    assert stretches(marks, lambda word: at.get(word, []), lines) == found


def test_a_stretch_ends_with_a_line() -> None:
    text = f"pan {'x' * 300}\n{'y' * 600}\nz"
    assert stretches(_of("pan"), {"pan": [0]}.get, text) == [(0, 304)]
    assert stretches(_of("pan"), {"pan": [310]}.get, text) is None  # to its end the text is one line
    assert stretches(_of("pan"), {"pan": [0, 302]}.get, text.replace("y", "\n")) == [(0, 505)]
    closed = re.compile(r"(?m)pan[^\n]*$")
    doc = Doc(f"{'the outage lasted\n' * 200}pan {'x' * 2_000}\nlast", "web_form")
    assert [match.span() for match in doc.finditer(closed)] == [match.span() for match in closed.finditer(doc.text)]


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    for module in pkgutil.iter_modules(broker.credentials.__path__):
        for name, value in vars(importlib.import_module(f"broker.credentials.{module.name}")).items():
            for number, each in enumerate(value if isinstance(value, tuple) else (value,)):
                if isinstance(each, re.Pattern):
                    yield f"{module.name}.{name}.{number}", each


@pytest.mark.parametrize("between", ["\n", "\n\n" + PAGE + "\n\n"])
def test_in_a_long_text_each_pattern_finds_what_it_finds_everywhere(between: str) -> None:
    texts = [between.join(LINES[at : at + 12]) for at in range(0, len(LINES), 240 if between == "\n" else 2_400)]
    docs = [Doc(text, "web_form") for text in texts]
    assert len(texts) >= 3
    compared = found_there = spared = 0
    for name, pattern in _patterns():
        quick = caseless.twin(pattern) or pattern
        compared += 1
        for doc in docs:
            text = doc.text if quick is pattern else doc.lower
            found = [match.span() for each in doc._stretches(quick) for match in quick.finditer(text, *each)]
            assert found == [match.span() for match in quick.finditer(text)], name
            found_there += len(found)
            spared += doc._stretches(quick) != [(0, len(text))]
    assert compared > 300
    assert found_there > 10_000
    assert spared > compared * len(docs) // 3


@pytest.mark.parametrize("where", [0, 3_000, 6_000])
def test_a_long_text_is_asked_as_a_short_one_is(where: int) -> None:
    pattern = re.compile(r"(?i)\b(?:kettle|pan) (\d+)")
    filler = "The outage on Oct 19 lasted 3 hours at the mill, said Rita.\n" * 101
    text = f"{filler[:where]} Kettle 44 {filler[where:]}"
    doc = Doc(text, "web_form")
    assert len(text) > tokens.LONG
    (match,) = doc.finditer(pattern)
    assert doc.said(match, 1) == "44"
    found = doc.search(pattern)
    assert found is not None
    assert found.span() == match.span()
    assert doc.search(pattern, match.start()) is not None
    assert doc.search(pattern, match.start() + 1) is None
    assert doc.near(pattern, match.start(), match.start() + 1)
    assert not doc.near(pattern, match.start() + 1, len(text))
    assert Doc(filler, "web_form").search(pattern) is None


@pytest.mark.parametrize(("times", "told"), [(31, True), (32, False)])
def test_a_word_that_stands_everywhere_is_not_worth_telling(times: int, *, told: bool) -> None:
    text = "kettle " * times + "x" * (tokens.EACH * 31 + tokens.EACH // 2 - 7 * times)
    doc = Doc(text, "web_form")
    assert len(text) // tokens.EACH == 31
    assert doc._stands("kettle") == ([7 * at for at in range(times)] if told else None)
    assert doc._stands("pan") == []
