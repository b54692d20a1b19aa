"""What is asked of a long text is answered as of a short one: words, parts, places, rows."""

import re
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.credentials import asked_for, codes, foreseen, large, learned, machine, naming, tables, tokens
from broker.credentials.caseless import lowered
from broker.credentials.learned import score
from broker.credentials.signs import between, of, sentences
from broker.credentials.tokens import Doc
from tests.unit.test_credentials_quick import TEXTS

FILLER = "The outage on Oct 19 lasted 3 hours at the mill, said Rita.\n" * 400
WORDS = st.lists(st.sampled_from(["pet", "pet2", "2pet", "x-pet", "pét", "carpet", "pet's", "Pet", "u", "mu", "_pet"]))


@given(st.text("aZ\u00c9\u00e9\u00d7\u00f7\u00df\u00ff\u00b5\u0130\u0416\u03a3 \ud800", max_size=12))
def test_a_text_is_lowered_as_it_always_is(text: str) -> None:
    assert lowered(text) == text.replace("\u0130", "i").lower()


@given(WORDS)
def test_a_word_stands_in_a_long_text_as_in_a_short_one(said: list[str]) -> None:
    short, long = Doc(" ".join(said), "web_form"), Doc(f"{FILLER} {' '.join(said)}", "web_form")
    assert len(short.text) < tokens.LONG <= len(long.text)
    for word in ("pet", "u", "pe", "pét", "carpet"):
        assert long.has_any(frozenset({word, "kettle"})) == short.has_any(frozenset({word, "kettle"}))


@pytest.mark.parametrize("filler", ["", FILLER])
def test_which_words_are_said(filler: str) -> None:
    doc = Doc(f"{filler}Forward the RESET mail", "web_form")
    assert doc.which(("reset", "magic", "forward", "recover", " the ")) == ["reset", "forward", " the "]


@given(st.text("codepin ", max_size=60))
def test_places_of_words_are_found_together(text: str) -> None:
    parts = ("code", "odd", "pin", "ppi", "de")
    found = list(foreseen.places(parts, text.encode()))
    assert found == sorted({match.start() for part in parts for match in re.finditer(f"(?={part})", text)})


def test_a_code_is_placed_in_a_long_text_as_in_a_short_one() -> None:
    said = "The code they texted to my phone: app, otp, texted."
    short, long = Doc(said, "web_form"), Doc(FILLER + said, "web_form")
    assert [at for at in codes._places(long) if at >= len(FILLER)] == [at + len(FILLER) for at in codes._places(short)]


def test_a_pattern_that_many_ask_for_is_looked_for_everywhere_at_last() -> None:
    pattern = re.compile(r"\bKettle \d")
    doc, at = Doc(f"{FILLER}Kettle 4 {FILLER}", "web_form"), len(FILLER)
    asked = len(doc.text) // tokens.SHARE // 4 - tokens.LONGEST_MATCH
    for count in range(1, 12):
        assert doc.near(pattern, at - asked + 1, at + 1) is True
        assert bool(doc._places) is (2 * count - 1 >= 4)
        assert doc.near(pattern, at + 1, at + asked + 1) is False


@given(st.text(',; "\tGravel9', max_size=24))
def test_only_a_row_of_two_words_stands_upright(rest: str) -> None:
    with patch.object(tables, "_UPRIGHT", found := Searched(tables._UPRIGHT)):
        tables._upright(f"password{rest}", "csv_upload")
    bare = rest.rstrip().rstrip(",;")
    if bare.count(",") + bare.count(";") == 1 and tables._UPRIGHT.match(f"password{rest}"):
        assert found.asked


class Searched:
    """A pattern that knows whether it was tried."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.asked = pattern, False

    def match(self, text: str) -> re.Match[str] | None:
        """Try the pattern."""
        self.asked = True
        return self.pattern.match(text)


def test_what_is_found_in_a_row_is_found_in_its_text() -> None:
    lines = ["a,b", "", "password,Gravel9"]
    start, end = tables._in_text(lines, 2, 9, 16)
    assert "\n".join(lines)[start:end] == "Gravel9"


@given(st.lists(st.sampled_from(TEXTS[:400]), min_size=1, max_size=3))
def test_a_passage_is_scored_by_all_its_signs(texts: list[str]) -> None:
    text = "\n".join(texts)
    passage = [sentence for _, _, sentence in sentences(Doc(text, "web_form").tokens, text)]
    said = [sentence for sentence in passage if sentence]
    signs = of(said)
    weights = sum(learned._WEIGHTS.get(sign, 0) for sign in signs)
    assert score(passage) == learned._BIAS + weights / (100 * max(1, len(signs)) ** 0.5)
    assert signs.issuperset(between(said))


def test_every_word_that_an_ask_is_looked_for_with_is_asked_for() -> None:
    assert {part for _, parts, *_ in asked_for._ASKS for part in parts} == set(asked_for._ASKED_WITH)


@pytest.mark.parametrize("word", ["portalpin", "upw", "claveluz", "pinhub", "kettle", "portal", "hubpins"])
def test_a_glued_name_is_cut_where_its_parts_are(word: str) -> None:
    cut = {"portalpin": ["portal", "pin"], "upw": ["u", "pw"], "claveluz": ["clave", "luz"], "pinhub": ["pin", "hub"]}
    assert naming._apart(word) == cut.get(word, [word])


@given(st.text("a:/@?#. ", max_size=24))
def test_what_signs_in_by_an_address_is_behind_its_scheme(rest: str) -> None:
    text = f"https://{rest}"
    if machine._USERINFO.search(text):
        assert machine._BEHIND_SCHEME.search(text)


def test_a_key_that_stands_a_thousand_times_stays_short() -> None:
    said = large._Pairs([("pw", number) for number in range(1_000)] + [("pw ", -1), ("id", -2)])
    assert list(said.values()) == [*range(1_000), -1, -2]
    assert {key.strip() for key in said} == {"pw", "id"}
    assert max(map(len, said)) <= len("pw") + 10
