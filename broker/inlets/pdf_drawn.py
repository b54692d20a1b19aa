"""What a viewer draws of a PDF beside the words of its pages: of notes and fields, and inside patterns (rules).

The appearance of a note, a stamp or a field, also one that is not shown now; a tile of a pattern, a soft mask, a glyph
that is drawn as words; and a page that names other words for those that it draws (`/ActualText`), without these. Each
becomes a form on a page of another PDF, which is read as any page is.
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

MOST_FORMS = 1_000  # with words; no honest file has so many
ON_A_PAGE = 100
FAR = 3_000  # points from one to the next: none is drawn over another
_OTHER_WORDS = b"/ActualText"
_HAS_WORDS = b"BT"  # an operator of words stands nowhere else (ISO 32000-1, 9.4.1)


def redrawn(data: bytes) -> bytes | None:
    """Give a PDF with each of them on a page; None where nothing but pages holds words.

    Raises ValueError where there are more than are read, and what pikepdf raises where one cannot be unpacked.
    """
    with pikepdf.open(io.BytesIO(data)) as document, pikepdf.new() as made:
        forms = [made.copy_foreign(document.make_indirect(each)) for each in _forms(document)]
        if not forms:
            return None
        for at in range(0, len(forms), ON_A_PAGE):
            some = forms[at : at + ON_A_PAGE]
            drawn = "\n".join(f"q 1 0 0 1 0 {FAR * place} cm /F{place} Do Q" for place in range(len(some)))
            page = made.add_blank_page(page_size=(FAR, FAR))
            page.obj.Resources = Dictionary(XObject=Dictionary({f"/F{place}": each for place, each in enumerate(some)}))
            page.obj.Contents = made.make_stream(drawn.encode("ascii"))
        out = io.BytesIO()
        made.save(out)
        return out.getvalue()


def _forms(document: pikepdf.Pdf) -> list[Any]:
    found: list[pikepdf.Stream] = []
    for words, resources in _drawn(document):
        if _HAS_WORDS not in words:
            continue
        if len(found) == MOST_FORMS:
            raise ValueError("more forms with words than are read")
        found.append(_form(document, words, resources))
    return found


def _drawn(document: pikepdf.Pdf) -> Iterator[tuple[bytes, Any]]:
    """Give what may be drawn, with the fonts and forms that it names."""
    for stream, resources in _streams(document):
        yield stream.read_bytes(), resources
    for page in document.pages:
        page.contents_coalesce()
        held = page.obj.get("/Contents")
        words = held.read_bytes() if isinstance(held, pikepdf.Stream) else b""
        if _OTHER_WORDS in words or "/Properties" in page.resources:
            yield words, page.resources


def _streams(document: pikepdf.Pdf) -> Iterator[tuple[pikepdf.Stream, Any]]:
    for each in document.objects:
        if isinstance(each, pikepdf.Stream) and (each.get("/Subtype") == Name.Form or each.get("/PatternType") == 1):
            yield each, each.get("/Resources")
        elif isinstance(each, pikepdf.Dictionary) and isinstance(glyphs := each.get("/CharProcs"), pikepdf.Dictionary):
            yield from (
                (glyph, each.get("/Resources")) for glyph in glyphs.values() if isinstance(glyph, pikepdf.Stream)
            )


def _form(document: pikepdf.Pdf, words: bytes, resources: Any) -> pikepdf.Stream:
    facts = {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([-FAR, -FAR, FAR, FAR])}
    if isinstance(resources, pikepdf.Dictionary):
        facts["/Resources"] = Dictionary({name: each for name, each in resources.items() if name != "/Properties"})
    return document.make_stream(words.replace(_OTHER_WORDS, b"/Left"), facts)
