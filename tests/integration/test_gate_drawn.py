"""What a viewer draws of a PDF and no page says: appearances, tiles, masks, glyphs, words under other words."""

from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from broker.importers import bill_pdf
from broker.inlets import pdf_drawn, pdf_letters, pdf_rows, pdf_words, unread, written
from broker.rehearsal import paper
from broker.sandbox.wire import pack
from broker.terms import Refusal
from requests_app.models import ReceivedFile
from tests import lying_fonts
from tests.integration.test_gate_unread_files import LOGIN, SECRET, WORDS, pdf
from tests.integration.test_share import bill, share
from tests.requests_world import world

SAID = f"BT /F9 12 Tf 10 20 Td ({WORDS}) Tj ET".encode()
BOX = Array([0, 0, 600, 60])


def font(document: Any) -> Any:
    facts = {"Type": Name.Font, "Subtype": Name.Type1, "BaseFont": Name.Helvetica, "Encoding": Name.WinAnsiEncoding}
    return document.make_indirect(Dictionary(**facts))


def form(document: Any, **facts: Any) -> Any:
    of_fonts = Dictionary(Font=Dictionary(F9=font(document)))
    return document.make_stream(
        SAID, {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": BOX, "/Resources": of_fonts, **facts}
    )


def on_page(document: Any, kind: str, name: str, each: Any, drawn: bytes) -> None:
    page = document.pages[0]
    held = page.obj.Resources.get(f"/{kind}")
    if held is None:
        held = page.obj.Resources[f"/{kind}"] = Dictionary()
    held[f"/{name}"] = each
    page.contents_add(document.make_stream(b"q " + drawn + b" Q"))


def note(document: Any, **facts: Any) -> None:
    made = {"Type": Name.Annot, "Subtype": Name.Stamp, "Rect": [50, 400, 550, 460], "F": 4, **facts}
    document.pages[0].Annots = document.make_indirect(Array([document.make_indirect(Dictionary(**made))]))


def stamp(document: Any) -> None:
    note(document, AP=Dictionary(N=form(document)))


def field(document: Any) -> None:
    says = {"FT": Name.Tx, "T": pikepdf.String("note"), "V": pikepdf.String("as agreed")}
    note(document, Subtype=Name.Widget, AP=Dictionary(N=form(document)), **says)


def state(document: Any) -> None:
    held = Dictionary(N=Dictionary(On=form(document), Off=document.make_stream(b"")))
    note(document, Subtype=Name.Widget, FT=Name.Btn, T=pikepdf.String("x"), AS=Name.Off, AP=held)


def tile(document: Any) -> None:
    facts = {"/Type": Name.Pattern, "/PatternType": 1, "/PaintType": 1, "/TilingType": 1, "/XStep": 600, "/YStep": 60}
    each = form(document, **facts)
    del each["/Subtype"]
    on_page(document, "Pattern", "P9", each, b"/Pattern cs /P9 scn 0 300 600 60 re f")


def tile_of(drawn: bytes, **facts: Any) -> Callable[[Any], None]:
    """A tile that is drawn so, its letters as numbers: as bytes, nobody reads them."""

    def made(document: Any) -> None:
        tile(document)
        each = document.pages[0].obj.Resources.Pattern.P9
        each.write(drawn.replace(b"WORDS", b"<" + WORDS.encode().hex().encode() + b">"))
        for name, value in facts.items():
            each[f"/{name}"] = value

    return made


def mask(document: Any) -> None:
    group = form(document, **{"/Group": Dictionary(S=Name.Transparency, CS=Name.DeviceGray)})
    each = Dictionary(SMask=Dictionary(S=Name.Luminosity, G=group))
    on_page(document, "ExtGState", "G9", each, b"/G9 gs 0 0 600 60 re f")


def glyph(document: Any) -> None:
    facts: dict[str, Any] = {
        "Type": Name.Font, "Subtype": Name.Type3, "FontBBox": BOX, "FontMatrix": [1, 0, 0, 1, 0, 0],
        "CharProcs": Dictionary(a=document.make_stream(b"600 0 d0 " + SAID)), "FirstChar": 97, "LastChar": 97,
        "Encoding": Dictionary(Type=Name.Encoding, Differences=Array([97, Name.a])), "Widths": [600],
        "Resources": Dictionary(Font=Dictionary(F9=font(document))),
    }  # fmt: skip
    each = document.make_indirect(Dictionary(**facts))
    on_page(document, "Font", "T9", each, b"BT /T9 1 Tf 10 300 Td (a) Tj ET")


def other_words(document: Any) -> None:
    drawn = b"/Span <</ActualText (the usual words)>> BDC " + SAID + b" EMC"
    on_page(document, "Font", "F9", font(document), drawn)


def named_words(document: Any) -> None:
    facts = Dictionary(M9=Dictionary(ActualText=pikepdf.String("the usual words")))
    document.pages[0].obj.Resources["/Properties"] = facts
    on_page(document, "Font", "F9", font(document), b"/Span /M9 BDC " + SAID + b" EMC")


def nameless_stamp(document: Any) -> None:
    note(document, AP=Dictionary(N=nameless(form(document))))


def nameless_mask(document: Any) -> None:
    group = nameless(form(document, **{"/Group": Dictionary(S=Name.Transparency, CS=Name.DeviceGray)}))
    on_page(document, "ExtGState", "G9", Dictionary(SMask=Dictionary(S=Name.Luminosity, G=group)), b"/G9 gs")


def nameless(each: Any) -> Any:
    del each["/Subtype"], each["/Type"]
    return each


def tiny_stamp(document: Any) -> None:
    each = form(document)
    each.write(b"0.000001 0 0 0.000001 0 0 cm " + SAID)
    each.BBox = Array([0, 0, 0.0006, 0.00006])
    note(document, F=2, AP=Dictionary(N=each))


def escaped_words(document: Any) -> None:
    drawn = b"/Span <</Actual#54ext (the usual words)>> BDC " + SAID + b" EMC"
    on_page(document, "Font", "F9", font(document), drawn)


def escaped_words_in_a_form(document: Any) -> None:
    each = form(document)
    each.write(b"/Span <</Actual#54ext (the usual words)>> BDC " + SAID + b" EMC")
    on_page(document, "XObject", "X9", each, b"/X9 Do")


def glyph_of_no_object(document: Any) -> None:
    glyph(document)
    document.pages[0].obj.Resources.Font["/T9"] = Dictionary(document.pages[0].obj.Resources.Font.T9)


def other_codes(document: Any) -> tuple[Any, bytes]:
    """A font that has a number of its own for each letter, and the words in these numbers."""
    signs = sorted(set(WORDS))
    named = {" ": "space", "!": "exclam", "8": "eight"}
    differences = Array([160, *(Name(f"/{named.get(sign, sign)}") for sign in signs)])
    each = font(document)
    each.Encoding = Dictionary(Type=Name.Encoding, Differences=differences)
    numbers = "".join(f"{160 + signs.index(sign):02x}" for sign in WORDS)
    return each, f"BT /F9 12 Tf 10 20 Td <{numbers}> Tj ET".encode()


def with_fonts_elsewhere(document: Any) -> tuple[Any, Any]:
    of_codes, drawn = other_codes(document)
    each = form(document)
    each.write(drawn)
    del each["/Resources"]
    return of_codes, each


def stamp_in_the_fonts_of_its_page(document: Any) -> None:
    of_codes, each = with_fonts_elsewhere(document)
    note(document, F=2, AP=Dictionary(N=each))
    on_page(document, "Font", "F9", of_codes, b"")


def field_in_the_fonts_of_all_fields(document: Any) -> None:
    of_codes, each = with_fonts_elsewhere(document)
    note(document, Subtype=Name.Widget, FT=Name.Tx, T=pikepdf.String("x"), AP=Dictionary(N=each))
    fonts = Dictionary(Font=Dictionary(F9=of_codes))
    document.Root.AcroForm = Dictionary(Fields=document.pages[0].Annots, DR=fonts)


def tile_in_the_fonts_of_its_page(document: Any) -> None:
    of_codes, each = with_fonts_elsewhere(document)
    for name, value in {"/PatternType": 1, "/PaintType": 1, "/TilingType": 1, "/XStep": 600, "/YStep": 60}.items():
        each[name] = value
    on_page(document, "Font", "F9", of_codes, b"")
    on_page(document, "Pattern", "P9", nameless(each), b"/Pattern cs /P9 scn 0 300 600 60 re f")


def page_of_its_own(document: Any) -> Any:
    facts: dict[str, Any] = {"MediaBox": [0, 0, 612, 792], "Contents": document.make_stream(SAID)}
    return document.make_indirect(Dictionary(**facts, Resources=Dictionary(Font=Dictionary(F9=font(document)))))


def page_among_no_pages(document: Any) -> None:
    document.Root.Kept = page_of_its_own(document)


def template(document: Any) -> None:
    document.Root.Names = Dictionary(
        Templates=Dictionary(Names=Array([pikepdf.String("t"), page_of_its_own(document)]))
    )


def page_as_small_as_its_words(document: Any) -> None:
    on_page(document, "Font", "F9", font(document), b"0.000001 0 0 0.000001 0 0 cm " + SAID)
    document.pages[0].MediaBox = Array([0, 0, 0.0006, 0.00006])


def untold_font(document: Any) -> Any:
    """A font that draws by numbers of its own, and says nowhere which letters they are."""
    system = Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0)
    facts: dict[str, Any] = {"FontName": Name("/ABCDEF+Own"), "Flags": 4, "FontBBox": Array([0, -200, 1000, 900])}
    about = document.make_indirect(Dictionary(Type=Name.FontDescriptor, StemV=80, **facts))
    facts = {"Subtype": Name.CIDFontType2, "CIDSystemInfo": system, "CIDToGIDMap": Name.Identity, "DW": 600}
    own = Dictionary(Type=Name.Font, BaseFont=Name("/ABCDEF+Own"), FontDescriptor=about, **facts)
    facts = {"Subtype": Name.Type0, "BaseFont": Name("/ABCDEF+Own"), "Encoding": Name("/Identity-H")}
    return document.make_indirect(Dictionary(Type=Name.Font, DescendantFonts=Array([own]), **facts))


def untold(document: Any, numbers: str = "0015001600170018") -> None:
    drawn = f"BT /U9 12 Tf 10 300 Td <{numbers}> Tj ET"
    on_page(document, "Font", "U9", untold_font(document), drawn.encode())


def untold_in_a_stamp(document: Any) -> None:
    each = form(document)
    each.Resources.Font["/F9"] = untold_font(document)
    each.write(b"BT /F9 12 Tf 10 20 Td <0015001600170018> Tj ET")
    note(document, F=2, AP=Dictionary(N=each))


DRAWN: dict[str, Callable[[Any], None]] = {
    each.__name__: each
    for each in (
        stamp, field, state, tile, mask, glyph, other_words, named_words, nameless_stamp, nameless_mask, tiny_stamp,
        escaped_words, escaped_words_in_a_form, glyph_of_no_object, stamp_in_the_fonts_of_its_page,
        field_in_the_fonts_of_all_fields, tile_in_the_fonts_of_its_page, page_among_no_pages, template,
        page_as_small_as_its_words,
    )
} | {
    "blanks_that_nobody_sees": tile_of(b"q\0BT\0/F9\00012\0Tf\00010\00020\0Td\0WORDS\0Tj\0ET\0Q"),
    "words_between_no_operators": tile_of(b"/F9 12 Tf 1 0 0 1 10 20 Tm WORDS Tj"),
    "words_of_a_new_line": tile_of(b"/F9 12 Tf 1 0 0 1 10 20 Tm WORDS'"),
    "a_tile_that_calls_itself_a_table": tile_of(b"BT /F9 12 Tf 10 20 Td WORDS Tj ET", Type=Name.XRef),
    "a_tile_that_calls_itself_a_packet": tile_of(b"BT /F9 12 Tf 10 20 Td WORDS Tj ET", Type=Name.Metadata),
}  # fmt: skip


@pytest.mark.parametrize("kind", DRAWN)
def test_what_is_drawn_is_read(kind: str) -> None:
    made = pdf(DRAWN[kind])
    assert unread.against(made) == LOGIN
    assert any(SECRET in text for text in written.every(made))


def test_letters_of_a_stamp_that_nobody_can_tell_are_unread() -> None:
    assert unread.against(pdf(untold_in_a_stamp)) == unread.CODE


def test_a_page_with_such_letters_waits_for_a_person_as_a_picture_does(committing: str) -> None:
    kept = share(world(), "bill.pdf", pdf(untold))
    assert isinstance(kept, ReceivedFile)
    assert (kept.state, kept.verdict) == ("quarantined", "file.no_words")


def test_such_letters_beside_others_that_a_font_tells_wait_so_too() -> None:
    """Beside a font that is spelled anew, they were unread instead: the bill was refused, and nobody looked at it."""

    def both(document: Any) -> None:
        untold(document)
        lying_fonts.written(document, "composite_by_character", "812 kWh", lying_fonts.honest)

    assert list(pdf_letters.respelled(pdf(both)))
    assert unread.against(pdf(both)) == ""
    assert bill_pdf.facts({"data": pack(pdf(both))})["has_picture"]


def test_dots_of_a_font_of_signs_are_no_letters() -> None:
    assert unread.against(pdf(lambda document: untold(document, "0015"))) == ""


def torn(hidden: bytes, shown: bytes = b"0 g 0 Tr /F9 12 Tf") -> Callable[[Any], None]:
    """Words with letters between them that nobody sees, each under the next one that is seen."""

    def made(document: Any) -> None:
        of_one_width = font(document)
        of_one_width.BaseFont = Name.Courier
        words = b"BT"
        for at, sign in enumerate(WORDS):
            place = b" 1 0 0 1 %.1f 300 Tm " % (50 + 7.2 * at)
            words += b" " + shown + place + b"(" + sign.encode() + b") Tj " + hidden + place + b"(qx) Tj"
        on_page(document, "Font", "F9", of_one_width, words + b" ET")

    return made


@pytest.mark.parametrize(
    "change",
    [torn(b"3 Tr"), torn(b"1 g"), torn(b"1 1 1 rg"), torn(b"/F9 0.3 Tf"), torn(b"0 g", b"1 g /F9 12 Tf")],
    ids=["in no colour", "white", "white of three colours", "as small as dust", "white on dark"],
)
def test_what_is_seen_is_read_without_what_is_not(change: Callable[[Any], None]) -> None:
    assert unread.against(pdf(change)) == LOGIN


def test_rows_of_their_own_in_white_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def headed(document: Any) -> None:
        drawn = b"0 0.2 0.4 rg 0 90 600 30 re f 1 g BT /F9 12 Tf 50 100 Td (Usage of a month) Tj ET"
        on_page(document, "Font", "F9", font(document), drawn + b" 0 g BT /F9 12 Tf 50 50 Td (812 kWh) Tj ET")

    found = pdf_words.found({"data": pack(pdf(headed))})
    monkeypatch.setattr(pdf_rows, "seen", lambda _page: iter(()))
    assert pdf_words.found({"data": pack(pdf(headed))}) == found


LABEL, VALUE = "SmartHub password:", "bluebird7"


def filled(document: Any, *, is_drawn: bool = True, **facts: Any) -> None:
    """A label on the page, and beside it what somebody filled in."""
    on_page(document, "Font", "F9", font(document), f"BT /F9 9 Tf 40 40 Td ({LABEL}) Tj ET".encode())
    if is_drawn:
        each = form(document)
        each.write(f"BT /F9 9 Tf 2 3 Td ({VALUE}) Tj ET".encode())
        each.BBox = Array([0, 0, 200, 14])
        facts["AP"] = Dictionary(N=each)
    look = pikepdf.String("/F9 9 Tf 0 g")
    note(document, Rect=[150, 37, 350, 51], DA=look, **facts)
    fonts = Dictionary(Font=Dictionary(F9=font(document)))
    document.Root.AcroForm = Dictionary(Fields=document.pages[0].Annots, DR=fonts, DA=look)


FILLED: dict[str, dict[str, Any]] = {
    "a note": {"Subtype": Name.FreeText, "Contents": pikepdf.String(VALUE)},
    "a field": {"Subtype": Name.Widget, "FT": Name.Tx, "T": pikepdf.String("Text2"), "V": pikepdf.String(VALUE)},
    "a field that is not drawn yet": {
        "Subtype": Name.Widget, "FT": Name.Tx, "T": pikepdf.String("Text2"), "V": pikepdf.String(VALUE),
        "is_drawn": False,
    },
    "a note that is not drawn yet": {
        "Subtype": Name.FreeText, "Contents": pikepdf.String(VALUE), "is_drawn": False,
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", FILLED)
def test_what_is_filled_in_stands_beside_its_label(kind: str) -> None:
    assert unread.against(pdf(lambda document: filled(document, **FILLED[kind]))) == LOGIN


def test_a_bill_with_such_a_stamp_goes_to_nobody(committing: str) -> None:
    answer = share(world(onward_recipients=[]), "bill.pdf", pdf(stamp))
    assert isinstance(answer, Refusal)
    assert answer.code == LOGIN


def test_of_a_plain_page_nothing_is_drawn_again() -> None:
    assert pdf_drawn.redrawn(paper.pdf([["A page", "of words"]])) == (None, True)
    assert unread.against(bill()) == ""


def test_more_of_them_than_are_read_are_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_drawn, "MOST_FORMS", 1)

    def two(document: Any) -> None:
        stamp(document)
        mask(document)

    found = pdf_words.found({"data": pack(pdf(two))})
    assert found["whole"] is False


def test_forms_that_draw_each_other_are_each_drawn_once() -> None:
    """Sixty of them, each with all others in it, would take a viewer longer than anybody waits."""

    def crossed(document: Any) -> None:
        forms = [form(document) for _ in range(60)]
        every = document.make_indirect(Dictionary({f"/A{at}": each for at, each in enumerate(forms)}))
        for each in forms:
            each.Resources = Dictionary(XObject=every, Font=Dictionary(F9=font(document)))
            each.write(b"BT /F9 9 Tf (x) Tj ET " + b" ".join(b"/A%d Do" % at for at in range(60)))
        document.Root.Kept = every

    assert written.read(pdf(crossed)).whole
