"""The pages of a PDF with their notes and fields put onto them, as a form on paper is read (rules)."""

import ctypes
from collections.abc import Iterator

from pypdfium2 import PdfDocument, PdfPage, raw

from broker.inlets import pdf_rows

_HIGH = 14.0  # points of a line of a note that says in no appearance how large its words are
_NOT_DRAWN = frozenset([raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET])
_MOST_BYTES = 20_000  # of one note; a longer one is read as a note alone


def pages(document: PdfDocument, *, most: int) -> Iterator[str]:
    """Give each page on which that changes anything, as it is drawn then, and its rows.

    The label stands on the page, and what somebody filled in beside it in a note or a field. A note without an
    appearance is drawn by each viewer as it likes; its words stand where it does. Raises ValueError where one cannot be
    put onto its page. The document is changed: nothing else is read of it afterwards.
    """
    document.init_forms()  # a field without an appearance gets the one that a viewer gives it
    for number in range(min(len(document), most)):
        page = document[number]
        done, loose = raw.FLATTEN_NOTHINGTODO, list(_loose(page))
        if _has_appearance(page):
            done = raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY)
        page.close()
        if done == raw.FLATTEN_FAIL:
            raise ValueError("notes that are on no page")
        if done == raw.FLATTEN_SUCCESS or loose:
            page = document[number]
            text = page.get_textpage()
            yield f"{text.get_text_range()}\n"
            yield f"{pdf_rows.of(text, more=loose)[1]}\n"
            text.close()
            page.close()


def _loose(page: PdfPage) -> Iterator[pdf_rows.Word]:
    """Give the words of each note without an appearance, where it stands."""
    for at in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        note, box = raw.FPDFPage_GetAnnot(page.raw, at), raw.FS_RECTF()
        if not raw.FPDFAnnot_HasKey(note, b"AP") and raw.FPDFAnnot_GetSubtype(note) not in _NOT_DRAWN:
            held = ctypes.create_string_buffer(_MOST_BYTES)
            size = raw.FPDFAnnot_GetStringValue(
                note, b"Contents", ctypes.cast(held, ctypes.POINTER(raw.FPDF_WCHAR)), _MOST_BYTES
            )
            words = held.raw[: min(size, _MOST_BYTES)].decode("utf-16-le", "ignore").replace("\0", " ").split()
            raw.FPDFAnnot_GetRect(note, box)
            high = max(0.0, min(box.top - box.bottom, _HIGH))
            if words:
                yield pdf_rows.Word(0, box.top - high / 2, box.left, box.right, high, " ".join(words))
        raw.FPDFPage_CloseAnnot(note)


def _has_appearance(page: PdfPage) -> bool:
    """Say whether anything on a page is drawn over it: a link is not."""
    for at in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        note = raw.FPDFPage_GetAnnot(page.raw, at)
        has_one = raw.FPDFAnnot_HasKey(note, b"AP")
        raw.FPDFPage_CloseAnnot(note)
        if has_one:
            return True
    return False
