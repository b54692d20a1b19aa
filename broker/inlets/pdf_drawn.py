"""What a viewer draws of a PDF beside the words of its pages: of notes and fields, and inside patterns (rules).

The appearance of a note, a stamp or a field, also one that is not shown now; a tile of a pattern, a soft mask, a glyph
that is drawn as words; a page that is not among the pages; and one that names other words for those that it draws
(`/ActualText`), without these. Each becomes a form on a page of another PDF, which is read as any page is. None is
known by what it calls itself: viewers draw whatever stands in the right place, and so every stream is looked at.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name

MOST_FORMS = 1_000  # with words; no honest file has so many
MOST_DEPTH = 20
FAR = 3_000  # points
# What is drawn too small for words is made larger by whoever uses it: a glyph by its font, a stamp by its note. Inside
# a form the reader leaves out what is narrower than the hundredth part of a point.
_LARGER = 1_000_000
SMALL_PAGE = 10  # points: a viewer shows it as large as its window
_OTHER_WORDS = b"/ActualText"
# Words stand between two operators (ISO 32000-1, 9.4.1), but viewers draw them without these too; a NUL is a blank.
_HAS_WORDS = re.compile(
    rb"(?<![^\x00\s>\])}])(?:BT|T[jJ])(?![^\x00\s</\[({%])|[)>][\x00\s]{0,99}['\"](?![^\x00\s</\[({%])"
)
_FONT = re.compile(rb"/([^\x00\s/<>\[\](){}%]+)[\x00\s]+[-+.\d]+[\x00\s]+Tf")
_BY_STATE = re.compile(rb"\bgs\b")  # sets a font too
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_NAME = re.compile(rb"/[^\x00\s/<>\[\](){}%]*#[^\x00\s/<>\[\](){}%]*")
# Nothing of a file in the file is unpacked. What calls itself a table or a packet is drawn by who is told to.
_NEVER_DRAWN, _PICTURE = "/EmbeddedFile", "/Image"
# Other words for what is drawn; and other forms, each of which has a page of its own: sixty that draw each other would
# be drawn for minutes.
_LEFT_OUT = frozenset({"/Properties", "/XObject"})


def redrawn(data: bytes) -> tuple[bytes | None, bool]:
    """Give a PDF with each of them on a page, and whether these are all; None where nothing but pages holds words.

    Raises what pikepdf raises where it cannot be opened.
    """
    with pikepdf.open(io.BytesIO(data)) as document, pikepdf.new() as made:
        found = _Found(document)
        count = 0
        for words, resources in found.drawn():
            if count == MOST_FORMS:
                found.whole = False
                break
            form = made.copy_foreign(document.make_indirect(_form(document, words, resources)))
            page = made.add_blank_page(page_size=(FAR, FAR))
            page.obj.Resources = Dictionary(XObject=Dictionary(F=form))
            page.obj.Contents = made.make_stream(b"/F Do")
            count += 1
        if not count:
            return None, found.whole
        made.save(out := io.BytesIO())
        return out.getvalue(), found.whole


def plain_names(content: bytes) -> bytes:
    """Give what is drawn with its names as everybody writes them: any sign of a name may stand as its number."""
    if b"#" not in content:
        return content
    return _NAME.sub(lambda name: _ESCAPED.sub(lambda sign: bytes([int(sign[1], 16)]), name[0]), content)


class _Found:
    """What may be drawn; `whole` says that all of it was looked at."""

    def __init__(self, document: pikepdf.Pdf) -> None:
        self.whole = True
        self._document = document
        self._sets: list[Any] | None = None

    def drawn(self) -> Iterator[tuple[bytes, Any]]:
        """Give each with the fonts and forms that it names, and several times where nobody says which these are."""
        of_pages: set[Any] = set()
        for parts, page, is_seen in self._pages():
            of_pages |= {part.objgen for part in parts}
            words, resources = plain_names(b"\n".join(map(self._read, parts))), _inherited(page)
            if is_seen and not (_OTHER_WORDS in words or _is_small(page) or "/Properties" in (resources or {})):
                continue
            if _HAS_WORDS.search(words):
                yield words, resources
        for each in self._document.objects:
            if isinstance(each, pikepdf.Stream) and each.objgen not in of_pages and not _is_never_drawn(each):
                words = plain_names(self._read(each))
                if _HAS_WORDS.search(words):
                    held = each.get("/Resources")
                    sets = [held] if isinstance(held, pikepdf.Dictionary) else self._fitting(words)
                    yield from ((words, resources) for resources in sets)

    def _pages(self) -> Iterator[tuple[list[pikepdf.Stream], Any, bool]]:
        """Give what each page draws; and whether it is one of those that are seen, or draws the same as one does."""
        seen = [page.obj for page in self._document.pages]
        numbers, given = {page.objgen for page in seen}, set[Any]()
        others = (each for each in self._document.objects if isinstance(each, pikepdf.Dictionary))
        for page in (*seen, *(each for each in others if each.objgen not in numbers)):
            if parts := _parts(page):
                drawn = (*(part.objgen for part in parts), _identity(_inherited(page)))
                yield parts, page, page.objgen in numbers or drawn in given
                given.add(drawn)

    def _read(self, stream: pikepdf.Stream) -> bytes:
        try:
            return stream.read_bytes()
        except pikepdf.PdfError:
            # What a viewer cannot unpack either hides none of the others.
            self.whole = self.whole and not _is_drawn_for_sure(stream)
            return b""

    def _fitting(self, words: bytes) -> list[Any]:
        """Give one of all sets of fonts for each way in which they read the fonts that these words name.

        What has no fonts of its own takes those of the page, of the form's fields or of the font it is a glyph of.
        """
        if self._sets is None:
            self._sets = list(_sets(self._document))
        names = {f"/{name.decode('latin-1')}" for name in _FONT.findall(words)}
        by_state = bool(_BY_STATE.search(words))
        chosen: dict[Any, Any] = {}
        for each in self._sets:
            fonts = each.get("/Font")
            named = [fonts.get(name) for name in sorted(names)] if isinstance(fonts, pikepdf.Dictionary) else []
            state = _identity(each.get("/ExtGState")) if by_state else None
            chosen.setdefault((state, *map(_identity, named)), each)
        return list(chosen.values()) or [None]


def _parts(each: pikepdf.Dictionary) -> list[pikepdf.Stream]:
    """Give what a page draws, a template or one that is not among the pages too."""
    held = each.get("/Contents")
    parts = list(held) if isinstance(held, pikepdf.Array) else [held]
    return [part for part in parts if isinstance(part, pikepdf.Stream)]


def _inherited(page: Any) -> Any:
    for _ in range(MOST_DEPTH):
        if isinstance(held := page.get("/Resources"), pikepdf.Dictionary):
            return held
        page = page.get("/Parent")
        if not isinstance(page, pikepdf.Dictionary):
            break
    return None


def _is_small(page: Any) -> bool:
    try:
        left, bottom, right, top = (float(side) for side in page.get("/MediaBox", ()))
    except (TypeError, ValueError):
        return False  # it is inherited, or none
    return abs(right - left) < SMALL_PAGE or abs(top - bottom) < SMALL_PAGE


def _is_never_drawn(stream: pikepdf.Stream) -> bool:
    return str(stream.get("/Type")) == _NEVER_DRAWN or str(stream.get("/Subtype")) == _PICTURE


def _is_drawn_for_sure(stream: pikepdf.Stream) -> bool:
    return stream.get("/Subtype") == Name.Form or "/PatternType" in stream or "/BBox" in stream


def _sets(document: pikepdf.Pdf) -> Iterator[Any]:
    for each in document.objects:
        yield from _sets_in(each, MOST_DEPTH)


def _sets_in(each: Any, depth: int) -> Iterator[Any]:
    if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
        for name, child in each.items():
            if name in {"/Resources", "/DR"} and isinstance(child, pikepdf.Dictionary):
                yield child
            if depth and isinstance(child, pikepdf.Dictionary | pikepdf.Array) and not child.is_indirect:
                yield from _sets_in(child, depth - 1)
    elif isinstance(each, pikepdf.Array):
        for child in each:
            if depth and isinstance(child, pikepdf.Dictionary | pikepdf.Array) and not child.is_indirect:
                yield from _sets_in(child, depth - 1)


def _identity(each: Any) -> Any:
    if not isinstance(each, pikepdf.Object):
        return each
    return each.objgen if each.is_indirect else each.unparse()


def _form(document: pikepdf.Pdf, words: bytes, resources: Any) -> pikepdf.Stream:
    wide = FAR * _LARGER
    facts = {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([-wide, -wide, wide, wide])}
    if isinstance(resources, pikepdf.Dictionary):
        facts["/Resources"] = Dictionary({name: each for name, each in resources.items() if name not in _LEFT_OUT})
    larger = f"{_LARGER} 0 0 {_LARGER} 0 0 cm\n".encode("ascii")
    return document.make_stream(larger + words.replace(_OTHER_WORDS, b"/Left"), facts)
