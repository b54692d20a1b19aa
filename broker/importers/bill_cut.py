"""Some pages of a PDF as a file of their own: nothing of the other pages comes along (in the sandbox).

Only what a page draws is taken: its contents, the resources that they name, its size and turn. What hangs on a page or
on the document beside that (links, notes, files, form fields, bookmarks, thumbnails, metadata) stays behind, because it
can lead to other pages or hold a copy of them.
"""

import io
from collections.abc import Sequence
from typing import Any

import pdfplumber
import pikepdf

from broker.importers import bill_pdf
from broker.importers.readings import unreadable
from broker.sandbox.wire import pack, unpack

_KEPT = ("/Contents", "/Resources", "/MediaBox", "/CropBox", "/Rotate", "/UserUnit")


def cut(payload: dict[str, Any]) -> dict[str, Any]:
    """Cut `{"data": packed PDF, "pages": numbers from 1, in order}`; gives the new file, packed.

    The words of each page are compared with those of the original: a file that does not come out the same is refused
    (`file.unreadable`), like one that `bill_pdf.facts` refuses.
    """
    facts, read = bill_pdf.facts_and_pages(payload)
    numbers = [int(each) for each in payload["pages"]]
    if not numbers or numbers != sorted(set(numbers)) or numbers[0] < 1 or numbers[-1] > min(
        facts["pages"], len(read.texts)
    ):  # fmt: skip
        raise unreadable()
    made = _cut(unpack(payload["data"]), numbers)
    if _texts(made) != [read.texts[number - 1] for number in numbers]:
        raise unreadable()
    return {"data": pack(made), "pages": len(numbers)}


def _cut(data: bytes, numbers: Sequence[int]) -> bytes:
    out = io.BytesIO()
    try:
        with pikepdf.open(io.BytesIO(data)) as source, pikepdf.new() as made:
            # Resources are often shared by all pages: what a page does not draw would bring other pages' pictures.
            source.remove_unreferenced_resources()
            for number in numbers:
                page = source.pages[number - 1]
                for key in [str(each) for each in page.obj if str(each) not in {*_KEPT, "/Type", "/Parent"}]:
                    del page.obj[key]
                made.pages.append(page)
            made.save(out, deterministic_id=True)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError):
        raise unreadable() from None
    return out.getvalue()


def _texts(data: bytes) -> list[str]:
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            return [page.extract_text() for page in document.pages]
    except Exception:  # noqa: BLE001 - what cannot be read back is not handed on
        return []
