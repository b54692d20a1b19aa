"""The words of a PDF that no page shows: facts, notes in the margin, forms, links, names of layers and pages, what
programs keep for themselves, and what stands between and behind its objects; runs in the sandbox (rules).
"""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from broker.inlets import picture_words

MOST_OBJECTS = 200_000
MOST_VALUES = 1_000_000
MOST_DEPTH = 20
MOST_FILES = 50  # that lie in a PDF
# What a person reads: an annotation's text and link, a field's name and value, a bookmark's title, a file's name, and a
# picture's spoken text. Any other word says what it is only together with its name.
_SAID = (
    "/Subj", "/T", "/TU", "/Contents", "/RC", "/URI", "/V", "/DV", "/Title", "/F", "/UF", "/Desc", "/Alt",
    "/ActualText",
)  # fmt: skip
# Bytes of chance that are kept as words: ids, hashes, certificates.
_BYTES = frozenset({"/ID", "/O", "/U", "/OE", "/UE", "/Perms", "/Cert", "/CheckSum", "/DigestValue", "/CharSet"})
# Where a certificate is told to be revoked, and by which rules it was given.
_LINK = re.compile(r"\S{0,200}://\S{0,200}")
_PLAIN = re.compile(r"[\x20-\x7e\s]")
_MOSTLY = 0.8  # of sixteen bytes of chance hardly ever so many are letters, digits or signs of a keyboard
_STREAMS = ("/RC", "/V", "/DV")  # what may be written as a stream where a note or a field says it
_OWN_OF_TRAILER = frozenset({
    "/Root", "/Info", "/Prev", "/Size", "/ID", "/Encrypt", "/XRefStm", "/Type",
    "/W", "/Index", "/Filter", "/Length", "/DecodeParms",
})  # fmt: skip
_OWN_OF_ROOT = frozenset({"/Type", "/Version", "/PageMode", "/PageLayout", "/Lang"})
# A date, and how a field is written.
_OF_PROGRAMS = re.compile(r"D:\d{4,14}[\dZ+'-]{0,8}|/[\w+-]{1,40} [\d.]{1,8} Tf(?: [\d.]{1,8}){1,4} (?:g|rg|k) ?|")
_PLAIN_NAME = re.compile(r"/[\w.+:-]*")
_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_COMMENT = re.compile(rb"%%?+(?:PDF-\d\.\d)?+([^%\r\n\x00][^\r\n\x00]{11,1000})")
_LINE_END = re.compile(rb"[\r\n]")
_LETTERS = re.compile(r"[^\W\d_]{4}")
_END = b"%%EOF"
_EMPTY = b"\x00 \t\r\n\f\v"  # some programs fill a file up to a round size
_BEHIND = re.compile(rb"%%EOF[\s%]*+(?![\s%]|EOF|\d{1,10} \d{1,5} obj|xref|\Z)")
_NEXT = re.compile(rb"%%EOF|\d obj\b|\bxref\b")


def opens(data: bytes) -> bool:
    """Say whether a PDF can be opened at all, and a page of it."""
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            return len(document.pages) > 0
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError):
        return False


def facts(data: bytes) -> Iterator[str]:
    """Give what a PDF says of itself, each fact with its name."""
    with pikepdf.open(io.BytesIO(data)) as document:
        for name, value in (document.trailer.get("/Info") or {}).items():
            yield f"{str(name)[1:]}: {value}"


def metadata(data: bytes) -> Iterator[str]:
    """Give the packet of facts (XMP) of the whole PDF."""
    with pikepdf.open(io.BytesIO(data)) as document:
        if "/Metadata" in document.Root:
            yield document.Root.Metadata.read_bytes().decode("utf-8", "replace")


def words(data: bytes, others: list[str], files: list[bytes] | None) -> Iterator[str]:
    """Give what the objects of a PDF say to a person, and add to `others` every other word in them.

    They are two texts: what programs write beside a note is no context of it. To `files`, if wanted, those are added
    that lie in it. Raises ValueError where it has more than is looked at.
    """
    with pikepdf.open(io.BytesIO(data)) as document:
        others += _facts({key: value for key, value in document.trailer.items() if key not in _OWN_OF_TRAILER})
        others += _facts({key: value for key, value in document.Root.items() if key not in _OWN_OF_ROOT})
        looked = _Looked(others, read=document.Root.get("/Metadata"))
        # What stands in the trailer itself is no object of its own; its words are facts already.
        for key, value in document.trailer.items():
            if key not in _OWN_OF_TRAILER and isinstance(value, pikepdf.Dictionary | pikepdf.Array):
                yield from looked.inside(key, value)
        for number, each in enumerate(document.objects):
            if number >= MOST_OBJECTS:
                raise ValueError("more objects than are looked at")
            yield from looked.into(each, MOST_DEPTH)
        yield from _bookmarks(document)
        if files is not None:
            files += [stream.read_bytes() for stream in list(looked.files.values())[:MOST_FILES]]
            if len(looked.files) > MOST_FILES:
                raise ValueError("more files than are read")


def _bookmarks(document: pikepdf.Pdf) -> Iterator[str]:
    """Give the titles of the bookmarks in the order in which a viewer shows them: in the file they have any."""
    waiting, given = [document.Root.get("/Outlines")], set[Any]()
    while waiting:
        each = waiting.pop()
        if not isinstance(each, pikepdf.Dictionary) or (each.is_indirect and each.objgen in given):
            continue
        given.add(each.objgen)
        if isinstance(title := each.get("/Title"), pikepdf.String):
            yield str(title)
        waiting += [each.get("/Next"), each.get("/First")]


def has_notes(data: bytes) -> bool:
    """Say whether anything in a PDF has notes or fields on it, also what is no page."""
    with pikepdf.open(io.BytesIO(data)) as document:
        return any(isinstance(each, pikepdf.Dictionary) and "/Annots" in each for each in document.objects)


def around(data: bytes) -> Iterator[str]:
    """Give the words between the objects of a PDF: its comments, and what stands behind an end of it."""
    for found in _BEHIND.finditer(data):
        following = _NEXT.search(data, found.end())
        behind = data[found.end() : following.start() if following else None].strip(_EMPTY)
        text = behind.decode("utf-8", "replace")
        yield text if _is_written(text) else as_text(behind) or ""
    at = 0
    while comment := _COMMENT.search(data, at):
        at = comment.end()
        text = comment[1].decode("utf-8", "replace")
        # A byte of chance in it makes no words unread, and a stream's bytes are hardly ever words.
        if not _is_written(text) and ("\ufffd" in text or _UNSEEN.search(text)):
            continue
        end = _LINE_END.search(data, at)
        at = end.start() if end else len(data)
        text = data[comment.start(1) : at].decode("utf-8", "replace")
        if _LETTERS.search(text):
            yield f"\n{text}\n"


def behind_the_end(data: bytes) -> bytes:
    """Give what stands behind the last end of a PDF; nothing where it has no end."""
    _before, end, behind = data.rpartition(_END)
    return behind.strip(_EMPTY) if end else b""


def as_text(data: bytes) -> str | None:
    """Give bytes as text; None where they are none."""
    for coding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "latin-1"):
        try:
            text = data.decode(coding, "replace" if coding == "utf-16" else "strict")
        except UnicodeDecodeError:
            continue
        return None if _UNSEEN.search(text) else text
    return None


def _is_written(text: str) -> bool:
    """Say whether somebody may have written this: most of it is letters, digits and signs, and not bytes of chance."""
    return len(_PLAIN.findall(text)) >= _MOSTLY * len(text)


def _facts(held: Any) -> Iterator[str]:
    """Give what a dictionary says of the whole file, each with its name, also where it is no text."""
    for name, value in held.items():
        if not isinstance(value, pikepdf.Object) or isinstance(value, pikepdf.String | pikepdf.Name):
            yield f"{str(name)[1:]}: {str(value).removeprefix('/')}"


class _Looked:
    """What was looked at so far: how many values may follow, and the words that nobody is meant to read."""

    def __init__(self, others: list[str], *, read: Any) -> None:
        self.left = MOST_VALUES
        self.read = read.objgen if read is not None else None
        self.others = others
        self.files: dict[Any, pikepdf.Stream] = {}

    def into(self, each: Any, depth: int) -> Iterator[str]:
        """Give what an object says to a person, and note its other words; objects it refers to come by themselves."""
        self._count()
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            yield from self._held(each, depth)
        elif isinstance(each, pikepdf.Array):
            for child in each:
                self._count()
                if isinstance(child, pikepdf.Object):
                    yield from self._child("", child, depth)
        else:
            yield from self._child("", each, depth)

    def inside(self, name: str, child: Any) -> Iterator[str]:
        """Give the same of what stands under a name, unless it is an object of its own."""
        yield from self._child(name, child, MOST_DEPTH)

    def _held(self, each: Any, depth: int) -> Iterator[str]:
        is_facts = isinstance(each, pikepdf.Stream) and each.get("/Type") == pikepdf.Name.Metadata
        if is_facts and each.objgen != self.read:
            self.others.append(each.read_bytes().decode("utf-8", "replace"))
        if isinstance(each, pikepdf.Stream) and each.get("/Type") == pikepdf.Name.EmbeddedFile:
            self.files[each.objgen] = each
        if isinstance(held := each.get("/EF"), pikepdf.Dictionary):
            self.files |= {kept.objgen: kept for kept in held.values() if isinstance(kept, pikepdf.Stream)}
        is_signed = "/ByteRange" in each and "/Subtype" not in each  # a note is no signature, whatever it says
        yield from _said(each, is_signed=is_signed)
        if is_signed and isinstance(held := each.get("/Contents"), pikepdf.String):
            self._letters(held)
        for name, child in each.items():
            self._count()
            if not _PLAIN_NAME.fullmatch(name):
                self.others.append(name[1:])
            if isinstance(child, pikepdf.Object) and not (name in _SAID and isinstance(child, pikepdf.String)):
                yield from self._child(name, child, depth)

    def _child(self, name: str, child: Any, depth: int) -> Iterator[str]:
        if isinstance(child, pikepdf.String):
            text = str(child)
            if name in _BYTES and not _is_written(text):
                self._letters(child)
            elif not _OF_PROGRAMS.fullmatch(text):
                self.others.append(f"{name[1:]}: {text}" if name else text)
        elif isinstance(child, pikepdf.Name):
            if not _PLAIN_NAME.fullmatch(word := str(child)):
                self.others.append(word[1:])
        elif isinstance(child, pikepdf.Dictionary | pikepdf.Array) and depth == 0:
            if not child.is_indirect:
                raise ValueError("nested deeper than is looked at")
        elif isinstance(child, pikepdf.Array) and name in _BYTES:
            for inner in child:
                self._count()
                yield from self._child(name, inner, depth - 1)
        elif isinstance(child, pikepdf.Dictionary | pikepdf.Array) and not child.is_indirect:
            yield from self.into(child, depth - 1)

    def _letters(self, held: pikepdf.String) -> None:
        """Note the letters in bytes of chance."""
        data = bytes(held)
        if data.startswith(codecs.BOM_UTF16_BE):
            data = str(held).encode("utf-8", "replace")
        self.others += [_LINK.sub(" ", text) for text in picture_words.runs(data)]

    def _count(self) -> None:
        if self.left <= 0:
            raise ValueError("more values than are looked at")
        self.left -= 1


def _said(each: Any, *, is_signed: bool) -> Iterator[str]:
    # A field's name and its value belong together, as in a form on paper; so do what a note is about and its words.
    keys = each.keys()
    found = [str(each[key]) for key in _SAID if key in keys and isinstance(each[key], pikepdf.String)]
    if is_signed:
        found = [text for text in found if not _UNSEEN.search(text)]  # the signature itself is no word
    found += [_of_stream(each[key]) for key in _STREAMS if key in keys and isinstance(each[key], pikepdf.Stream)]
    if "/T" in keys and isinstance(each.get("/V"), pikepdf.Name):
        found.append(str(each["/V"])[1:])
    if ("/T" in keys or "/Subj" in keys) and len(found) > 1:
        yield ": ".join(found)
    yield from found


def _of_stream(held: pikepdf.Stream) -> str:
    if (text := as_text(held.read_bytes())) is None:
        raise ValueError("bytes where words stand")
    return text
