"""Every word of a PDF, on its pages and beside them; runs in the sandbox (rules)."""

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import pypdfium2

from broker.inlets import pdf_beside, pdf_rows
from broker.sandbox.wire import pack, unpack

MOST_PAGES = 150
MOST_SIGNS = 1_000_000
MOST_FILES, MOST_PDFS = 50, 10  # of an archive
MOST_BYTES = 20_000_000  # of a PDF in one
HEAD = 4096
_BROKEN = (OSError, ValueError, RuntimeError, EOFError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile)


def found(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts` of `{"data": packed PDF}`: its pages as they are drawn, their rows, then all else.

    What was read before it broke counts.
    """
    data, texts = unpack(payload["data"]), []
    others: list[str] = []
    for read in (_pages, _rows, partial(pdf_beside.words, others=others), pdf_beside.around):
        try:
            texts.append("\n".join(_limited(read(data))))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - a stranger's file raises anything; its own reader says what it is
            continue
    texts.append("\n".join(_limited(iter(others))))
    return {"texts": [each for each in texts if each.strip()]}


def in_archive(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts` of each PDF in `{"data": packed ZIP}`, as `found` gives those of one that came by itself."""
    texts: list[str] = []
    with zipfile.ZipFile(io.BytesIO(unpack(payload["data"]))) as archive:
        left = MOST_PDFS
        for each in archive.infolist()[:MOST_FILES]:
            try:
                with archive.open(each) as file:
                    head = file.read(HEAD)
                    if not is_pdf(head) or left == 0:
                        continue
                    left, data = left - 1, head + file.read(MOST_BYTES)
            except _BROKEN:  # one that is locked or broken hides none of the others
                continue
            texts += found({"data": pack(data)})["texts"]
    return {"texts": texts}


def is_pdf(head: bytes) -> bool:
    """Say whether a file that begins so is read as a PDF."""
    return head.lstrip()[:5] == b"%PDF-"


def _limited(words: Iterator[str]) -> Iterator[str]:
    left = MOST_SIGNS
    try:
        for each in words:
            yield each[:left]
            left -= len(each)
            if left <= 0:
                return
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        return


def _pages(data: bytes) -> Iterator[str]:
    for text in _text_pages(data):
        yield text.get_text_range()


def _rows(data: bytes) -> Iterator[str]:
    # Who draws column by column puts no value behind its label; the eye reads them in one row.
    left = pdf_rows.MOST_WORDS
    for text in _text_pages(data):
        looked, rows = pdf_rows.of(text, most=left)
        left -= looked
        yield rows
        if left <= 0:
            return


def _text_pages(data: bytes) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            text = page.get_textpage()
            yield text
            text.close()
            page.close()
    finally:
        document.close()
