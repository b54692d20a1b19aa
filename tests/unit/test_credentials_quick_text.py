"""Texts that are read the short way are read as they are the long way: signs, sentences, what is said again."""

import html
import itertools
import re
from html.entities import html5
from unittest.mock import patch

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from broker.credentials import asks, cells, codes, large, learned, pairs, scan, tokens, views
from broker.credentials.signs import Sentence
from broker.credentials.tokens import Doc
from broker.credentials.views import View, closed_up, rewrite, strange, unquoted
from tests.environment import ROOT
from tests.unit.test_credentials_quick import TEXTS

PAGES = [
    (ROOT / "docs" / name).read_text(encoding="utf-8")[:12_000]
    for name in ("operating.md", "install.md", "threat-model.md")
]
MESSAGES = ["\n\n".join(TEXTS[at : at + 60]) for at in range(0, 3_000, 300)]
# Rows in paragraphs of one to seventy, and lines of digits that stand alone.
ROWS = "\n\n".join(
    "\n".join(f"2025-01-{day:02}T0{day % 9}:15,{day}.25,kWh 4 4 4 4, 1 . 7; 33" for day in range(count % 70))
    for count in range(1, 300, 7)
)
FILLER = "The outage on Oct 19 lasted 3 hours at the mill, said Rita.\n" * 30


@given(st.text("ab\n\t\r ~\x00\x1f\x7f\x80é\u200b中\ud800", max_size=40))
def test_strange_is_what_ascii_does_not_print(text: str) -> None:
    assert strange(text) == set(re.findall(r"[^\n\t\r -~]", text))


def test_a_surrogate_that_stands_alone_is_in_the_bag() -> None:
    lower = "kettle \ud800pan é\u2019s"
    assert views.bag_of(lower) == frozenset(re.findall(r"[^\W_]+", lower))
    assert views.words_of(lower) == frozenset(re.findall(r"[^\W\d_]+", lower))


@pytest.mark.parametrize(
    ("change", "made", "back"),
    [
        ({"a": "a"}, "one a two a", (4, 5)),  # nothing changes: the view itself
        ({"a": "b"}, "one b two b", (4, 5)),
        ({"a": "xyz"}, "one xyz two xyz", (4, 5)),
        ({"a": ""}, "one  two ", (4, 6)),
    ],
)
def test_a_view_is_rewritten_where_it_changes(change: dict[str, str], made: str, back: tuple[int, int]) -> None:
    view = View("one a two a")
    after = rewrite(view, re.compile("a"), lambda match: change[match[0]])
    assert after.text == made
    assert (after is view) is (made == view.text)
    at = made.index(" ", 4) if made == "one  two " else 4
    assert after.back(4, 5) == back if made != "one  two " else after.back(at, at + 1) == (5, 6)
    assert rewrite(View(""), re.compile("a"), lambda _match: "b").text == ""


def test_what_is_left_out_at_the_end_leads_back() -> None:
    after = rewrite(View("kettle 44>"), re.compile(">"), lambda _match: "")
    assert after.text == "kettle 44"
    assert after.back(7, 9) == (7, 9)


def test_letters_that_stand_apart_are_read_as_dressed_also_where_they_stay_apart() -> None:
    read = [(view.text, view.dressed) for view in closed_up(View("web p.a.n, k.e.t.t.l.e"))]
    assert read == [("web p.a.n, k.e.t.t.l.e", True), ("web p.a.n, kettle", True)]


def test_marks_of_quoted_mail_and_of_steps_keep_each_place() -> None:
    text = "> one\n> > two\n- 03Open Billing now\n...x>y"
    view = unquoted(View(text))
    assert view.text == "  one\n    two\n- 03Open Billing now\n...x>y".replace("03", "  ")
    assert len(view.text) == len(text)
    at = view.text.index("Billing")
    assert view.back(at, at + 7) == (at, at + 7)


OVERLAPPING = re.compile(pairs._SLASH.pattern.replace("(?=([^", "(?:([^"))


def _step_by_step(text: str) -> list[tuple[str | None, ...]]:
    found, match = [], OVERLAPPING.search(text)
    while match is not None:
        found.append(match.groups())
        match = OVERLAPPING.search(text, match.start(3))
    return found


@given(st.text("ab7R  /:|-.@+;,\n_$", max_size=60))
def test_the_second_half_of_a_pair_may_be_the_first_of_the_next(text: str) -> None:
    assert [match.groups() for match in pairs._SLASH.finditer(text)] == _step_by_step(text)


def test_pairs_are_found_in_a_row() -> None:
    found = [match.groups() for match in pairs._SLASH.finditer("web / rob77 / Gravel9!")]
    assert found == [("web", " / ", "rob77"), ("rob77", " / ", "Gravel9!")]


PLAIN_DIGITS = re.compile(
    r"(?<![\w.$#/,-])(?<!\d\) )(\d{4,8}|\d{3}[ -]\d{3,4}|\d{2}(?:[ -]\d{2}){2,3}|[A-Z]{1,2}-\d{5,7})(?![\w/%-]|[.,]\d)"
)


@given(st.text("0123456789 -ABx.,)($#/%_\n５", max_size=26))
def test_digits_are_found_as_without_the_short_way(text: str) -> None:
    both = [[(m.span(), m.span(1)) for m in each.finditer(text)] for each in (PLAIN_DIGITS, codes._DIGITS)]
    assert both[0] == both[1]


@pytest.mark.parametrize("text", [*PAGES, *MESSAGES, "web_note: " + "\n\n".join(PAGES[0].split("\n\n")[::-1]), ROWS])
def test_of_a_letter_the_short_paragraphs_are_cut_as_all_of_it_is(text: str) -> None:
    doc = Doc(text, "email_reply")
    assert learned._is_long(doc.tokens)
    short = list(learned._short_paragraphs(doc))
    assert short == list(learned._paragraphs(doc, learned._parts(doc)))
    assert len(short) >= 4


@pytest.mark.parametrize(("words", "long"), [(40, False), (41, False), (42, True)])
def test_words_are_long_where_they_have_surely_more_signs_than_are_read_as_one(words: int, long: bool) -> None:
    assert learned.WHOLE == 40
    assert learned._is_long(Doc("kettle, 4 " * words, "web_form").tokens) is long


def test_a_paragraph_of_forty_words_behind_a_forms_name_is_read() -> None:
    text = "note: " + "kettle " * 40 + "\n\n" + "word " * 700
    ((first, *more),) = learned._short_paragraphs(Doc(text, "web_form"))
    assert len(first[2]) == 40
    assert more == []


def test_what_is_said_again_is_one_sentence_and_scored_once() -> None:
    said = "The meter shows 44 at the mill, said the clerk.\n"
    doc = Doc(said * 12 + "A lantern burns at the barn of the clerk.\n", "email_reply")
    parts = learned._parts(doc)
    assert len({id(each) for _, _, each in parts}) == 2
    scored: list[Sentence] = []

    def score(passage: list[Sentence]) -> float:
        scored.extend(passage)
        return -1

    with patch.object(learned, "score", score):
        assert learned.found(doc) is None
    assert 0 < len(scored) < 12


def test_an_ask_is_found_however_often_another_is_said() -> None:
    honest = "We never ask for the password of your portal. "
    asked = "Please send us your SmartHub password."
    found = asks.asks(Doc(honest * 50 + asked, "email_reply"))
    assert found is not None
    assert found[0] >= len(honest) * 50


def test_more_asks_than_could_be_checked_are_taken_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f" Did you get the password number {number} by mail?" for number in range(6)]
    monkeypatch.setattr(asks, "MOST_ASKED", 4)
    monkeypatch.setattr(asks, "_in_sentence", lambda _sentence, _inlet: None)
    assert asks.asks(Doc("".join(lines[:4] * 9), "email_reply")) is None
    found = asks.asks(Doc("".join(lines), "email_reply"))
    assert found is not None
    assert found[0] == len("".join(lines[:4]))


def test_a_title_ends_no_sentence() -> None:
    found = asks.asks(Doc("Could you tell Mr. Ott's office your SmartHub password?", "email_reply"))
    assert found == asks.asks(Doc("Could you tell Mr  Ott's office your SmartHub password?", "email_reply"))
    assert found is not None


@pytest.mark.parametrize(
    "said", ["I added you as an additional user on my SmartHub", "she left the portal open on my phone so you can look"]
)
@pytest.mark.parametrize("before", ["", FILLER])
def test_what_is_handed_over_is_found_in_a_long_text_too(said: str, before: str) -> None:
    finding = scan(f"{before}{said}", "email_reply")
    assert finding is not None
    assert finding.kind == "access"


@given(st.text("pin.!?\n sb", max_size=60))
def test_a_sentence_with_a_thing_is_cut_as_all_sentences_are(text: str) -> None:
    every = [match.span() for match in asks._SENTENCE.finditer(text)]
    places = [match.start() for match in asks.THING.finditer(text)]
    wanted = [(start, end) for start, end in every if any(start <= place < end for place in places)]
    assert [match.span() for match in asks._with_a_thing(View(text))] == wanted


@pytest.mark.parametrize(
    ("page", "read"),
    [
        ("a<!-- b -->c", "a  b  c"),
        ("<b>x</b> --> y", "x   y"),
        ("<b>bold</b> <!--", "bold  "),
        ("a <- b, a -- b, <!- c", "a <- b, a -- b, <!- c"),
    ],
)
def test_remarks_of_a_page_end(page: str, read: str) -> None:
    assert large._undone(page) == read


@pytest.mark.parametrize("part", ["kettle", "contraseña", "sign-in"])
def test_of_a_vast_vocabulary_parts_are_looked_for_together(part: str) -> None:
    vast = " ".join("".join(each) for each in itertools.product("bcdf", repeat=8))
    assert len(vast) > tokens.VAST
    parts = ("lantern", "barn", "creek", part)
    assert not Doc(vast, "web_form").says(*parts)
    assert Doc(f"{vast} x{part.title()}y", "web_form").says(*parts)
    assert Doc(f"{vast} x{part}y", "web_form").says(part)


# Letters that hide and letters that do not, near each other and apart.
DRESS = "pass \u00ad\u200b\u0430\u03bb\uff50\uff41é中\u2019.\n"


@given(st.text(DRESS, max_size=40))
def test_a_text_hides_its_words_where_any_part_of_it_does(text: str) -> None:
    assert views.is_dressed(text) is (views._DRESSED.search(text) is not None)
    assert views.is_dressed(f"{text}é") is (views._DRESSED.search(f"{text}é") is not None)


@pytest.mark.parametrize("between", [" ", "\n", "\n\n" + FILLER, " and " * 60])
def test_of_a_long_text_those_numbers_are_asked_that_stand_by_what_could_be_about_a_code(between: str) -> None:
    rows = ("code 4471", "AM51180446 12 34 56 78", "44 71 20 one-time", "9.50, 118 042", "sent 12345678 kWh", "phone")
    text = between.join(rows[at % 6] for at in range(90))
    doc = Doc(text, "email_reply")
    talk = codes._places(doc)
    assert len(talk) > 30
    near = [
        match.span(1)
        for match in codes._DIGITS.finditer(text)
        if any(match.start(1) - codes.BEHIND <= at <= match.end(1) + codes.BEFORE for at in talk)
    ]
    asked = [match.span(1) for match in codes._numbers(doc, talk)]
    assert len(near) > 20
    assert [span for span in asked if span in set(near)] == near
    assert asked == sorted(set(asked))


def test_numbers_far_from_any_talk_are_not_asked() -> None:
    text = f"code 4471\n{FILLER}5582\n{FILLER}" * 9
    doc = Doc(text, "email_reply")
    assert {match[1] for match in codes._numbers(doc, codes._places(doc))} == {"4471"}
    assert list(codes._numbers(doc, [])) == []


LETTERS = "\n".join("\n\n".join(TEXTS[at : at + 60]) for at in range(0, 9_000, 300))


@pytest.mark.parametrize("inlet", ["email_reply", "csv_upload"])
def test_of_a_long_text_the_sentences_around_a_place_say_what_all_of_them_say(inlet: str) -> None:
    text = f"note: {LETTERS}"
    assert len(text) > 2 * tokens.PAGES
    places = [match.start() for match in re.finditer(r"\bpass\w*", text)][::4]
    around, whole = Doc(text, inlet), Doc(text, inlet)
    assert len(learned._parts(whole)) > 2 * len(learned._parts_around(around, places[9]))
    said = [learned.denies(around, at) for at in (0, *places, len(text) - 1)]
    assert around.sentences is None
    assert said == [learned.denies(whole, at) for at in (0, *places, len(text) - 1)]
    assert {True, False} == set(said)


def test_around_a_place_as_much_is_cut_as_says_anything() -> None:
    figures = "4471 20, 3 | 7\n" * 3_000
    text = f"{figures}my password is Gravel9\n{figures}"
    doc = Doc(text, "csv_upload")
    at = text.index("Gravel9")
    assert sum(part[2].counted[0] for part in learned._parts_around(doc, at)) < learned.SPOKEN
    assert learned._parts_around(doc, at) == learned._parts(doc)  # nothing less says enough
    assert learned.denies(doc, at) is False


@pytest.mark.parametrize(
    "text", [*PAGES, *MESSAGES, "note,pass word\n" * 400, "a b, my pin is x," * 300 + "\nç pass code"]
)
@pytest.mark.parametrize("said", [{"pass"}, {"pin", "password"}, {"contraseña", "ç"}])
def test_of_a_long_table_those_cells_are_cut_in_which_a_word_stands(text: str, said: set[str]) -> None:
    every = [cell for cell in cells._CELL.finditer(text) if not said.isdisjoint(views.bag_of(cell[1].lower()))]
    rows = text.split("\n")
    counts = {sign: [0, *(row.count(sign) for row in rows), 0] for sign in cells.SIGNS}

    def in_row(at: int) -> bool:
        """Say whether the line of a place has as many of a sign as the one above it or below it."""
        row = text.count("\n", 0, at) + 1
        return any((n := seen[row]) and n in (seen[row - 1], seen[row + 1]) for seen in counts.values())

    found = [cell.span() for cell in cells._with_one(text, said)]
    assert found == [cell.span() for cell in every if in_row(cell.start(1))]


_PIECES = st.sampled_from(
    ["&", "&", "#", "x", "X41", "65", "0" * 30, ";", " ", "<", "\n", "amp", "lt;", "copy", "notit;", "é", "a" * 33]
)


@given(st.lists(_PIECES | st.sampled_from(sorted(html5)), max_size=9).map("".join))
@example("&&function&amp;&copyright&#x41&notin;")
def test_entities_of_a_long_text_are_what_html_says(text: str) -> None:
    assert large._ENTITY.sub(lambda match: html.unescape(match[0]), text) == html.unescape(text)


@given(st.text("ab \u200b\u0430é\uff41\x01\u2028", max_size=12))
def test_a_text_folded_without_the_way_back_is_the_same(text: str) -> None:
    assert views.plain_text(text) == views.plain(text).text
