"""Every word of a PDF, also what no page shows: facts about it, notes in its margin, its forms, its links; runs in the
sandbox (rules).
"""

import io
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2

from broker.sandbox.wire import unpack

MOST_PAGES = 150
MOST_SIGNS = 1_000_000
MOST_OBJECTS = 200_000
# What holds words beside the pages: an annotation's text and link, a field's name and value, a bookmark's title, a
# file's name, and a picture's spoken text.
_SAID = ("/Contents", "/RC", "/URI", "/T", "/TU", "/V", "/DV", "/Title", "/F", "/UF", "/Desc", "/Alt", "/ActualText")


def found(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts` of `{"data": packed PDF}`: its pages, then all else; what was read before it broke counts."""
    data, texts = unpack(payload["data"]), []
    for read in (_pages, _beside):
        try:
            texts.append("\n".join(_limited(read(data))))
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - a stranger's file raises anything; its own reader says what it is
            continue
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
    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            text = page.get_textpage()
            yield text.get_text_range()
            text.close()
            page.close()
    finally:
        document.close()


def _beside(data: bytes) -> Iterator[str]:
    with pikepdf.open(io.BytesIO(data)) as document:
        for name, value in (document.trailer.get("/Info") or {}).items():
            yield f"{str(name)[1:]}: {value}"
        if "/Metadata" in document.Root:
            yield document.Root.Metadata.read_bytes().decode("utf-8", "replace")
        for number, each in enumerate(document.objects):
            if number >= MOST_OBJECTS:
                return
            if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
                yield from _said(each)


def _said(each: Any) -> Iterator[str]:
    # A field's name and its value belong together, as in a form on paper.
    words = [str(each[key]) for key in _SAID if isinstance(each.get(key), pikepdf.String)]
    if "/T" in each and len(words) > 1:
        yield ": ".join(words)
    yield from words
    for child in each.values():
        if isinstance(child, pikepdf.Dictionary) and not child.is_indirect:
            yield from _said(child)
        elif isinstance(child, pikepdf.Array) and not child.is_indirect:
            for inner in child:
                if isinstance(inner, pikepdf.Dictionary) and not inner.is_indirect:
                    yield from _said(inner)
