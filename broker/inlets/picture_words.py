"""What a picture says in text beside its points: comments, facts of the camera, XMP; runs in the sandbox (rules).

Chunks of a PNG and segments of a JPEG are walked through; no point of the picture is ever decoded, so that nothing can
grow here but compressed text, which is read up to a bound.
"""

import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image

from broker.sandbox.wire import unpack

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
MOST_INFLATED = 64 * 1024  # bytes of one compressed chunk
MOST_SIGNS = 2_000_000
MOST_INSIDE = 8  # pictures behind the end of a picture, as telephones keep smaller ones
# Letters in a row between bytes that are none, those of Spanish in UTF-8 among them. Of four million bytes of chance (a
# telephone keeps a short film behind a picture) hardly one run is so long; at six there are thousands. No step back is
# kept, for each would cost 100 bytes a letter.
_RUN = re.compile(rb"(?:[\t\n\r\x20-\x7e]|\xc3[\x80-\xbf]){16,}+")
_LETTERS = re.compile(r"[^\W\d_]{3}")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the first that is no part of the points
# Chunks of points, colours, sizes and moving pictures: bytes of chance.
_OF_POINTS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD hIST pHYs sPLT tIME acTL fcTL fdAT iDOT".split()
)
_XMP, _MORE_XMP = b"http://ns.adobe.com/xap/1.0/\x00", b"http://ns.adobe.com/xmp/extension/\x00"
_OF_MORE_XMP = 40  # bytes of each piece of a long packet before its words: whose it is, how long, and where it goes
_EXIF, _CAPTIONS, _CAPTION = b"Exif\x00\x00", b"Photoshop 3.0\x00", b"\x1c\x02"
_OF_COLOURS = (b"JFIF\x00", b"JFXX\x00", b"ICC_PROFILE\x00", b"MPF\x00", b"Adobe\x00")
_START, _SCAN, _END, _COMMENT, _APPS = 0xD8, 0xDA, 0xD9, 0xFE, range(0xE0, 0xF0)
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers that no length follows
_USER_COMMENT, _OF_WINDOWS = 0x9286, range(0x9C9B, 0x9CA0)
_CODINGS = {b"ASCII\x00\x00\x00": "utf-8", b"UNICODE\x00": "utf-16", b"JIS\x00\x00\x00\x00\x00": "iso2022_jp"}
_PARTS = (ExifTags.IFD.IFD1, ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop)
# What Pillow raises over facts that somebody cut or made up; their letters are read all the same, as they stand.
_BROKEN = (ArithmeticError, AttributeError, EOFError, LookupError, OSError, struct.error, SyntaxError, TypeError,
           ValueError)  # fmt: skip


class Words:
    """The words of one picture: those with a name, and others; `whole` says that all of them were read."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.others: list[str] = []
        self.whole = True
        self._left = MOST_SIGNS

    def say(self, text: str, name: str = "") -> None:
        """Take a text that has a name, or was written to be read."""
        self._take(self.said, f"{name}: {text}" if name else text)

    def runs(self, data: bytes) -> None:
        """Take what are letters in bytes of whatever kind."""
        for text in runs(data):
            self._take(self.others, text)

    def inflated(self, data: bytes) -> bytes:
        """Undo what was compressed, up to the bound; what is broken is read as far as it goes."""
        engine, out = zlib.decompressobj(), b""
        try:
            out = engine.decompress(data, MOST_INFLATED)
        except zlib.error:
            self.whole = False
        if engine.unconsumed_tail or len(out) >= MOST_INFLATED:
            self.whole = False
        return out

    def texts(self) -> list[str]:
        """Give both as texts of their own: what programs write beside a comment is no context of it."""
        return [text for each in (self.said, self.others) if (text := "\n".join(each)).strip()]

    def _take(self, into: list[str], text: str) -> None:
        if not text.strip():
            return
        if len(text) > self._left:
            self.whole = False
        into.append(text[: self._left])
        self._left -= min(self._left, len(text))


def runs(data: bytes) -> Iterator[str]:
    """Give what are letters in bytes of whatever kind: each run that is longer than chance makes one."""
    for run in _RUN.finditer(data):
        text = run[0].decode("utf-8", "replace")
        if _LETTERS.search(text):
            yield text


def found(payload: dict[str, Any]) -> dict[str, Any]:
    """Give `texts` of `{"data": packed picture}`, and `whole`."""
    words = of(unpack(payload["data"]))
    return {"texts": words.texts(), "whole": words.whole}


def of(data: bytes) -> Words:
    """Read the words of a PNG or a JPEG, and of what stands behind its end."""
    words = Words()
    for _ in range(MOST_INSIDE):
        if data.startswith(PNG):
            data = _png(data, words)
        elif data.startswith(JPEG):
            data = _jpeg(data, words)
        else:
            break
    if data:
        text = _text(data)
        if _UNSEEN.search(text):
            words.runs(data)
        elif _LETTERS.search(text):
            words.say(text)
    return words


def _png(data: bytes, words: Words) -> bytes:
    """Walk through the chunks; give what is behind the last one."""
    at = len(PNG)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        _chunk(kind, data[at + 8 : at + 8 + length], words)
        at += 12 + length
        if kind == b"IEND":
            break
    return data[at:]


def _chunk(kind: bytes, body: bytes, words: Words) -> None:
    name, _, rest = body.partition(b"\x00")
    if kind == b"tEXt":
        _named(name, rest, words)
    elif kind == b"zTXt":
        _named(name, words.inflated(rest[1:]), words)
    elif kind == b"iTXt":
        language, _, more = rest[2:].partition(b"\x00")
        translated, _, text = more.partition(b"\x00")
        words.runs(language)
        words.say(_text(translated))
        _named(name, words.inflated(text) if rest[:1] == b"\x01" else text, words)
    elif kind == b"eXIf":
        _exif(body, words)
    elif kind not in _OF_POINTS:
        words.runs(body)


def _named(name: bytes, text: bytes, words: Words) -> None:
    words.say(_text(text), _text(name))
    if name.startswith(b"Raw profile type"):  # facts of the camera in hexadecimal, behind their kind and length
        try:
            _application(bytes.fromhex("".join(_text(text).split()[2:])), words)
        except ValueError:
            words.whole = False


def _jpeg(data: bytes, words: Words) -> bytes:
    """Walk through the segments; give what is behind the end."""
    at, long_packet = 0, b""
    while at + 2 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # bytes that only fill
            at += 1
            continue
        if marker in _ALONE or marker == _END:
            at += 2
            if marker == _END:
                break
            continue
        length = max(2, int.from_bytes(data[at + 2 : at + 4]))
        body = data[at + 4 : at + 2 + length]
        if marker == _COMMENT:
            words.say(_text(body))
        elif body.startswith(_MORE_XMP):
            long_packet += body[len(_MORE_XMP) + _OF_MORE_XMP :]
        elif marker in _APPS:
            _application(body, words)
        at += 2 + length
        if marker == _SCAN:
            following = _MARKER.search(data, at)
            at = following.start() if following else len(data)
    words.say(_text(long_packet))
    return data[at:]


def _application(body: bytes, words: Words) -> None:
    if body.startswith(_EXIF):
        _exif(body[len(_EXIF) :], words)
    elif body.startswith(_XMP):
        words.say(_text(body[len(_XMP) :]))
    elif not body.startswith(_OF_COLOURS):
        if body.startswith(_CAPTIONS):
            _captions(body, words)
        words.runs(body)


def _captions(body: bytes, words: Words) -> None:
    """Read the captions of a newspaper's kind (IPTC): each behind its sign, its number and its length."""
    for each in body.split(_CAPTION)[1:]:
        text = _text(each[3 : 3 + int.from_bytes(each[1:3])])
        if not _UNSEEN.search(text):
            words.say(text)


def _exif(data: bytes, words: Words) -> None:
    words.runs(data)
    with warnings.catch_warnings(action="ignore"):  # Pillow warns of each fact that is cut
        try:
            facts = Image.Exif()
            facts.load(_EXIF + data)
            for each in (facts, *(facts.get_ifd(part) for part in _PARTS)):
                for tag, value in each.items():
                    if (text := _fact(tag, value)) is not None:
                        words.say(text, ExifTags.TAGS.get(tag, ""))
        except _BROKEN:
            return


def _fact(tag: int, value: object) -> str | None:
    """Give a fact of the camera where it is a text, in the coding that it names or that its kind has."""
    if isinstance(value, str):
        return value.strip("\x00")
    if isinstance(value, tuple) and tag in _OF_WINDOWS:
        value = bytes(value)
    if not isinstance(value, bytes):
        return None
    if tag in _OF_WINDOWS:
        return value.decode("utf-16-le", "replace").strip("\x00")
    if tag != _USER_COMMENT:
        return None  # its letters were read as they stand
    coding = _CODINGS.get(value[:8])
    if coding == "utf-16":
        return max((value[8:].decode(each, "replace") for each in ("utf-16-le", "utf-16-be")), key=_plainness)
    return value[8:].decode(coding, "replace") if coding else _text(value)


def _plainness(text: str) -> int:
    return sum(each.isascii() and each.isprintable() for each in text)


def _text(data: bytes) -> str:
    """Read bytes as text: UTF-16 where a mark says so, else UTF-8, else Latin."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
