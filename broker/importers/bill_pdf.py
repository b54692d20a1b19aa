"""Facts of a PDF that somebody sent: pages, whether its text can be read, and nothing that acts by itself."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pdfplumber
import pikepdf
import pypdfium2

from broker.importers.readings import unreadable
from broker.sandbox import pdf_untold
from broker.sandbox.errors import Refused
from broker.sandbox.wire import unpack

MAX_PAGES = 150  # what Nectar accepts
MAX_OBJECTS = 200_000
TEXT_PAGES = 20
TEXT_SIGNS = 200_000
_ACTIONS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/GoToR", "/GoToE"}
_KEYS = ("/JS", "/AA", "/EF", "/XFA")


@dataclass(frozen=True, repr=False)
class Pages:
    """The text of a document, page by page; `complete` says that nothing on it is unread."""

    texts: tuple[str, ...]
    complete: bool
    has_picture: bool = False  # something is drawn on a page, and no word stands on it, or some that nobody can tell
    words: tuple[list[dict[str, Any]], ...] = ()  # of each page with their places, where they were asked for


def facts(payload: dict[str, Any]) -> dict[str, Any]:
    """Look at `{"data": packed bytes}`; refuses what is locked, broken, or acts when it is opened."""
    return facts_and_pages(payload)[0]


def facts_and_pages(payload: dict[str, Any], *, words: bool = False) -> tuple[dict[str, Any], Pages]:
    """Give the same facts, and the text of each page that was read; with `words`, also where each word stands."""
    data = unpack(payload["data"])
    if not data.startswith(b"%PDF-"):
        raise Refused("file.type")
    count, repaired = _structure(data)
    pages = _pages(data, count, words=words)
    text = "\n".join(pages.texts)
    found = {
        "pages": count,
        "has_text": bool(text.strip()),
        "has_picture": pages.has_picture,
        "characters": len(text),
        "repaired": repaired,
        "text": text[:TEXT_SIGNS],  # for the gate alone; nobody keeps it
    }
    return found, pages


def _structure(data: bytes) -> tuple[int, bool]:
    # A file that only its owner's password protects opens with the empty one: it is not locked for its reader.
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            if not 1 <= len(document.pages) <= MAX_PAGES or len(document.objects) > MAX_OBJECTS:
                raise unreadable()
            _refuse_what_acts(document)
            return len(document.pages), bool(document.get_warnings())
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, TypeError, KeyError, RuntimeError):
        raise unreadable() from None


def _refuse_what_acts(document: pikepdf.Pdf) -> None:
    # Each object is looked at, not the bytes: a search in the file misses what lies in compressed object streams.
    for each in document.objects:
        for found in _dictionaries(each):
            if found.get("/S") in _ACTIONS or any(key in found for key in _KEYS):
                raise Refused("file.type")
    names = document.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary) and ("/JavaScript" in names or "/EmbeddedFiles" in names):
        raise Refused("file.type")


def _dictionaries(value: Any, depth: int = 0) -> Iterator[Any]:
    """Give the dictionaries in one object; others that it refers to are visited by themselves."""
    if depth > 20:
        raise unreadable()
    if isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        yield value
        children = [child for _, child in value.items()]
    elif isinstance(value, pikepdf.Array):
        children = list(value)
    else:
        return
    for child in children:
        if isinstance(child, (pikepdf.Dictionary, pikepdf.Array)) and not child.is_indirect:
            yield from _dictionaries(child, depth + 1)


def _pages(data: bytes, count: int, *, words: bool) -> Pages:
    """Give the text of the first pages, and say whether any page is a picture or a scan: that is no fault."""
    texts: list[str] = []
    placed: list[list[dict[str, Any]]] = []
    has_picture = False
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            for page in document.pages[:TEXT_PAGES]:
                texts.append(page.extract_text())
                if words:
                    placed.append(page.extract_words())
                # A page of which no text can be read is a picture, unless there is nothing at all on it.
                drawn = page.images or page.curves or page.rects
                has_picture = has_picture or bool(drawn and not texts[-1].strip())
                page.close()
        complete = count <= TEXT_PAGES and not has_picture and sum(map(len, texts)) <= TEXT_SIGNS
        has_picture = has_picture or _is_drawn(data, count)
    except Exception:  # noqa: BLE001 - a stranger's file raises anything; no text is the honest answer
        return Pages((), complete=False)
    return Pages(tuple(texts), complete, has_picture, words=tuple(placed))


def _is_drawn(data: bytes, count: int) -> bool:
    """Say whether a page has words that no program can tell, or is a picture behind the pages that are read."""
    document = pypdfium2.PdfDocument(data)
    try:
        return any(_has_no_words(document[number], is_read=number < TEXT_PAGES) for number in range(count))
    finally:
        document.close()


def _has_no_words(page: pypdfium2.PdfPage, *, is_read: bool) -> bool:
    text = page.get_textpage()
    try:
        if pdf_untold.has_words(text):
            return True
        return (
            not is_read and next(page.get_objects(max_depth=1), None) is not None and not text.get_text_range().strip()
        )
    finally:
        text.close()
        page.close()
