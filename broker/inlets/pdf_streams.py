"""The letters in the streams of a PDF that are drawn by nobody: what a program keeps, comments, other words for what is
drawn, facts of pictures, fonts and colours (rules).
"""

import codecs
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pikepdf

from broker.inlets import picture_words
from broker.inlets.pdf_drawn import plain_names

MOST_BYTES = 200_000_000  # unpacked
MOST_INFLATED = 20_000_000  # of one photo that is packed once more
MOST_DEPTH = 20
# Tables, and what is read elsewhere; a file in the file waits for a person, and nothing of it is unpacked.
_OF_THE_FILE = frozenset({"/XRef", "/ObjStm", "/Metadata", "/EmbeddedFile"})
_PICTURE, _PHOTO, _PACKED = "/Image", "/DCTDecode", "/FlateDecode"
_POINTS = frozenset({_PHOTO, "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode"})
# A comment stands in no string; the string's own backslashes hide a sign of its end.
_STRING_OR_COMMENT = re.compile(rb"\((?:[^()\\]|\\.)*+\)|%[^\r\n]*+", re.DOTALL)
_USES_FACTS = re.compile(rb"(?<![\w/])(?:BDC|DP)(?!\w)")
_FACTS, _SAYS = b"<<", re.compile(rb"\(|(?<!<)<(?!<)")
# A program of a font, TrueType, OpenType, PostScript or compact, is full of names of letters and of bytes of chance
# that look like words; what somebody says in it has some of them in a row.
_OF_FONTS = (b"\x00\x01\x00\x00", b"true", b"OTTO", b"ttcf", b"%!", b"\x80\x01", b"\x01\x00\x04")
_SAID = re.compile(r"[^\W\d_]{2} [^\W\d_]{2,20} [^\W\d_]{2}")
_LETTERS = re.compile(r"[^\W\d_]{3}")
_NUMBERS = re.compile(r"<[0-9A-Fa-f\s]*>")  # a table of letters is full of them


def words(data: bytes) -> Iterator[str]:
    """Give them; what several say in the same words, as tables of letters do, once.

    Raises ValueError where more is unpacked than is read, or a photo says more; and what pikepdf raises.
    """
    given, left, whole = {""}, MOST_BYTES, True
    with pikepdf.open(io.BytesIO(data)) as document:
        drawn = {part.objgen for page in document.pages for part in _contents(page.obj)}
        for each in document.objects:
            if not isinstance(each, pikepdf.Stream) or str(each.get("/Type")) in _OF_THE_FILE:
                continue
            filters = _filters(each)
            if filters and filters[-1] in _POINTS:
                photo = _photo(each, filters)
                texts, whole = photo.texts(), whole and photo.whole
            elif str(each.get("/Subtype")) == _PICTURE:
                continue  # points, of which nothing is read
            else:
                held = _unpacked(each)
                left -= len(held)
                is_drawn = each.objgen in drawn or _is_drawn(each)
                texts = list(_of_drawn(held) if is_drawn else _letters(held))
            if (text := "\n".join(_lines(texts))) not in given:
                given.add(text)
                yield f"{text}\n"
            if left < 0:
                raise ValueError("more than is unpacked")
    if not whole:
        raise ValueError("a photo that says more")


def _contents(page: Any) -> Iterator[pikepdf.Stream]:
    held = page.get("/Contents")
    for part in held if isinstance(held, pikepdf.Array) else [held]:
        if isinstance(part, pikepdf.Stream):
            yield part


def _is_drawn(stream: pikepdf.Stream) -> bool:
    return stream.get("/Subtype") == pikepdf.Name.Form or "/PatternType" in stream or "/BBox" in stream


def _filters(stream: pikepdf.Stream) -> list[str]:
    held = stream.get("/Filter")
    if isinstance(held, pikepdf.Array):
        return [str(each) for each in held]
    return [] if held is None else [str(held)]


def _unpacked(stream: pikepdf.Stream) -> bytes:
    try:
        return stream.read_bytes()
    except pikepdf.PdfError:
        return stream.read_raw_bytes()  # as it stands, as everybody else finds it


def _photo(stream: pikepdf.Stream, filters: list[str]) -> picture_words.Words:
    data = stream.read_raw_bytes()
    if filters[:-1] == [_PACKED]:
        engine = zlib.decompressobj()
        with suppress(zlib.error):
            data = engine.decompress(data, MOST_INFLATED)
    if data.startswith(picture_words.JPEG):
        return picture_words.of(data)
    found = picture_words.Words()
    found.runs(data)
    return found


def _letters(held: bytes) -> Iterator[str]:
    if held.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return iter([held.decode("utf-16", "replace")])
    runs = picture_words.runs(held)
    if not held.startswith(_OF_FONTS):
        return iter(runs)
    return (line for run in runs for line in run.splitlines() if _SAID.search(line))


def _of_drawn(content: bytes) -> Iterator[str]:
    """Give the comments of what is drawn, and the words that are said of parts of it."""
    if b"%" in content:
        for each in _STRING_OR_COMMENT.finditer(content):
            if each[0].startswith(b"%"):
                yield each[0].decode("utf-8", "replace")
    at = content.find(_FACTS)
    while at >= 0 and (use := _USES_FACTS.search(content, at)):
        if _SAYS.search(content, at, use.start()):
            yield from _said(content[at : use.start()])
        at = content.find(_FACTS, use.end())


def _said(facts: bytes) -> Iterator[str]:
    try:
        yield from _strings(pikepdf.Object.parse(plain_names(facts).strip()), MOST_DEPTH)
    except (pikepdf.PdfError, ValueError, RuntimeError):
        yield from picture_words.runs(facts)


def _strings(held: Any, depth: int) -> Iterator[str]:
    if isinstance(held, pikepdf.String):
        yield str(held)
    elif depth and isinstance(held, pikepdf.Dictionary):
        for name, each in held.items():
            yield from (f"{name[1:]}: {text}" for text in _strings(each, depth - 1))
    elif depth and isinstance(held, pikepdf.Array):
        for each in held:
            yield from _strings(each, depth - 1)


def _lines(texts: list[str]) -> Iterator[str]:
    for text in texts:
        for line in text.splitlines():
            if _LETTERS.search(bare := _NUMBERS.sub(" ", line).strip()):
                yield bare
