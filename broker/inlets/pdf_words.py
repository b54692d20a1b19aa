"""Every word of a PDF, on its pages and beside them; runs in the sandbox (rules)."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pypdfium2

from broker.inlets import pdf_beside, pdf_rows
from broker.sandbox.wire import unpack

MOST_PAGES = 150
MOST_SIGNS = 1_000_000


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
