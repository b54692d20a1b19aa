"""The words of a file, so that the gate can read them: of text, a PDF, a picture's facts, and texts in an archive."""

import codecs
import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from broker import sandbox
from broker.inlets import lettered, office_words, packed, picture_words, rtf_words
from broker.sandbox.wire import unpack

MOST = 1_000_000  # letters that are read at once
OVERLAP = 300  # letters of the last piece that begin the next one
MOST_PIECES = 8  # a file with more words is no file of readings, and is taken by nobody
MOST_FILES = 50  # of an archive
MOST_OF_ENTRY, MOST_OF_ARCHIVE = 8_000_000, 32_000_000  # bytes of each file in an archive, and of all but its PDFs
MOST_OF_PICTURE = 25 * 1024 * 1024  # in an archive
MOST_PACKED = 3  # files that stand as letters in a file that stands as letters
WALL, CPU = 15.0, 8
_MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_HEAD = 4096
_BROKEN_LETTER = "\ufffd"  # stands where bytes are no letter
# A NUL makes no text of letters unreadable for a person: what is hardly anything else is read as one too.
_PLAIN, _MOST_STRANGE = bytes([0, 9, 10, 13, *range(32, 127)]), 0.3
_END_OF_ARCHIVE, _OF_ITS_END = b"PK\x05\x06", 22  # bytes of it before the words of its comment
_BROKEN = (OSError, ValueError, RuntimeError, EOFError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile)
# What office programs put into each document beside its words: of the printer, of lines and their heights.
_SETTINGS, _MOST_OF_SETTINGS = re.compile(r"(?i)(?:.*/)?printerSettings\d{1,4}\.bin|layout-cache"), 100_000
# Rows of the portal's table hold no words, and so no login; a feed says the same words thousands of times.
_ROW = re.compile(r"^[ \xa0]*\d{4}-\d\d-\d\d \d\d:\d\d[ \xa0]to \d{4}-\d\d-\d\d \d\d:\d\d,[-\d.]*,[-\d.]*,?\r?$", re.M)
_TOKEN = re.compile(r"<[^<>]*>|[^<>]+")
# What a feed says thousands of times, each time with another number, and what stands around it (NAESB REQ.21:
# IntervalReading).
_READING = re.compile(r"<(?:\w{1,20}:)?(?:value|start|duration|cost|timeStamp)>")
_OF_READINGS = re.compile(
    r"</?(?:\w{1,20}:)?(?:IntervalBlock|interval|IntervalReading|timePeriod|ReadingQuality|quality|"
    r"value|start|duration|cost|timeStamp)/?>"
)
_SPEAKS = re.compile(r"[^\W\d_]{3}")  # a day and an hour beside each reading do not
_BARE_TAG = re.compile(r"</?[\w:.-]{1,80}\s?/?>")
MOST_FIGURES = 12  # of a row behind words, which may be what they speak of
LEAST_AGAIN = 3  # characters of what is not said again: somebody may spell a word out, a letter in each element
_BEFORE = 24  # characters: what was said behind the same ones is not said again


class Unread(Exception):
    """Not every word of a file was read, or nobody knows whether it was."""


@dataclass(frozen=True)
class _Missed:
    """Why not every word was read: a reader did not come to its end; or there is what no program reads.

    `closed` are those of either that a person may open elsewhere, and read words in that nobody here has read.
    """

    unread: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def stopped(self, why: str) -> None:
        """Say that a reader did not come to its end."""
        self.unread.append(why)
        self.closed.append(why)


@dataclass(frozen=True, repr=False)
class Words:
    """The words of a file; `whole` says that whatever read them came to its end.

    It says nothing of what no program reads: a picture, a scan, bytes that are no letters. That has codes of its own.
    `closed` says that words may stand in it that neither a reader here nor whoever looks at a picture or a page has
    read: a reader stopped or died, or the bytes are of a kind that nothing here reads. A PDF that nobody can open
    (locked, broken) is none such.
    """

    texts: tuple[str, ...]
    whole: bool
    closed: bool


def inlet(data: bytes) -> str:
    """Give the inlet at which the words of a file are read, wherever it came in."""
    return "pdf_upload" if is_pdf(data) else "csv_upload"


def texts(data: bytes, *, is_text: bool = False) -> Iterator[str]:
    """Give the words of a text file in UTF-8 or UTF-16, of a PDF, of a ZIP's text files and first PDFs, of a picture.

    `is_text`: whoever sent the file says so, and it is read as text too, whatever its bytes look like. All others are
    opened in the sandbox, within limits. What is given may not be all: who keeps a file asks `unread.against`.
    """
    return _texts(data, _Missed(), is_text=is_text)


def read(data: bytes, *, is_text: bool = False, inside: bool = False) -> Words:
    """Give the same at once, and whether it is all; `inside`: with the texts that lie in a PDF."""
    missed = _Missed()
    found = tuple(_texts(data, missed, is_text=is_text, inside=inside))
    return Words(found, not missed.unread, bool(missed.closed))


def every(data: bytes) -> Iterator[str]:
    """Give the same of a file that nobody looks at after us, and the texts that lie in a PDF, as in our letters.

    Raises `Unread` at its end where that may not be all: of a picture or an archive, of a PDF without a word or with
    more inside than texts. What is drawn on a page of a PDF is read by nobody.
    """
    missed = _Missed()
    yield from _texts(data, missed, is_text=False, inside=True)
    if why := [*missed.unread, *missed.beyond]:
        raise Unread(why[0])


def _texts(data: bytes, missed: _Missed, *, is_text: bool, inside: bool = False, depth: int = 0) -> Iterator[str]:
    if not data.startswith(b"PK") and lettered.ends_as_archive(data):
        missed.closed.append("an archive behind something else")
    if is_pdf(data):
        # What comes in with a file behind it waits for a person (`file.attachments`), whatever stands in that one.
        yield from _inside("broker.inlets.pdf_words:found", data, missed, inside=inside)
    elif lettered.is_picture(data):
        yield from _inside("broker.inlets.picture_words:found", data, missed)
        missed.beyond.append("a picture")
    elif data.startswith(b"PK"):
        yield from _inside("broker.inlets.written:unzipped", data, missed)
        # By itself: a PDF that takes too long loses none of the other words.
        yield from _inside("broker.inlets.pdf_words:in_archive", data, missed)
        missed.beyond.append("an archive")
    else:
        yield from _plain(data, missed, is_text=is_text)
        yield from _packed(data, missed, depth)
        return
    if is_text:
        yield from _plain(data, _Missed(missed.unread, missed.beyond), is_text=True)


def is_pdf(data: bytes) -> bool:
    """Say whether a file that begins so is read as a PDF."""
    return data.lstrip()[:5] == b"%PDF-"


def _plain(data: bytes, missed: _Missed, *, is_text: bool) -> Iterator[str]:
    if _coding(data[:_HEAD]) is None:
        missed.beyond.append("no text")
    if (text := _text(data, is_text=is_text)) is None:
        missed.closed.append("bytes of a kind that is not read")
        return
    if _BROKEN_LETTER in text:
        missed.beyond.append("bytes that are no letters")
    if not lettered.is_text(data, text):
        missed.closed.append("bytes that are no letters")
    for each in _without_nul(text):
        yield from _pieces(_worded(each), missed)
    for is_such, made_of in ((rtf_words.is_rtf, rtf_words.of), (office_words.is_flat, office_words.of_flat)):
        if is_such(text):
            made, whole = made_of(text)
            if not whole:
                missed.closed.append("more than words")
            for each in made:
                yield from _pieces(each, missed)


def _packed(data: bytes, missed: _Missed, depth: int) -> Iterator[str]:
    """Give the words of the files that stand as letters in a text."""
    wide = _coding(data[:_HEAD]) not in ("utf-8", None)
    made = packed.of((_text(data, is_text=True) or "").encode() if wide else data)
    if not made.whole or (made.files and depth == MOST_PACKED):
        missed.stopped("a file that stands as letters")
    for each in made.files if depth < MOST_PACKED else ():
        yield from _texts(each, missed, is_text=False, inside=True, depth=depth + 1)


def unzipped(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts`: the words of each text file in the archive `data`, each file's name, and what is said of them.

    `whole` says that it holds nothing else but PDFs and pictures, and that all of it was read. Of a document of an
    office program words are put together that lie torn over its parts. Runs in the sandbox.
    """
    found: list[str] = []
    whole = False
    try:
        data = unpack(payload["data"])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            behind = data[data.rfind(_END_OF_ARCHIVE) + _OF_ITS_END :]  # its comment, and whatever follows
            missed = _Missed()
            found += _plain(behind[:MOST], missed, is_text=False)
            all_read = len(entries) <= MOST_FILES and len(behind) <= MOST and not missed.closed
            parts: dict[str, str] | None = {} if office_words.is_office([each.filename for each in entries]) else None
            left = MOST_OF_ARCHIVE
            for each in entries[:MOST_FILES]:
                found += [each.filename[:1000], *_plain(each.comment, _Missed(), is_text=False)]
                read, is_whole, size = _entry(archive, each, parts, left)
                found += read
                left -= size
                all_read = all_read and is_whole and len(each.filename) <= 1000
            made, is_whole = office_words.of(parts or {})
            found += made
        whole = all_read and is_whole
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001, S110 - a stranger's archive raises anything; what was read before counts
        pass
    return {"texts": [each for each in found if each], "whole": whole}


def _entry(
    archive: zipfile.ZipFile, each: zipfile.ZipInfo, parts: dict[str, str] | None, left: int
) -> tuple[list[str], bool, int]:
    """Give the words of one file of an archive, whether they are all, and how much of it was looked at.

    A PDF is read by its own reader; a part of an office program's document is put among `parts`.
    """
    try:
        with archive.open(each) as file:
            head = file.read(max(0, min(_HEAD, left, MOST_OF_ENTRY)))
            if is_pdf(head):
                return [], True, 0
            most = MOST_OF_PICTURE if lettered.is_picture(head) else MOST_OF_ENTRY
            data, more = head + file.read(max(0, min(left, most) - len(head))), file.read(1)
    except _BROKEN:  # one that is locked or broken hides none of the others
        return [], False, 0
    if lettered.ends_as_archive(data):
        return [], False, len(data)
    if lettered.is_picture(data):
        words = picture_words.of(data)
        return words.texts(), words.whole and not more, len(data)
    if parts is not None and _SETTINGS.fullmatch(each.filename) and len(data) <= _MOST_OF_SETTINGS:
        words = picture_words.Words()
        words.runs(data)
        words.runs(data.replace(b"\0", b""))
        return words.texts(), True, len(data)
    missed = _Missed()
    if parts is not None and (text := _text(data, is_text=False)) and text.lstrip("\ufeff \t\r\n").startswith("<"):
        parts[each.filename] = parts.get(each.filename, "") + text  # two parts may have one name
        found = []
    else:
        found = list(_plain(data, missed, is_text=False))
        if packed.of(data) != packed.Undone():
            missed.closed.append("a file that stands as letters")
    return found, not (more or missed.unread or missed.closed), len(data)


def _inside(function: str, data: bytes, missed: _Missed, *, inside: bool = False) -> Iterator[str]:
    try:
        found = sandbox.call(function, {"data": sandbox.pack(data), "inside": inside}, wall=WALL, cpu=CPU)
    except (sandbox.SandboxError, ValueError):
        missed.stopped("what breaks its reader")
        return
    if not found.get("whole"):
        missed.unread.append("more than its reader gives")
        if found.get("opens", True):
            missed.closed.append("more than its reader gives")
    if not found["texts"]:
        missed.beyond.append("nothing that is a word")
    yield from found["texts"]
    yield from found.get("files", [])


def _pieces(text: str, missed: _Missed) -> Iterator[str]:
    if len(text) > MOST_PIECES * MOST:
        missed.stopped("too many letters")
    for number in range(min(MOST_PIECES, max(1, -(-len(text) // MOST)))):
        yield text[max(0, number * MOST - OVERLAP) : (number + 1) * MOST]


def _worded(text: str) -> str:
    """Give a text without what holds no words: rows of numbers, and of a feed what it says again behind the same."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _ROW.sub("", text)
    return "".join(_without_readings(text))


def _without_readings(text: str) -> Iterator[str]:
    """Give the pieces of a feed but for its readings: of those that follow each other the first are given.

    A piece that is given stands in its own element, and between two readings stands nothing but what a feed has there.
    """
    said, before, tags = set[tuple[str, str]](), "", set[str]()
    tag, tag_given, is_given, figures = "", True, False, 0
    for each in _TOKEN.findall(text):
        if _BARE_TAG.fullmatch(each):
            tag, tag_given, is_given = each, is_given or each not in tags, False
            tags.add(each)
            if tag_given:
                yield each
            if not _OF_READINGS.fullmatch(each):
                figures = 0
            continue
        bare = each.strip()
        if not bare and "\n" in each:
            continue
        is_figure = bare.removeprefix("-").isdigit()
        # A number behind words may be what they speak of.
        figures = figures + 1 if is_figure else 0 if _SPEAKS.search(bare) else figures
        is_given = not (is_figure and figures > MOST_FIGURES and _READING.fullmatch(tag))
        is_given = is_given and (len(bare) < LEAST_AGAIN or (before, bare) not in said)
        if is_given:
            said.add((before, bare))
            before = f"{before} {bare}"[-_BEFORE:]
            yield from (each,) if tag_given else (tag, each)
            tag_given = True
        if each.startswith("<"):
            tag, tag_given = each, is_given


def _text(data: bytes, *, is_text: bool) -> str | None:
    """Give bytes as the text that they are, or that most of them are; None where they are none."""
    if (coding := _coding(data[:_HEAD])) is not None:
        return data.decode(coding, "replace")
    strange = len(data.translate(None, _PLAIN))
    return data.decode("utf-8", "replace") if is_text or strange <= _MOST_STRANGE * len(data) else None


def _without_nul(text: str) -> tuple[str, ...]:
    """Give a text without the bytes that nobody sees: they stand in a word, or between two."""
    return (text.replace("\0", ""), text.replace("\0", " ")) if "\0" in text else (text,)


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
