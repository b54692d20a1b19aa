"""Every word of a PDF, on its pages and beside them; runs in the sandbox (rules)."""

import io
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2

from broker.inlets import (
    pdf_beneath,
    pdf_beside,
    pdf_drawn,
    pdf_flat,
    pdf_letters,
    pdf_rows,
    pdf_streams,
)
from broker.sandbox import pdf_untold
from broker.sandbox.wire import pack, unpack

MOST_PAGES = 150
MOST_EARLIER_PAGES = 300  # of all earlier versions together
MOST_SIGNS = 1_000_000
MOST_FILES, MOST_PDFS = 50, 10  # of an archive
MOST_BYTES = 20_000_000  # of a PDF in one
HEAD = 4096
_NO_LETTERS = re.compile(r"[\W_]+")
_BROKEN = (OSError, ValueError, RuntimeError, EOFError, zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile)


class _Reading:
    """The texts of a PDF; `whole` says that each reader came to its end, and found nothing that is no text."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.whole = True

    def take(self, *sources: Iterator[str]) -> bool:
        """Take the words of some sources as one text, and say whether they are new.

        What was read before something broke counts. Each has its own limit, and breaks by itself: none that is long or
        broken hides the words of another.
        """
        read: list[str] = []
        for words in sources:
            read += self._read(words)
        text = "\n".join(read)
        is_new = bool(text.strip()) and text not in self.texts  # an earlier version mostly says what a later one does
        if is_new:
            self.texts.append(text)
        return is_new

    def again(self, words: Iterator[str]) -> bool:
        """Take what was read another way, where it has other words than each text so far; say whether it has."""
        text = "\n".join(self._read(words))
        if (found := _letters(text)) and all(found != _letters(each) for each in self.texts):
            self.texts.append(text)
            return True
        return False

    def files(self, made: Iterator[bytes]) -> Iterator[bytes]:
        """Give each file that is made of the PDF, until one breaks."""
        with self._by_itself():
            yield from made

    def _read(self, words: Iterator[str]) -> list[str]:
        left, read = MOST_SIGNS, []
        with self._by_itself():
            for each in words:
                read.append(each[:left])
                left -= len(each)
                if left < 0:
                    self.whole = False
                    break
        return read

    @contextmanager
    def _by_itself(self) -> Iterator[None]:
        """Let what breaks inside be unread, and hide nothing else."""
        try:
            yield
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - a stranger's file raises anything; its own reader says what it is
            self.whole = False

    def earlier(self, data: bytes) -> Iterator[bytes]:
        """Give each earlier version of a PDF that is read."""
        left = MOST_EARLIER_PAGES
        with self._by_itself():
            for version in pdf_beneath.earlier(data):
                left -= _count(version)
                if left < 0:
                    raise ValueError("more pages of earlier versions than are read")
                yield version

    def restored(self, data: bytes) -> bytes:
        """Give a PDF with all objects that are in it, or as it is where they cannot be found."""
        with self._by_itself():
            data, is_whole = pdf_beneath.restored(data)
            self.whole = self.whole and is_whole
        return data


def found(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts` of `{"data": packed PDF}`: its pages as they are drawn, their rows, then all else.

    Of a page whose fonts tell other letters than stand beside them (`pdf_letters`) both are given. `files`, where
    `inside` asks for them, are texts that lie in it: only then anything of those is unpacked. `whole` says that nothing
    was left out but pictures, of which nothing is read; `opens`, that it is neither locked nor broken for each reader
    here.
    """
    data, reading = unpack(payload["data"]), _Reading()
    others: list[str] = []
    seen: list[str] = []
    files: list[bytes] | None = [] if payload.get("inside") else None
    # Letters on a page that nobody can tell are for the person who looks at a picture (`bill_pdf`).
    reading.take(_pages(data, most=MOST_PAGES, are_told=True))
    reading.take(_rows(data, seen))
    reading.again(iter(seen))
    reading.take(_flat(data))
    earlier = list(reading.earlier(data))
    for version in earlier:
        if reading.take(_pages(version, most=MOST_PAGES)):
            reading.take(_rows(version))
        reading.take(_flat(version))
    every = reading.restored(data)
    drawn = list(reading.files(_drawn(every)))
    for each in drawn:
        reading.take(_pages(each, most=pdf_drawn.MOST_FORMS))
    for each in (data, *earlier, *drawn):
        for made in reading.files(pdf_letters.respelled(each)):
            if reading.again(_pages(made, most=pdf_drawn.MOST_FORMS, are_told=each is data)):
                reading.again(_rows(made))
    reading.take(pdf_beside.facts(data), pdf_beside.metadata(data), pdf_beside.words(every, others, files))
    reading.take(pdf_beside.around(data), pdf_beneath.between(data))
    reading.take(pdf_streams.words(every))
    reading.take(iter(others))
    inside = [pdf_beside.as_text(each) for each in files or []]
    whole = reading.whole and None not in inside
    return {"texts": reading.texts, "files": [each for each in inside if each], "whole": whole, "opens": _opens(data)}


def _opens(data: bytes) -> bool:
    try:
        pypdfium2.PdfDocument(data).close()
    except pypdfium2.PdfiumError:
        return pdf_beside.opens(data)
    return True


def in_archive(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts` of each PDF in `{"data": packed ZIP}`, as `found` gives those of one that came by itself.

    `whole` says that none was left out, and that each was read to its end.
    """
    texts: list[str] = []
    with zipfile.ZipFile(io.BytesIO(unpack(payload["data"]))) as archive:
        entries = archive.infolist()
        left, whole = MOST_PDFS, len(entries) <= MOST_FILES
        for each in entries[:MOST_FILES]:
            try:
                with archive.open(each) as file:
                    head = file.read(HEAD)
                    if not is_pdf(head):
                        continue
                    if left == 0:
                        whole = False
                        continue
                    left, data = left - 1, head + file.read(MOST_BYTES)
                    whole = whole and not file.read(1)
            except _BROKEN:  # one that is locked or broken hides none of the others
                whole = False
                continue
            read = found({"data": pack(data)})
            texts += read["texts"]
            whole = whole and read["whole"]
    return {"texts": texts, "whole": whole}


def is_pdf(head: bytes) -> bool:
    """Say whether a file that begins so is read as a PDF."""
    return head.lstrip()[:5] == b"%PDF-"


def _pages(data: bytes, *, most: int, are_told: bool = False) -> Iterator[str]:
    is_told = True
    for text in _text_pages(data, most=most):
        yield text.get_text_range()
        is_told = is_told and (are_told or not pdf_untold.has_words(text))
    if not is_told:
        raise ValueError("letters that nobody can tell")


def _drawn(data: bytes) -> Iterator[bytes]:
    made, whole = pdf_drawn.redrawn(data)
    if made is not None:
        yield made
    if not whole:
        raise ValueError("more that is drawn than is read")


def _flat(data: bytes) -> Iterator[str]:
    if not pdf_beside.has_notes(data):
        return  # which page has some is known once it is drawn: the dearest thing about it
    document = pypdfium2.PdfDocument(data)
    try:
        yield from pdf_flat.pages(document, most=MOST_PAGES)
    finally:
        document.close()


def _letters(text: str) -> str:
    """Give the words of a text in letters and digits, each as it is written mostly: a ligature, say, is its letters."""
    return _NO_LETTERS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _rows(data: bytes, seen: list[str] | None = None) -> Iterator[str]:
    """Give the rows of each page; to `seen` those are added of what is seen alone, where not all is."""
    # Who draws column by column puts no value behind its label; the eye reads them in one row.
    left = pdf_rows.MOST_WORDS
    for text in _text_pages(data, most=MOST_PAGES):
        looked, rows = pdf_rows.of(text, most=left)
        left -= looked
        yield rows
        if seen is not None:
            seen += pdf_rows.seen(text)
        if left <= 0:
            raise ValueError("more words than are put in rows")


def _count(data: bytes) -> int:
    document = pypdfium2.PdfDocument(data)
    try:
        return len(document)
    finally:
        document.close()


def _text_pages(data: bytes, *, most: int) -> Iterator[Any]:
    document = pypdfium2.PdfDocument(data)
    try:
        for number in range(min(len(document), most)):
            page = document[number]
            text = page.get_textpage()
            yield text
            text.close()
            page.close()
        if len(document) > most:
            raise ValueError("more pages than are read")
    finally:
        document.close()
