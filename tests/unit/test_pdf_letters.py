"""What a font draws, of its own data: names, characters and codes; and the tables beside it."""

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
import weasyprint
from fontTools.ttLib import TTFont
from fontTools.ttLib.sfnt import SFNTWriter
from pikepdf import Array, Dictionary, Name

from broker.inlets import pdf_glyphs, pdf_letters, pdf_table, pdf_words
from broker.rehearsal import paper
from broker.sandbox.wire import pack
from tests import lying_fonts

SIGNS = "Ab1 ß"
PROSE = "<p>office, effluent, co\u00adoperative, 812 kWh – Señora Muñoz <b>Bold</b> <small>small caps</small></p>"


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("A", "A"), ("a.sc", "a"), ("f_i", "fi"), ("fi", "ﬁ"), ("uni00A0", "\xa0"), ("u1F600", "\U0001f600"),
        ("one", "1"), ("g12", ""), ("glyph00012", ""), ("cid00012", ""), (".notdef", ""), ("", ""), ("Asmall", ""),
        ("uniE000", ""), ("uF0000", ""), ("a_Asmall", ""),
    ],
)  # fmt: skip
def test_a_name_says_letters_or_nothing(name: str, letters: str) -> None:
    assert pdf_glyphs.spelled(name) == letters


def test_a_typeface_says_its_names_and_characters() -> None:
    found = pdf_glyphs.read(lying_fonts.truetype(SIGNS))
    assert set(found.by_character.values()) == set(found.by_name.values()) == set(SIGNS)
    assert found.by_character == found.by_name
    assert found.numbers is None


def test_one_without_names_has_characters_and_one_without_characters_has_names() -> None:
    characters = pdf_glyphs.read(lying_fonts.truetype(SIGNS, names=False))
    names = pdf_glyphs.read(lying_fonts.truetype(SIGNS, characters=False))
    assert (characters.by_name, names.by_character) == ({}, {})
    assert characters.by_character == names.by_name != {}


def test_codes_of_signs_are_their_last_byte() -> None:
    found = pdf_glyphs.read(lying_fonts.truetype(SIGNS, by_code=True))
    assert [found.by_name[found.codes[code]] for code in range(1, 6)] == list(SIGNS)
    assert found.characters == {}


@pytest.mark.parametrize(("kind", "of_kind"), [(1, 0), (3, 0)])
def test_a_table_of_codes_is_one_of_apple_or_of_signs(kind: int, of_kind: int) -> None:
    found = pdf_glyphs.read(with_one_table(kind, of_kind, {1: "A", 0x142: "b"}))
    assert [found.by_name[glyph] for glyph in found.codes.values()] == ["A"]
    assert found.characters == {}


@pytest.mark.parametrize(
    ("kind", "of_kind", "is_read"), [(0, 3, True), (3, 1, True), (3, 10, True), (3, 4, False), (2, 1, False)]
)
def test_a_table_of_characters_is_one_of_unicode(kind: int, of_kind: int, *, is_read: bool) -> None:
    found = pdf_glyphs.read(with_one_table(kind, of_kind, {0x43: "A"}))
    assert list(found.by_character.values()) == (["C"] if is_read else [])
    assert found.codes == {}


def with_one_table(kind: int, of_kind: int, glyphs: dict[int, str]) -> bytes:
    font = TTFont(io.BytesIO(lying_fonts.truetype(SIGNS)))
    (table, *_rest) = [each for each in font["cmap"].tables if each.format == 4]
    table.platformID, table.platEncID, table.cmap, font["cmap"].tables = kind, of_kind, glyphs, [table]
    font.save(out := io.BytesIO())
    return out.getvalue()


def test_a_program_of_type_1_without_an_encoding_of_its_own_has_the_common_one() -> None:
    common = pdf_glyphs.read(b"%!PS-AdobeFont-1.0\n/Encoding StandardEncoding def\ncurrentfile eexec dup 65 /B put")
    assert common.encoding == pdf_glyphs.STANDARD
    assert common.encoding[65] == "A"
    assert pdf_glyphs.read(b"%!PS-AdobeFont-1.0\ndup 65 /B put\neexec").encoding == {65: "B"}


def test_a_number_of_a_code_may_have_another_base() -> None:
    words = b"%!PS-AdobeFont-1.0\ndup 8#101 /B put dup 16#4f/C put dup 7/D put\neexec"
    assert pdf_glyphs.read(words).encoding == {65: "B", 79: "C", 7: "D"}


def test_a_compact_program_says_its_names_and_encoding() -> None:
    found = pdf_glyphs.read(lying_fonts.compact("Ab1"))
    assert found.by_name == {1: "A", 2: "b", 3: "1"}
    assert found.encoding[65] == "A"


def test_of_several_characters_of_a_glyph_the_first_letter_counts() -> None:
    found = pdf_glyphs.Program(characters={0x2D: 1, 0x410: 1, 0x41: 1, 0xA0: 2, 0x20: 2, 0xE041: 3})
    assert found.by_character == {1: "A", 2: " "}


@pytest.mark.parametrize(
    "data", [b"", b"\x01", b"\x01\0\4\1" + bytes(40), b"%!", b"ttcf" + bytes(9), b"OTTO\xff\xff" + bytes(40), bytes(99)]
)
def test_a_broken_program_says_nothing(data: bytes) -> None:
    found = pdf_glyphs.read(data)
    assert not found.names
    assert not found.characters
    assert not found.codes


def test_a_broken_table_hides_no_other() -> None:
    font = TTFont(io.BytesIO(lying_fonts.truetype(SIGNS)))
    tables = {tag: font.reader[tag] for tag in font.reader.tables}
    whole = pdf_glyphs.read(lying_fonts.truetype(SIGNS))
    assert pdf_glyphs.read(_sfnt(tables | {"post": b"\0\2"})).by_character == whole.by_character
    assert pdf_glyphs.read(_sfnt(tables | {"cmap": b"\0"})).by_name == whole.by_name


def _sfnt(tables: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    writer = SFNTWriter(out, len(tables))
    for tag, data in sorted(tables.items()):
        writer[tag] = data
    writer.close()
    return out.getvalue()


TABLE = b"""/CIDInit /ProcSet findresource begin << /Ordering (UCS beginbfchar <41> <0058>) >> begincmap
1 begincodespacerange <00> <FFFF> endcodespacerange % 1 beginbfchar <42> <0058> endbfchar
2 beginbfchar <01> <0041> <0 2> <00660069> endbfchar
4 beginbfrange <40> <41> [<0031> <0032> <0033>]
<10> <12> <0061> <20> <22> [<0078> <0079> <007A>] <30> <2F> <0061> endbfrange
beginbfchar <05> /notdef <6> <D83DDE00> endbfchar endcmap"""


def test_a_table_of_letters_is_read() -> None:
    said = {0x01: "A", 0x02: "fi", 0x10: "a", 0x11: "b", 0x12: "c", 0x20: "x", 0x21: "y", 0x22: "z"}
    said |= {0x40: "1", 0x41: "2"}
    assert {code: text for code, text in pdf_table.letters(TABLE).items() if code not in (5, 0x60)} == said


@pytest.mark.parametrize("digits", [2, 4])
def test_what_is_written_is_read_again(digits: int) -> None:
    said = {code: chr(0x61 + code) for code in range(250)} | {251: "ffi", 252: "\U0001f600"}
    assert pdf_table.letters(pdf_table.written(said, digits)) == said


def test_a_table_of_numbers_is_read() -> None:
    data = b"begincidrange <0001> <0003> 7 endcidrange begincidchar <09> 40 endcidchar beginbfchar <1> <2> endbfchar"
    assert pdf_table.numbers(data) == {1: 7, 2: 8, 3: 9, 9: 40}


@pytest.mark.parametrize(
    "data", [b"", b"<", b"[[[]]", b"endbfchar", b"<41> endbfchar", b"[ <41>", b"beginbfchar (" * 99]
)
def test_what_is_no_table_says_nothing(data: bytes) -> None:
    assert pdf_table.letters(data) == {}
    assert pdf_table.numbers(data) == {}


def test_a_table_without_end_is_not_read() -> None:
    with pytest.raises(ValueError, match="more codes"):
        pdf_table.letters(b"beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange")


def ways(kind: str, change: Callable[[Any, Any], None], signs: str = "AB") -> list[Any]:
    """Give the ways to read a font that was changed so: the letters of each code, of each way."""
    with pikepdf.new() as document:
        held, _codes = getattr(lying_fonts.Fonts(document, lying_fonts.other, signs), kind)()
        change(document, held)
        return [way for font in pdf_letters._fonts(document) for way in font.ways]


def nothing(document: Any, held: Any) -> None:
    """Change nothing."""


def encoded(*differences: Any, **facts: Any) -> Callable[[Any, Any], None]:
    """Change the encoding."""

    def change(document: Any, held: Any) -> None:
        held.Encoding = Dictionary(Differences=Array(differences), **facts)

    return change


def test_names_stand_behind_their_code() -> None:
    (found,) = ways("standard", encoded(3, Name.A, Name.g7, Name.B, 65, Name.C, 300, Name.D))
    assert (found[3], found[5], found[65], found[66]) == ("A", "B", "C", "B")
    assert 4 not in found
    assert 300 not in found
    assert ways("standard", encoded(Decimal("3.0"), Name.A))[0][3] == "A"


@pytest.mark.parametrize(
    ("encoding", "code", "letter"),
    [
        ("WinAnsiEncoding", 0xE9, "é"),
        ("MacRomanEncoding", 0x8E, "é"),
        ("StandardEncoding", 0xAE, "ﬁ"),
        ("Any", 65, "A"),
    ],
)
def test_each_encoding_is_known(encoding: str, code: int, letter: str) -> None:
    def change(document: Any, held: Any) -> None:
        held.Encoding = Name(f"/{encoding}")

    assert ways("standard", change)[0][code] == letter
    assert ways("standard", encoded(1, Name.C, BaseEncoding=Name(f"/{encoding}")))[0] == (
        ways("standard", change)[0] | {1: "C"}
    )


def test_a_glyph_drawn_by_hand_has_its_name_alone() -> None:
    assert ways("drawn_by_hand", nothing) == [{1: "A", 2: "B"}]


def test_of_signs_of_their_own_no_table_is_left() -> None:
    def change(document: Any, held: Any) -> None:
        held.BaseFont = Name.Symbol

    assert ways("of_no_encoding", change) == [None]


def test_nothing_is_said_of_a_font_that_has_no_table_and_lies_elsewhere() -> None:
    def change(document: Any, held: Any) -> None:
        del held.ToUnicode
        held.CharProcs = Dictionary()

    assert ways("standard", change) == []
    assert ways("composite_of_collection", change) == []


@pytest.mark.parametrize("kind", ["composite_by_character", "composite_by_name", "composite_compact"])
def test_a_composite_font_has_the_letters_of_its_program(kind: str) -> None:
    (found,) = ways(kind, nothing)
    assert sorted(found.values()) == ["A", "B"]


def test_a_table_of_glyphs_counts_where_a_viewer_takes_it_and_where_it_may_not() -> None:
    def change(document: Any, held: Any) -> None:
        held.DescendantFonts[0].CIDToGIDMap = document.make_stream(b"\0\0\0\2\0\1")

    assert ways("composite_compact", change) == [{1: "B", 2: "A"}, {1: "A", 2: "B"}]
    assert ways("composite_by_table", nothing) == [{1: "A", 2: "B"}]


def test_of_a_table_of_codes_that_builds_on_none_the_others_stay() -> None:
    def change(document: Any, held: Any) -> None:
        words = b"begincidchar <0007> 1 endcidchar"
        held.Encoding = document.make_stream(words, {"/UseCMap": Name("/Identity-H")})

    assert ways("composite_compact", change) == [{1: "A", 2: "B", 7: "A"}]


def test_a_program_of_a_collection_tells_by_the_numbers_of_it() -> None:
    def change(document: Any, held: Any) -> None:
        held.DescendantFonts[0].CIDSystemInfo.Ordering = pikepdf.String("GB1")

    assert ways("composite_compact", change) == [{1: "A", 2: "B"}, None]


@pytest.mark.parametrize("name", ["UniGB-UCS2-H", "90ms-RKSJ-H"])
def test_a_table_that_viewers_know_by_its_name_says_the_numbers_of_its_codes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [(code, number) for code, number in pdf_table.known(name) if code > 0x255 and 100 < number < 30_000][:2]

    def change(document: Any, held: Any) -> None:
        table = bytearray(2 * max(number + 1 for _code, number in known))
        for glyph, (_code, number) in enumerate(known, start=1):
            table[2 * number + 1] = glyph
        held.Encoding = Name(f"/{name}")
        held.DescendantFonts[0].CIDToGIDMap = document.make_stream(bytes(table))

    found = ways("composite_by_character", change)
    assert [found[0][code] for code, _number in known] == ["A", "B"]
    assert found[1:] == [None]
    monkeypatch.setattr(pdf_letters, "_OF_CODE", pdf_letters.MOST_BYTES)
    with pytest.raises(ValueError, match="more bytes"):
        ways("composite_by_character", change)
    assert list(pdf_table.known("../x")) == list(pdf_table.known("Identity-H")) == []


def both(document: Any, held: Any) -> None:
    """A name for a code that the program gives to another glyph."""
    held.Encoding = Dictionary(Differences=Array([1, Name.B, Name.A]))


def test_of_a_font_of_signs_a_code_and_its_name_are_two_ways() -> None:
    assert ways("truetype_by_code", both) == [{1: "B", 2: "A"}, {1: "A", 2: "B"}]


def test_of_a_plain_font_the_name_counts() -> None:
    def change(document: Any, held: Any) -> None:
        both(document, held)
        held.FontDescriptor.Flags = lying_fonts.PLAIN

    assert ways("truetype_by_code", change) == [{1: "B", 2: "A"}]


def test_characters_and_names_that_differ_are_two_ways() -> None:
    def change(document: Any, held: Any) -> None:
        font = TTFont(io.BytesIO(held.FontDescriptor.FontFile2.read_bytes()))
        for table in font["cmap"].tables:
            table.cmap = {0x43: table.cmap[0x41], 0x44: table.cmap[0x42]}
        font.save(out := io.BytesIO())
        held.FontDescriptor.FontFile2 = document.make_stream(out.getvalue())
        held.Encoding = Dictionary(Differences=Array([1, Name.C, Name.D]))

    found = ways("truetype_by_name", change)
    assert [(way[1], way[2]) for way in found] == [("C", "D"), ("A", "B")]


def test_what_no_data_tell_stays_as_the_table_says() -> None:
    with pikepdf.open(io.BytesIO(paper.pdf([["A page"]]))) as document:
        lying_fonts.written(document, "composite_by_character", "AB")
        font = document.pages[0].obj.Resources.Font.L9
        font.ToUnicode = document.make_stream(lying_fonts.cmap({900: "Z", 1: "Q"}))
        document.save(out := io.BytesIO())
    (made,) = pdf_letters.respelled(out.getvalue())
    with pikepdf.open(io.BytesIO(made)) as document:
        said = pdf_table.letters(document.pages[0].obj.Resources.Font.L9.ToUnicode.read_bytes())
    assert said[900] == "Z"
    assert sorted(said.values()) == ["A", "B", "Z"]


def test_an_honest_page_says_nothing_new(monkeypatch: pytest.MonkeyPatch) -> None:
    page = weasyprint.HTML(string=f"<style>small {{ font-variant: small-caps }}</style>{PROSE * 9}").write_pdf()
    found = pdf_words.found({"data": pack(page)})
    assert found["whole"]
    assert len(list(pdf_letters.respelled(page))) == 1
    monkeypatch.setattr(pdf_letters, "respelled", lambda _data: iter(()))
    assert pdf_words.found({"data": pack(page)}) == found
