"""A cheap look before a dear pattern hides nothing: wherever the pattern finds something, the look says so."""

import json
import re
import string
from collections.abc import Callable, Iterator
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.credentials import (
    cells,
    decode,
    engine,
    hints,
    joints,
    marks,
    pairs,
    phrases,
    structured,
    tables,
    tokens,
    words,
)
from broker.credentials.tokens import Doc
from broker.credentials.views import View, bag_of, words_of
from tests.fixtures.credentials import generate

TEXTS = [
    json.loads(line)["text"]
    for name in ("open", "open_third", "open_sixth", "open_tenth")
    for line in (generate.HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]

Look = Callable[[Doc], bool]
LOOKS: dict[str, tuple[Look, re.Pattern[str]]] = {
    "short keys": (
        lambda doc: doc.has_any(structured._WHOS) and doc.has_any(structured._WHATS),
        structured._SHORT,
    ),
    "initials": (lambda doc: doc.has_any(phrases._WHOS) and doc.has_any(phrases._WHATS), phrases._INITIALS),
    "twisted": (
        lambda doc: doc.has_any(hints._MAKES) or (doc.has_any(hints._BUT) and doc.has_any(hints._FOR)),
        hints._TWISTED,
    ),
    "letters": (lambda doc: hints._MAYBE_LETTERS.search(doc.text) is not None, hints._LETTERS),
    "said last": (lambda doc: doc.has_any(hints._NAMES_ONE), hints._SAID_LAST),
    "spelt last": (lambda doc: doc.has_any(hints._NAMES_ONE), hints._SPELT_LAST),
    "the same first": (lambda doc: doc.has_any(hints._SAMES), hints._SAME_FIRST),
    "pairs with a slash": (lambda doc: pairs._MAYBE_SLASH.search(doc.text) is not None, pairs._SLASH),
    "in a path": (lambda doc: joints._MAYBE_IN_PATH.search(doc.text) is not None, joints._IN_PATH),
}
# Texts full of what the patterns look for, so that each of them has something to find.
KEYS_OF_WHO = sorted(
    words.listed(
        "un us usr uid u username user_id userid usuario login loginid log-in log-inid sign-in sh_id shid shu shun "
        "shuser web_id webname web_user accweb accesoweb acc.web handle account_id sign-on_name signon_name hub_id "
        "web_name portal_user site_id uname"
    )
)
KEYS_OF_WHAT = sorted(
    words.listed(
        "pd wd pwd kw kwd pc pk ps p k x ct ctna ctña ctr ctrs ctrn ctrsn contra clv cl sh_pc shpw shpd sec secret "
        "secreto secreta word key phrase web_word webkey webpass web_pass palabra acceso code_word codeword keyword "
        "hub_pd portal_wd site_word hub_key p_word pword"
    )
)
MADE = [
    *(
        f"{who.replace('_', ' ')}: rob77, {what.replace('_', ' ')}: gravel9"
        for who, what in product(KEYS_OF_WHO, KEYS_OF_WHAT)
    ),
    *(f"{who}_x = rob77; {what}= gravel9" for who, what in product(("u", "UN", "e-mail", "id"), ("p", "PS", "clave"))),
    *(f"{who}= rob77 {what}: kettle" for who in phrases._WHOS for what in phrases._WHATS),
    *(f"it's Rob {start} the A for a 4, add one" for start in ("make", "change", "swap", "turn")),
    *(f"Gravel {but} a 4 {there} the a" for but in ("with", "but", "except", "con") for there in hints._FOR),
    "Gravel with a 4 instead of the a",
    "Gravel con un 4 en vez de la a",
    "G, r, a-v e l, then l",
    "G and r and a and v",
    "my dog and the year is the pin",
    "el nombre del perro es la clave",
    "the same old password as the bank",
    "uses his usual pin for it",
    "id/rob77/pw/Gravel9",
    "/id/rob77/pw/Gravel9",
    "rob77 - Gravel9",
    "rob77 / Gravel9",
    "rob77:Gravel9",
    "rob77\\Gravel9",
    "70 77 3a 20 47 72 61 76 65 6c",
    "70:77:3a:20:47:72:61:76:65:6C",
    "70773a2047726176",
]


def _found(name: str) -> Iterator[tuple[bool, str]]:
    look, pattern = LOOKS[name]
    for text in (*TEXTS, *MADE, *map(str.upper, MADE)):
        doc = Doc(text, "web_form")
        if doc.search(pattern) is not None:
            yield look(doc), text


@pytest.mark.parametrize("name", LOOKS)
def test_where_a_pattern_finds_something_the_look_says_so(name: str) -> None:
    found = list(_found(name))
    assert found, "this pattern found nothing: it needs a text"
    assert [text for said, text in found if not said] == []


@pytest.mark.parametrize("name", ["short keys", "initials"])
def test_each_key_that_a_pattern_knows_is_looked_for(name: str) -> None:
    _look, pattern = LOOKS[name]
    texts = MADE[: len(KEYS_OF_WHO) * len(KEYS_OF_WHAT)] if name == "short keys" else MADE
    read = sum(pattern.search(text) is not None for text in texts)
    assert read > (0.95 * len(texts) if name == "short keys" else len(phrases._WHOS) * len(phrases._WHATS) * 0.9)


def test_a_look_spares_most_texts_the_pattern() -> None:
    clean = "The outage on Oct 19 lasted three hours at the mill. Thanks, Rita."
    assert [name for name, (look, _pattern) in LOOKS.items() if look(Doc(clean, "web_form"))] == []


SIGNS = st.text(alphabet=string.ascii_letters[:6] + "09_-+/=: .,\nñÀ", max_size=60)


@given(SIGNS)
def test_any_text_is_looked_at_as_the_patterns_read_it(text: str) -> None:
    doc = Doc(text, "web_form")
    for name, (look, pattern) in LOOKS.items():
        assert look(doc) or doc.search(pattern) is None, name


@given(st.text(max_size=80))
def test_a_bag_holds_each_run_of_letters_and_digits(text: str) -> None:
    lower = text.lower()
    assert bag_of(lower) == frozenset(re.findall(r"[^\W_]+", lower))
    assert words_of(lower) == frozenset(re.findall(r"[^\W\d_]+", lower))
    assert View(text).bag == bag_of(lower)


def test_people_are_known_by_how_their_words_begin() -> None:
    for word in words.PEOPLE:
        assert Doc(f"It is my {word}, Rex", "web_form").has_any(hints._PEOPLE), word


ROWS = ["password,Gravel9", 'pin ; "4471" ;;', "password,Gravel9,", "a,b,c", "password", ",,", "pw,abc;  ", "é ,abc,;"]


@pytest.mark.parametrize("row", ROWS)
def test_two_cells_are_counted_as_the_pattern_counts_them(row: str) -> None:
    two = tables._UPRIGHT.match(row) is not None
    bare = row.rstrip().rstrip(",;")
    assert (bare.count(",") + bare.count(";") == 1) or not two


def test_no_length_of_base64_is_one_more_than_fours() -> None:
    assert [decode.from_base64("A" * length) for length in (5, 9, 13, 17)] == ["", "", "", ""]
    assert decode.from_base64("cHc6IEdyYXZlbDk=") == "pw: Gravel9"


@given(st.text(alphabet=string.ascii_letters, min_size=1, max_size=70))
def test_letters_alone_are_marked_as_any_word_is(word: str) -> None:
    assert marks._bare(word) == marks._dressed(word, marks._Named())


def test_each_word_of_ours_is_marked_the_same_both_ways() -> None:
    ours = [word for word in marks._PUBLIC if word.isascii() and word.isalpha()]
    assert len(ours) > 1000
    for word in ours:
        for spelling in (word, word.title(), word.upper()):
            assert marks._bare(spelling) == marks._dressed(spelling, marks._Named()), spelling


def test_a_word_of_figures_is_marked_as_it_would_be_alone() -> None:
    """Of words that differ in their figures alone one is marked; figures that stand for letters (`p@55`) are none."""
    words_there = {word for text in TEXTS for word in re.findall(r"[^\s|]+", text)}
    words_there |= {"P@55:", "pa$5", "pin-4471", "40917733,ER1104477,01/02/2026", "01:00,4.123,actual", "x-1", "1+1=2"}
    stamped = {"2025-01-01T00:15,0.22,kWh", "2025-12-31T23:45:00Z,4,actual", "AM4,2026-02-03T04:05:06.25-06:00,4.4"}
    stamped |= {f"2026-04-{day:02}T{day:02}:45:0{day % 7}Z;{day}.7" for day in range(1, 25)}
    touched = {"x2025-01-01T00:00", "2025-01-01T00:00pw", "2025-01-01T00", "p@5T5", "pw:2025-01-01T00:0045"}
    words_there |= stamped | touched
    alike = {word: shape for word in sorted(words_there) if (shape := marks._alike(word)) is not None}
    found = {word: marks._of_figures(word, marks._of_word(shape, marks._Named())) for word, shape in alike.items()}
    assert len(found) > len(set(alike.values())) > 20
    assert {word: made for word, made in found.items() if made != marks.mark(word)} == {}
    assert not found.keys() & {"P@55:", "pa$5", *touched - {"pw:2025-01-01T00:0045"}}
    assert found.keys() >= stamped - {"AM4,2026-02-03T04:05:06.25-06:00,4.4"}


@pytest.mark.parametrize("part", ["password", " us ", "sign-in", "://", "@", "contraseña", "by itself", "logged"])
def test_a_long_text_says_what_stands_in_it_and_nothing_else(part: str) -> None:
    filler = "The outage on Oct 19 lasted 3 hours at the mill, said Rita.\n" * (1 + tokens.LONG // 60)
    assert len(filler) >= tokens.LONG
    assert not Doc(filler, "web_form").says(part, "kettle")
    for text in (f"{filler}x{part}y", f"{part.upper()}{filler}", filler.replace("Rita", part, 1)):
        assert Doc(text, "web_form").says("kettle", part)
    assert not Doc(f"{filler} {part[:-1]}", "web_form").says(part) or len(part) == 1


@pytest.mark.parametrize(("text", "table"), [
    ("name,what she said\nrita,my pin is 4471 for it\njoe,nothing\n", True),
    ("a;b\nc;d\n\nno sign here", True),
    ("Dear all, we met.\nIt rained, it snowed, it hailed.\nThe mill was shut.\nNo one came.\n", False),
    ("", False),
])  # fmt: skip
def test_a_table_has_as_many_signs_in_each_line_and_prose_has_not(text: str, *, table: bool) -> None:
    assert cells._is_table(text) is table
    assert cells._is_table(text.replace(",", "\t")) is table


def test_of_a_page_no_cells_are_read_that_a_table_of_its_length_has() -> None:
    def read(text: str) -> list[str]:
        return [each.text for each in cells.of_cells(View(text))]

    said, row = "log in as rob with gravel nine", "rita west,it was a dry summer here\n"
    table = "who,what she said of the pin\n" + row * 20 + f"joe,{said}\n"
    page = (
        "The mill was shut and nobody came to open it up for them.\n" * 12 + f"We met, {said}, then left the pin out.\n"
    )
    assert len(table) <= cells.SHORT
    assert len(page) <= cells.SHORT
    assert said in read(table)[0]
    assert read(page) == []
    # Of a long one those lines are a table's that have as many commas as a line beside them.
    assert read(page * 3) == []
    assert "and left the pin out" in read(page * 3 + "We met, and left the pin out,\n" * 2)[0]


@pytest.mark.parametrize(
    ("text", "inlet"),
    [
        ('Town,"Pw" of those who have paid and of those who have not\n7741,Gravel9\n7742,Gimlet9\n', "web_form"),
        ('Town,"Clave" as it is on the bill of the month we sent\nMill,Ava,Gravel9\nOzark,Ava,Gimlet9\n', "csv_upload"),
    ],
)
def test_what_stands_behind_a_cell_in_quotes_hides_no_heading(text: str, inlet: str) -> None:
    found = engine.scan(text, inlet)
    assert found is not None
    assert found.rule == "table.column"


@pytest.mark.parametrize(("said", "heading"), [(4, True), (5, False)])
def test_a_heading_is_cells_of_a_few_words(said: int, *, heading: bool) -> None:
    line = f"mill,{' '.join(['the'] * (said - 1))} password"
    for each in (line, line.replace(",", "  ")):
        assert (tables._heading(each, tables.MAX_ROW) is not None) is heading
