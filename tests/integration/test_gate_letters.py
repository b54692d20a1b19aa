"""A font whose table says other letters than it draws: the page is read with those that the font's own data tell."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pikepdf import Array, Dictionary, Name

from broker.inlets import pdf_letters, pdf_words, unread, written
from broker.inlets.models import Refused
from broker.rehearsal import paper
from broker.sandbox.wire import pack
from broker.terms import Refusal
from tests import lying_fonts
from tests.integration.test_gate_drawn import note
from tests.integration.test_gate_unread_files import LOGIN, SECRET, WORDS, pdf, zipped
from tests.integration.test_share import bill, share
from tests.requests_world import world

HONEST = "effluent of the office, 812 kWh"


def lying(kind: str, words: str = WORDS) -> bytes:
    return pdf(lambda document: lying_fonts.written(document, kind, words))


def read(data: bytes) -> dict[str, Any]:
    return pdf_words.found({"data": pack(data)})


def made(document: Any, kind: str = "standard", **facts: Any) -> tuple[Any, dict[str, int]]:
    """Give a font that lies, changed so, and the code of each sign."""
    font, codes = getattr(lying_fonts.Fonts(document, lying_fonts.other, WORDS), kind)()
    for name, each in facts.items():
        font[f"/{name}"] = each
    return font, codes


def drawn(document: Any, font: Any, codes: dict[str, int]) -> None:
    page, size = document.pages[0], 4 if font.Subtype == Name.Type0 else 2
    page.obj.Resources.Font.L9 = font
    page.contents_add(document.make_stream(lying_fonts.shown(codes, WORDS, size=size)))


def of_itself(document: Any) -> None:
    """A font that is no object of its own."""
    font, codes = made(document)
    page = document.pages[0]
    page.obj.Resources = Dictionary(Font=Dictionary({**page.obj.Resources.Font, "/L9": Dictionary(dict(font))}))
    page.contents_add(document.make_stream(lying_fonts.shown(codes, WORDS, size=2)))


def stamped(document: Any) -> None:
    font, codes = made(document)
    facts = {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([0, 0, 600, 400])}
    facts["/Resources"] = Dictionary(Font=Dictionary(L9=font))
    note(document, AP=Dictionary(N=document.make_stream(lying_fonts.shown(codes, WORDS, size=2), facts)))


def without_a_table(document: Any) -> None:
    font, codes = made(document, "composite_by_character")
    del font.ToUnicode
    drawn(document, font, codes)


def with_half_a_table(document: Any) -> None:
    font, codes = made(document, "composite_by_character")
    some = {code: sign for sign, code in codes.items() if sign in "Timbler "}
    font.ToUnicode = document.make_stream(lying_fonts.cmap(some))
    drawn(document, font, codes)


def of_no_kind(document: Any) -> None:
    """A font of a kind that there is not, which viewers take for the plainest."""
    drawn(document, *made(document, Subtype=Name.Type9))


def with_other_characters(document: Any) -> None:
    """A program whose table of characters lies as well; the names of its glyphs do not."""
    data = lying_fonts.truetype("".join(dict.fromkeys(WORDS)))
    font = lying_fonts.TTFont(io.BytesIO(data))
    for table in font["cmap"].tables:
        best = dict(table.cmap)
        table.cmap = {ord(lying_fonts.other(chr(code))): name for code, name in best.items()}
    font.save(out := io.BytesIO())
    held, _codes = made(document, "truetype_by_name")
    del held.ToUnicode
    held.FontDescriptor.FontFile2 = document.make_stream(out.getvalue())
    drawn(document, held, {sign: ord(lying_fonts.other(sign)) for sign in WORDS})


def of_another_name(document: Any) -> None:
    """A program that begins as none does that a strict reader takes."""
    held, codes = made(document, "truetype_by_code")
    data = held.FontDescriptor.FontFile2.read_bytes()
    held.FontDescriptor.FontFile2 = document.make_stream(b"\0\2\0\0" + data[4:])
    drawn(document, held, codes)


def with_two_programs(document: Any) -> None:
    """One program that says as the table does, and one that a viewer may take as well."""
    held, codes = made(document, "compact_by_itself")
    said = "".join(f"dup {code} /{lying_fonts.UV2AGL[ord(lying_fonts.other(s))]} put\n" for s, code in codes.items())
    held.FontDescriptor.FontFile = document.make_stream(f"%!PS-AdobeFont-1.0\n{said}currentfile eexec\n".encode())
    drawn(document, held, codes)


def with_torn_words(document: Any) -> None:
    """A table that says each letter, and a space behind it."""
    font, codes = made(document)
    font.ToUnicode = document.make_stream(lying_fonts.cmap({code: f"{sign} " for sign, code in codes.items()}, 2))
    drawn(document, font, codes)


OTHERS = {
    each.__name__: each
    for each in (
        of_itself, stamped, without_a_table, with_half_a_table, of_no_kind, with_other_characters, of_another_name,
        with_two_programs, with_torn_words,
    )
}  # fmt: skip


@pytest.mark.parametrize("kind", lying_fonts.KINDS)
def test_what_a_font_draws_is_read(kind: str) -> None:
    data = lying(kind)
    assert unread.against(data) == LOGIN
    assert any(SECRET in text for text in written.every(data))


@pytest.mark.parametrize("kind", OTHERS)
def test_however_its_table_is_made_it_is_read(kind: str) -> None:
    data = pdf(OTHERS[kind])
    assert any(WORDS in text for text in read(data)["texts"])
    assert unread.against(data) == LOGIN


def test_a_bill_with_such_a_font_goes_to_nobody(committing: str) -> None:
    answer = share(world(onward_recipients=[]), "bill.pdf", lying("composite_by_character"))
    assert isinstance(answer, Refusal)
    assert answer.code == LOGIN


@pytest.mark.parametrize("kind", ["standard", "composite_by_name"])
def test_a_bill_with_such_a_font_is_refused_at_the_door(sqlite_db: str, kind: str) -> None:
    answer = Client().post("/check/", {"file": SimpleUploadedFile("bill.pdf", lying(kind))})
    assert answer.status_code == 403
    assert Refused.objects.get().part.startswith("file")


@pytest.mark.parametrize("kind", lying_fonts.KINDS)
def test_an_honest_font_says_nothing_new(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf(lambda document: lying_fonts.written(document, kind, HONEST, lying_fonts.honest))
    found = read(data)
    assert found["whole"]
    assert unread.against(data) == ""
    monkeypatch.setattr(pdf_letters, "respelled", lambda _data: iter(()))
    assert read(data)["texts"] == found["texts"]


def test_a_plain_bill_is_made_no_second_time() -> None:
    assert list(pdf_letters.respelled(paper.pdf([["A page", "of words"]]))) == []
    assert list(pdf_letters.respelled(bill())) == []


@pytest.mark.parametrize(
    ("name", "most"),
    [("MOST_FONTS", 0), ("MOST_BYTES", 99), ("MOST_LETTERS", 9), ("MOST_OBJECTS", 2), ("MOST_WAYS", 0)],
)
def test_more_than_is_looked_at_is_not_clean(name: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf(lambda document: lying_fonts.written(document, "standard", HONEST, lying_fonts.honest))
    assert read(data)["whole"] is True
    monkeypatch.setattr(pdf_letters, name, most)
    assert read(data)["whole"] is False


def test_a_pdf_in_an_archive_is_read_so_too() -> None:
    found = pdf_words.in_archive({"data": pack(zipped(("bill.pdf", lying("of_windows"))))})
    assert any(SECRET in text for text in found["texts"])
