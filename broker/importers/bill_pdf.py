"""Facts of a PDF that somebody sent: pages, whether its text can be read, and nothing that acts by itself."""

import io
from collections.abc import Iterator
from typing import Any

import pdfplumber
import pikepdf

from broker.importers.readings import unreadable
from broker.sandbox.errors import Refused
from broker.sandbox.wire import unpack

MAX_PAGES = 150  # what Nectar accepts
MAX_OBJECTS = 200_000
TEXT_PAGES = 20
TEXT_SIGNS = 200_000
_ACTIONS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/Rendition", "/GoToR", "/GoToE"}
_KEYS = ("/JS", "/AA", "/EF", "/XFA")


def facts(payload: dict[str, Any]) -> dict[str, Any]:
    """Look at `{"data": packed bytes}`; refuses what is locked, broken, or acts when it is opened."""
    data = unpack(payload["data"])
    if not data.startswith(b"%PDF-"):
        raise Refused("file.type")
    pages, repaired = _structure(data)
    text = _text(data)
    return {
        "pages": pages,
        "has_text": bool(text.strip()),
        "characters": len(text),
        "repaired": repaired,
        "text": text[:TEXT_SIGNS],  # for the gate alone; nobody keeps it
    }


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


def _text(data: bytes) -> str:
    """Give the text of the first pages; a scan without text is readable to Nectar and is no fault."""
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            return "\n".join(page.extract_text() for page in document.pages[:TEXT_PAGES])
    except Exception:  # noqa: BLE001 - a stranger's file raises anything; no text is the honest answer
        return ""
