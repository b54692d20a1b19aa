"""The words of a file, so that the gate can read them: of text, a PDF, a picture's facts, and texts in an archive."""

import codecs
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from broker import sandbox
from broker.sandbox.wire import unpack

MOST = 1_000_000  # letters that are read at once, and bytes of each file in an archive
OVERLAP = 300  # letters of the last piece that begin the next one
MOST_PIECES = 8  # a file with more words is no file of readings, and is taken by nobody
MOST_FILES = 50  # of an archive
WALL, CPU = 15.0, 8
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HEAD = 4096
_BROKEN_LETTER = "\ufffd"  # stands where bytes are no letter
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
# Rows of the portal's table hold no words, and so no login; a feed says the same words thousands of times.
_ROW = re.compile(r"^[ \xa0]*\d{4}-\d\d-\d\d \d\d:\d\d[ \xa0]to \d{4}-\d\d-\d\d \d\d:\d\d,[-\d.]*,[-\d.]*,?\r?$", re.M)
_TOKEN = re.compile(r"<[^<>]*>|[^<>]+")


class Unread(Exception):
    """Not every word of a file was read, or nobody knows whether it was."""


def texts(data: bytes, *, is_text: bool = False) -> Iterator[str]:
    """Give the words of a text file in UTF-8 or UTF-16, of a PDF, of a ZIP's text files and first PDFs, of a picture.

    `is_text`: whoever sent the file says so, and it is read as text whatever its bytes look like. All others are opened
    in the sandbox, within limits. One that cannot be opened has no words here, and of a picture none are read but those
    that its file says beside it: it could not be checked, and waits in quarantine for a person.
    """
    return _texts(data, [], is_text=is_text)


def every(data: bytes) -> Iterator[str]:
    """Give the same of a file that nobody looks at after us, and the texts that lie in a PDF, as in our letters.

    Raises `Unread` at its end where that may not be all: of a picture or an archive, of a PDF without a word or with
    more inside than texts. What is drawn on a page of a PDF is read by nobody.
    """
    missed: list[str] = []
    yield from _texts(data, missed, is_text=False, inside=True)
    if missed:
        raise Unread(missed[0])


def _texts(data: bytes, missed: list[str], *, is_text: bool, inside: bool = False) -> Iterator[str]:
    if not is_text and data.lstrip()[:5] == b"%PDF-":
        # What comes in with a file behind it waits for a person (`file.attachments`), whatever stands in that one.
        yield from _inside("broker.inlets.pdf_words:found", data, missed, inside=inside)
    elif not is_text and data.startswith(_PICTURES):
        yield from _inside("broker.inlets.picture_words:found", data, missed)
        missed.append("a picture")
    elif data.startswith(b"PK"):
        yield from _inside("broker.inlets.written:unzipped", data, missed)
        # By itself: a PDF that takes too long loses none of the other words.
        yield from _inside("broker.inlets.pdf_words:in_archive", data, missed)
        missed.append("an archive")
    elif (text := _text(data, is_text=is_text)) is not None:
        if _BROKEN_LETTER in text:
            missed.append("bytes that are no letters")
        yield from _pieces(_worded(text), missed)
    else:
        missed.append("no text")


def unzipped(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts`, the words of each text file in the archive `data` and each file's name; runs in the sandbox."""
    found = []
    try:
        with zipfile.ZipFile(io.BytesIO(unpack(payload["data"]))) as archive:
            for each in archive.infolist()[:MOST_FILES]:
                found.append(each.filename[:1000])
                with archive.open(each) as file:
                    text = _text(file.read(MOST), is_text=False)
                found += [_worded(text)] if text is not None else []
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001, S110 - a stranger's archive raises anything; what was read before counts
        pass
    return {"texts": found}


def _inside(function: str, data: bytes, missed: list[str], *, inside: bool = False) -> Iterator[str]:
    try:
        found = sandbox.call(function, {"data": sandbox.pack(data), "inside": inside}, wall=WALL, cpu=CPU)
    except (sandbox.SandboxError, ValueError):
        missed.append("what breaks its reader")
        return
    if not (found.get("whole") and found["texts"]):
        missed.append("more than its reader gives")
    yield from found["texts"]
    yield from found.get("files", [])


def _pieces(text: str, missed: list[str]) -> Iterator[str]:
    if len(text) >= MOST_PIECES * MOST:
        missed.append("too many letters")
    for number in range(min(MOST_PIECES, len(text) // MOST + 1)):
        yield text[max(0, number * MOST - OVERLAP) : (number + 1) * MOST]


def _worded(text: str) -> str:
    """Give a text without what holds no words: rows of numbers, and of a feed each thing that it says again."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _ROW.sub("", text)
    pieces = (each for each in _TOKEN.findall(text) if not each.strip().removeprefix("-").isdigit())
    return "".join(dict.fromkeys(pieces))


def _text(data: bytes, *, is_text: bool) -> str | None:
    if data.startswith(b"%PDF-") and not is_text:
        return None
    if (coding := _coding(data[:_HEAD])) is None:
        return data.decode("utf-8", "replace") if is_text else None
    return data.decode(coding, "replace")


def _coding(head: bytes) -> str | None:
    """Tell in which way letters are written; None for what is no text."""
    if (marked := _MARKS.get(head[:2])) is not None:
        return marked
    if b"\x00" not in head:
        return "utf-8"
    # Without a mark, Latin letters in UTF-16 have a NUL in every other place.
    even, odd, pairs = head[::2].count(0), head[1::2].count(0), max(1, len(head) // 2)
    if odd > 0.4 * pairs and even < 0.1 * pairs:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * pairs and odd < 0.1 * pairs else None
