"""The pages of a PDF with their notes and fields put onto them, as a form on paper is read (rules)."""

from collections.abc import Iterator

from pypdfium2 import PdfDocument, PdfPage, raw

from broker.inlets import pdf_rows


def pages(document: PdfDocument, *, most: int) -> Iterator[str]:
    """Give each page on which that changes anything, as it is drawn then, and its rows.

    The label stands on the page, and what somebody filled in beside it in a note or a field. Raises ValueError where
    one cannot be put onto its page. The document is changed: nothing else is read of it afterwards.
    """
    document.init_forms()  # a field without an appearance gets the one that a viewer gives it
    for number in range(min(len(document), most)):
        page = document[number]
        done = raw.FLATTEN_NOTHINGTODO
        if _has_appearance(page):
            done = raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY)
        page.close()
        if done == raw.FLATTEN_FAIL:
            raise ValueError("notes that are on no page")
        if done == raw.FLATTEN_SUCCESS:
            page = document[number]
            text = page.get_textpage()
            yield f"{text.get_text_range()}\n"
            yield f"{pdf_rows.of(text)[1]}\n"
            text.close()
            page.close()


def _has_appearance(page: PdfPage) -> bool:
    """Say whether anything on a page is drawn over it: a link is not."""
    for at in range(raw.FPDFPage_GetAnnotCount(page.raw)):
        note = raw.FPDFPage_GetAnnot(page.raw, at)
        has_one = raw.FPDFAnnot_HasKey(note, b"AP")
        raw.FPDFPage_CloseAnnot(note)
        if has_one:
            return True
    return False
