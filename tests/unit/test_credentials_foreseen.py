"""Where a pattern may find anything, by an engine that reads a text once: it is tried there, and nothing is missed."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator

import pytest

import broker.credentials
from broker.credentials import caseless, foreseen
from broker.credentials.foreseen import BESIDE, EACH, FAR, LINE, WORTH, flat, joined
from broker.credentials.tokens import LONG, Doc
from broker.credentials.views import View
from tests.environment import ROOT
from tests.fixtures.credentials import generate

LINES = [
    json.loads(line)["text"]
    for name in ("open", "open_third", "open_sixth", "open_tenth")
    for line in (generate.HERE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
]
PAGE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")[:6_000]
BREAKS = "\n" * 3_000  # where each sign ends a line a stretch ends where it may


def stretches(pattern: re.Pattern[str], made: bytes) -> list[tuple[int, int]]:
    """Give all stretches at once."""
    return list(foreseen.stretches(pattern, made))


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("kettle 44\n", b"kettle 44\n"),
        ("Kettle \x7f", b"kettle \x7f"),
        ("Señal SEÑAL", b"seXal seXal"),
        ("\u0130\u0131\u212a \u017f\u1e9e", b"iik sX"),
        ("\u0436\u4e2d\u00b2\u00bd", b"XXXX"),
        ("\u0664\uff17 \u00b5", b"DD X"),
        ("a\u00a0b\u2003c\u2028d\x85", b"a\x1cb\x1cc\x1cd\x1c"),
        ("a\u2019b\u00ab\u203f\u200b\U0001f511", b"a\x01b\x01\x01\x01\x01"),
        ("".join(map(chr, range(0x400, 0x500))), b"X" * 130 + b"\x01" * 8 + b"X" * 118),
        ("\x80\x81\x9f", b"\x01\x01\x01"),
        ("\u0436\x80\u0664\x81\x00", b"X\x01D\x01\x00"),
        ("", b""),
    ],
)
def test_a_text_becomes_bytes_each_character_at_its_place(text: str, made: bytes) -> None:
    assert flat(text) == made


@pytest.mark.parametrize(
    "text",
    [
        "a" * 400 + "\u0436",  # one that is rare
        "a" * 48 + "\u0436",
        "a" * 49 + "\u0436\u0664\u2019\x80",
        "\u0436\u0437 " * 300,  # a text of them, the same again and again
        "\u0436\u0664\u2019\u2003\x81\xf1 Z" * 40,
        "".join(map(chr, range(0x370, 0x700))),  # each once
        "".join(map(chr, range(0x370, 0x700))) * 3,
        "".join(map(chr, range(0x370, 0x700))) * 5,
        "\ud800 \udfff",
    ],
)
def test_whichever_way_it_is_made_each_character_becomes_what_it_is(text: str) -> None:
    assert flat(text) == bytes(map(foreseen._kind, text))


def test_only_what_cannot_be_written_is_replaced() -> None:
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", foreseen._BEYOND)


@pytest.mark.parametrize("code", [0x130, 0x17F, 0x212A, 0x1E9E, 0xDF, 0x345, 0x10400])
def test_what_changes_its_case_oddly_keeps_its_place(code: int) -> None:
    assert len(flat(f"pan {chr(code)} pot")) == 9


@pytest.mark.parametrize(
    ("pattern", "there", "not_there"),
    [
        ("kettle", ["a kettle"], ["ketle", "kettl e"]),
        ("KeTTle", ["kettle"], ["kettl"]),
        ("kettle|pan{2}", ["pann", "kettle"], ["pan"]),
        ("(?:red|blue) pan", ["blue pan"], ["red  pan"]),
        ("k[a-d]t", ["kat", "kdt"], ["ket", "kt"]),
        ("k[A-D]t", ["kat"], ["ket"]),
        ("k[é-î]t", ["kît", "k\u0436t"], ["kat", "k\u2019t"]),
        (r"k[^\w\W]t|pan", ["pan"], ["kat", "k.t", "kt"]),
        (r"k[\d.]t", ["k7t", "k.t", "k\u0664t"], ["kat", "kñt", "k t"]),
        (r"k\Dt", ["kat", "kñt", "k\u00a0t"], ["k7t", "k\u0664t"]),
        (r"k\wt", ["kat", "k7t", "k_t", "kñt", "k\u0664t"], ["k t", "k.t", "k\u00a0t", "k\u2019t"]),
        (r"k\Wt", ["k t", "k\u00a0t", "k\u2019t"], ["kat", "kñt", "k_t", "k\u0664t"]),
        (r"k\st", ["k t", "k\nt", "k\u00a0t", "k\x0bt", "k\x1dt"], ["k.t", "kat"]),
        (r"k\St", ["k.t", "kñt"], ["k t", "k\u00a0t"]),
        (r"k[^\W\d_]t", ["kat", "kñt"], ["k7t", "k_t", "k t", "k\u2019t", "k\u0664t"]),
        (r"k[^\s.]t", ["kat", "kñt", "k\u2019t"], ["k t", "k.t", "k\u00a0t"]),
        (r"k[^a7 .]t", ["kbt", "k8t", "kat", "kñt", "k\u00a0t", "k,t"], ["k7t", "k t", "k.t"]),
        (r"k[^aA]t", ["kbt"], ["kat"]),
        (r"(?i)k[^a]t", ["kbt"], ["kat"]),
        ("k[^a]t", ["k\x7ft", "k\x00t"], ["kt"]),
        ("k[^ß]t", ["kßt", "kst", "ñkñt"], ["kt"]),
        ("\u0130pan", ["\u0130pan", "ipan"], ["\u0307pan"]),
        ("(?i)kis", ["\u212a\u0131\u017f", "K\u0130S"], ["kus"]),
        ("p[^iIkKsS]n", ["p\u0130n", "p\u0131n", "p\u212an", "p\u017fn"], []),
        ("k[^ñ]t", ["kat", "k\u0436t"], []),
        (r"k[^\u2019]t", ["kat", "k\u2018t"], []),
        ("k[^\u00a0]t", ["kat", "k\u2003t"], []),
        ("k[^\u0664]t", ["kat", "k\u0665t"], []),
        ("k(?:[^7])t", ["kat"], ["k7t"]),
        ("k.t", ["kat", "kñt"], ["k\nt"]),
        ("(?s)k.t", ["k\nt"], ["kt"]),
        ("(?:(?s:k.t))", ["k\nt"], ["kt"]),
        (r"(?s)(?-s:k.t)", ["kat"], ["k\nt"]),
        (r"\bpan\b", ["a pan.", "ñ pan"], ["span", "pans", "ñpan", "pan_"]),
        (r"\Bpan", ["span", "ñpan"], ["a pan"]),
        (r"^pan", ["pan"], ["a pan", "\npan"]),
        (r"\Apan", ["pan"], ["a\npan"]),
        (r"(?m)^pan", ["pan", "a\npan"], ["a pan"]),
        (r"(?m)pan$", ["pan\na"], ["pans"]),
        (r"pan$", ["pan", "pans"], ["pa"]),
        (r"pan\Z", ["pan", "pans"], ["pa"]),
        ("pan(?! lid)(?= is)", ["pan lid"], ["pa n"]),
        ("(?<!x)(?<=y)pan", ["xpan"], ["pa"]),
        (r"(pan|pot)=\1", ["pan=pot", "pan="], ["pan"]),
        (r"(?>kettle|pan)\d", ["pan4"], ["pan"]),
        ("pa{0}n?s", ["pns", "ps"], ["pas"]),
        ("pa{3}n", ["paaan"], ["paan", "paaaan"]),
        ("pa{2,40}n", ["paan", f"p{'a' * 40}n"], ["pan", f"p{'a' * 41}n"]),
        ("pa{2,41}n", [f"p{'a' * 60}n"], ["pan"]),
        ("p[ab]{41}n", [f"p{'a' * 40}n", f"p{'a' * 60}n"], [f"p{'a' * 39}n"]),
        ("p(?:ab){2,12}n", ["pababn", f"p{'ab' * 12}n"], ["pabn", f"p{'ab' * 13}n"]),
        ("p(?:ab){2,13}n", [f"p{'ab' * 20}n"], ["pabn"]),
        ("p(?:ab){13}n", [f"p{'ab' * 12}n", f"p{'ab' * 20}n"], [f"p{'ab' * 11}n"]),
        ("pa+?n", ["paaan"], ["pn"]),
        ("pa*+n", ["pn", "paaan"], ["pan".replace("n", "m")]),
        ("p(?:a(?=x)|b)+n", ["pban"], ["pn"]),
        ("p(?=a)*an", ["pan"], ["pn"]),
    ],
)  # fmt: skip
def test_a_pattern_is_foreseen_wherever_it_finds_anything(pattern: str, there: list[str], not_there: list[str]) -> None:
    made = re.compile(pattern)
    for text in there:
        assert stretches(made, flat(text)), text
    for text in not_there:
        assert stretches(made, flat(text)) == [], text
        assert made.search(text) is None, text


@pytest.mark.parametrize("pattern", ["", "(?:kettle)?", r"\d*", "(?=kettle)", "(?:(?:a{12}){12}){12}"])
def test_of_a_pattern_that_may_find_nothing_or_is_too_large_nothing_is_foreseen(pattern: str) -> None:
    assert stretches(re.compile(pattern), flat("kettle")) == [(0, 6)]


def test_a_place_between_two_characters_is_one() -> None:
    assert stretches(re.compile(r"\b"), flat(f"pan{BREAKS}")) == [(0, 3 + BESIDE)]


@pytest.mark.parametrize("pattern", ["(?!)", "(a)?k(?(1)b|c)", "(?a)k\\Wt", "(?a:\\w)k", "k(?:t|(?a:\\b)s)"])
def test_a_pattern_of_a_kind_that_none_of_ours_has_is_tried_everywhere(pattern: str) -> None:
    assert stretches(re.compile(pattern), flat("kettle")) == [(0, 6)]


def test_of_a_pattern_it_is_worked_out_once() -> None:
    pattern = re.compile("kettle")
    assert stretches(pattern, b"kettle") == [(0, 6)]
    known = len(foreseen._known)
    assert stretches(pattern, b"a kettle") == [(2, 8)]
    assert len(foreseen._known) == known


@pytest.mark.parametrize(
    ("pattern", "places", "found"),
    [
        ("pan", [300], [(300, 303 + 3 + BESIDE)]),
        ("pan", [0], [(0, 3 + 3 + BESIDE)]),
        ("pan", [2_990], [(2_990, 3_000)]),
        ("pan{1,9}", [300], [(300, 303 + 11 + BESIDE)]),
        ("pan+", [300], [(300, 303 + FAR + BESIDE)]),
        ("pan", [300, 400], [(300, 403 + 3 + BESIDE)]),
        ("pan", [300, 1_000], [(300, 506), (1_000, 1_206)]),
        ("pan", [300, 303], [(300, 306 + 3 + BESIDE)]),
        ("pan", [], []),
        ("pan", list(range(0, 80, 10)), [(0, 73 + 3 + BESIDE)]),
        ("pan", list(range(0, 90, 10)), [(0, 3_000)]),  # more than one in each 400 characters
        ("pan", [300, *range(1_000, 1_800, 10)], [(300, 506), (1_000, 3_000)]),
    ],
)
def test_around_each_place_a_stretch_is_searched(pattern: str, places: list[int], found: list[tuple[int, int]]) -> None:
    assert len(BREAKS) // EACH == 7
    text = BREAKS
    for at in places:
        text = f"{text[:at]}pan{text[at + 3 :]}"
    assert stretches(re.compile(pattern), flat(text)) == found


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("(?m)^pan$", "pan\nkettle\npans\npan", {"pan"}),
        ("pan", "a pan\nkettle\n\npans\nx", {"a pan", "pans"}),
        ("pan", "pan pan\npan", {"pan pan", "pan"}),
        ("pan", "\npan", {"pan"}),
        ("pan", "pan", {"pan"}),
        ("pan", "", set()),
        ("kettle", "a pan\nkett\nle", set()),
        ("(?!)", "a\nb", {"a", "b"}),  # of a kind that is not foreseen
    ],
)
def test_the_lines_in_which_a_pattern_finds_something_are_told(pattern: str, text: str, found: set[str]) -> None:
    assert foreseen.lines(re.compile(pattern), text) == found


def test_a_stretch_ends_with_a_line() -> None:
    text = f"pan {'x' * 300}\n{'y' * 600}\nz"
    assert stretches(re.compile("pan"), flat(text)) == [(0, 304)]
    assert stretches(re.compile("xpan"), flat(f"{text}xpan {'x' * 300}")) == [(907, 1_212)]
    closed = re.compile(r"(?m)pan[^\n]*$")
    doc = Doc(f"{'the outage lasted\n' * 200}pan {'x' * 2_000}\nlast", "web_form")
    assert [match.span() for match in doc.finditer(closed)] == [match.span() for match in closed.finditer(doc.text)]


@pytest.mark.parametrize(
    ("behind", "pattern", "end"),
    [
        ("x" * 5_000, "pan", None),  # a word that never ends is searched to its end
        ("x" * LINE + "\n" + "y " * 500, "pan", None),
        ("x y " * 1_000, "pan", 6 + BESIDE + LINE + 1),
        ("x y " * 1_000, "pan(?! lid$)", None),  # where the end of a line is asked for
        ("x y " * 1_000, r"pan\b(?:\Z|)", None),
    ],
)
def test_of_a_line_that_goes_on_a_stretch_ends_with_a_word(behind: str, pattern: str, end: int | None) -> None:
    text = f"pan {behind}"
    ((start, last),) = stretches(re.compile(pattern), flat(text))
    line = text.index("\n") if "\n" in text else len(text)
    assert start == 0
    assert (last == line) if end is None else (end <= last <= end + 4 and text[last] == " ")


def test_a_place_is_found_behind_any_length_of_line() -> None:
    text = "kettle word " * 2_000 + "pan 44 " + "kettle word " * 2_000
    assert [match.span() for match in View(text).finditer(re.compile(r"pan (\d+)"))] == [(24_000, 24_006)]


def test_so_many_places_that_they_are_everywhere_are_not_looked_for_to_the_end() -> None:
    pattern = re.compile("pan")
    long = "\n" * 300 + "x" * 100_000
    dense = flat("pan" * 60 + long)
    assert stretches(pattern, dense) == [(0, len(dense))]  # 50 places within so short a part
    assert stretches(pattern, flat(("pan" + "x" * 200) * 100 + long)) == [(0, 99 * 203 + 6 + BESIDE)]
    assert stretches(pattern, flat("pan" * 40 + long)) == [(0, 39 * 3 + 6 + BESIDE)]
    later = flat("pan" + " x" * 5_000 + "pan" * 150 + long)
    (first, rest) = stretches(pattern, later)
    assert (first[0], first[1] < 2_000, rest) == (0, True, (10_003, len(later)))


def groups(*patterns: str) -> list[foreseen.Group]:
    """Have patterns looked for together, and give their groups."""
    made = [re.compile(each) for each in patterns]
    foreseen.hardly_ever(*made)
    found = [foreseen.group_of(caseless.twin(each) or each) for each in made]
    return [each for each in found if each is not None]


@pytest.mark.parametrize(
    ("patterns", "text", "found"),
    [
        (["kettle", "pan"], "a pan", True),
        (["kettle", "(?i)PAN"], "a Pan", True),
        (["kettle", "pan"], "a kettle", True),
        (["kettle", "pan"], "a pa n, a ket", False),
        (["kettle", "(?a)k\\Wt"], "nothing", True),  # of a kind that is not known: it may be
    ],
)
def test_patterns_are_looked_for_together(
    monkeypatch: pytest.MonkeyPatch, patterns: list[str], text: str, found: bool
) -> None:
    monkeypatch.setattr(foreseen, "_groups", [])
    one, other = groups(*patterns)
    assert one is other
    for _again in range(2):
        assert one.may_find(flat(text)) is found


def test_a_group_is_five_patterns_and_takes_none_once_it_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreseen, "_groups", [])
    made = groups(*"abcdefg")
    assert [len(each.patterns) for each in foreseen._groups] == [5, 2]
    assert made[4] is made[0]
    assert made[5] is made[6] is not made[4]
    assert not made[6].is_full
    assert not made[6].may_find(b"a")
    (late,) = groups("pan")
    assert late is not made[6]
    assert foreseen.group_of(re.compile("unknown")) is None


def test_in_a_long_text_patterns_that_are_not_there_are_not_tried_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreseen, "_groups", [])
    patterns = [re.compile("(?i)KETTLE"), re.compile("pan")]
    foreseen.hardly_ever(*patterns)
    tried: list[str] = []
    one_by_one = foreseen.stretches

    def counted(pattern: re.Pattern[str], made: bytes) -> list[tuple[int, int]] | None:
        tried.append(pattern.pattern)
        return one_by_one(pattern, made)

    monkeypatch.setattr(foreseen, "stretches", counted)
    filler = "The outage on Oct 19 lasted 3 hours at the mill, said Rita.\n" * 30
    assert len(filler) > LONG
    doc = Doc(filler, "web_form")
    assert [doc.search(each) for each in patterns] == [None, None]
    assert tried == []
    doc = Doc(f"{filler}Kettle", "web_form")
    assert [doc.search(each) is not None for each in patterns] == [True, False]
    assert tried == ["kettle", "pan"]
    short = Doc(filler[:WORTH], "web_form")
    assert [short.search(each) for each in patterns] == [None, None]
    assert tried == ["kettle", "pan"] * 2


def test_each_pattern_that_hardly_ever_finds_anything_is_in_one_group() -> None:
    grouped = [each for group in foreseen._groups for each in group.patterns]
    assert len(grouped) == len(set(map(id, grouped))) > 60
    for group in foreseen._groups:
        assert group._looser is foreseen._NOT_YET or group._looser is not None


@pytest.mark.parametrize("parts", [("kettle",), ("pan", "kettle", "a.b", "contrase\u00f1a")])
def test_words_of_ours_are_looked_for_together(parts: tuple[str, ...]) -> None:
    for part in parts:
        assert foreseen.holds_any(parts, f"x{part}y".encode())
    assert not foreseen.holds_any(parts, b"ket tle, axb, p an")


def test_stretches_that_meet_are_one() -> None:
    assert joined([(0, 5), (5, 9), (10, 20), (12, 15), (30, 31)]) == [(0, 9), (10, 20), (30, 31)]


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
    assert spared > compared * len(docs) // 2


@pytest.mark.parametrize("length", [WORTH - 1, WORTH])
def test_a_view_finds_what_its_text_holds(length: int) -> None:
    pattern = re.compile(r"Kettle (\d+)")
    text = "kettle 44 Kettle 45. Señor Kettle 46, kettle 47".ljust(length, ".")
    view = View(text)
    assert [match[1] for match in view.finditer(pattern)] == ["45", "46"]
    found = view.search(pattern)
    assert found is not None
    assert found.span() == (10, 19)
    assert view.search(re.compile("ketle")) is None
    assert len(list(view.finditer(re.compile("[.]")))) == text.count(".")
    assert len(list(view.finditer(re.compile("")))) == length + 1


@pytest.mark.parametrize("where", [0, 3_000, 6_000])
def test_a_long_text_is_asked_as_a_short_one_is(where: int) -> None:
    pattern = re.compile(r"(?i)\b(?:kettle|pan) (\d+)")
    filler = "The outage on Oct 19 lasted 3 hours at the mill, said Rita.\n" * 101
    text = f"{filler[:where]} Kettle 44 {filler[where:]}"
    doc = Doc(text, "web_form")
    assert len(text) > WORTH
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
