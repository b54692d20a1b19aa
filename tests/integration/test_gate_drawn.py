"""What a viewer draws of a PDF and no page says: appearances, tiles, masks, glyphs, words under other words."""

from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from broker.inlets import pdf_drawn, pdf_words, unread, written
from broker.rehearsal import paper
from broker.sandbox.wire import pack
from broker.terms import Refusal
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


DRAWN: dict[str, Callable[[Any], None]] = {
    each.__name__: each for each in (stamp, field, state, tile, mask, glyph, other_words, named_words)
}


@pytest.mark.parametrize("kind", DRAWN)
def test_what_is_drawn_is_read(kind: str) -> None:
    made = pdf(DRAWN[kind])
    assert unread.against(made) == LOGIN
    assert any(SECRET in text for text in written.every(made))


def test_a_bill_with_such_a_stamp_goes_to_nobody(committing: str) -> None:
    answer = share(world(onward_recipients=[]), "bill.pdf", pdf(stamp))
    assert isinstance(answer, Refusal)
    assert answer.code == LOGIN


def test_of_a_plain_page_nothing_is_drawn_again() -> None:
    assert pdf_drawn.redrawn(paper.pdf([["A page", "of words"]])) is None
    assert unread.against(bill()) == ""


def test_more_of_them_than_are_read_are_not_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_drawn, "MOST_FORMS", 1)

    def two(document: Any) -> None:
        stamp(document)
        mask(document)

    found = pdf_words.found({"data": pack(pdf(two))})
    assert found["whole"] is False
