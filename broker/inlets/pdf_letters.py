"""A PDF whose fonts say the letters that they draw, where a font's own data tell them; runs in the sandbox (rules).

A table beside a font (`/ToUnicode`) says which letters are copied and searched, and nothing makes it say those that
are drawn. So another PDF is made in which each font has a table of ours: of a simple font by its encoding and the names
of its glyphs, of an embedded one by its table of characters or by those names, and none for one of a collection, whose
numbers are known. It is read as any is.

What no data tell is not seen, and is not held, as many honest files are like that: a glyph without a character and
without a name that says one, or with one that is not what its outline shows.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pikepdf
from fontTools.agl import UV2AGL

from broker.inlets import pdf_glyphs, pdf_table
from broker.inlets.pdf_glyphs import Program

MOST_OBJECTS = 200_000
MOST_FONTS = 2_000
MOST_BYTES = 64_000_000  # of all programs and tables, unpacked
MOST_LETTERS = 1_000_000  # of all fonts
MOST_WAYS = 6  # honest data tell one thing in at most three
_DEPTH = 5  # of what stands in an object itself: a page's resources, their fonts, one of these
_FACTS_OF_FONTS = ("/ToUnicode", "/FontDescriptor", "/CharProcs", "/DescendantFonts")
_PARTS = ("/CIDFontType0", "/CIDFontType2")  # of a font, and no fonts by themselves
_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
_IDENTITY = ("/Identity-H", "/Identity-V")
_COLLECTIONS = ("GB1", "CNS1", "Japan1", "Korea1", "KR")
_SIGNS_OF_THEIR_OWN = ("/Symbol", "/ZapfDingbats")
_OF_CODE = 20  # bytes of a code and its number in a table
_SYMBOLIC, _PLAIN = 4, 32  # bits of /Flags


def _names(coding: str) -> dict[int, str]:
    signs = {code: bytes([code]).decode(coding, "ignore") for code in range(32, 256)}
    return {code: UV2AGL[ord(sign)] for code, sign in signs.items() if sign and ord(sign) in UV2AGL}


_ENCODINGS = {
    "/StandardEncoding": pdf_glyphs.STANDARD,
    "/WinAnsiEncoding": _names("cp1252"),
    "/MacRomanEncoding": _names("mac_roman"),
}
type _Letters = dict[int, str]


@dataclass
class _Font:
    """A font, what its table says, and the letters that it draws, in each way in which they may be told.

    None is the way of a collection: whoever reads the page knows them where no table says others.
    """

    held: Any
    said: _Letters
    ways: list[_Letters | None]


def respelled(data: bytes) -> Iterator[bytes]:
    """Give the PDF with the letters that its fonts draw; more than once where a font's data tell them in several ways.

    Nothing where no font tells more than it is read by already. Raises ValueError where it has more than is looked at,
    and what pikepdf raises where something cannot be unpacked.
    """
    with pikepdf.open(io.BytesIO(data)) as document:
        fonts = _fonts(document)
        for way in range(max((len(font.ways) for font in fonts), default=0)):
            if way == MOST_WAYS:
                raise ValueError("more ways to read a font than are tried")
            for font in fonts:
                _spell(document, font, font.ways[min(way, len(font.ways) - 1)])
            plain = pikepdf.StreamDecodeLevel.none
            document.save(
                out := io.BytesIO(), fix_metadata_version=False, compress_streams=False, stream_decode_level=plain
            )
            yield out.getvalue()


def _spell(document: pikepdf.Pdf, font: _Font, letters: _Letters | None) -> None:
    if letters is not None:
        table = pdf_table.written(font.said | letters, 4 if _is_composite(font.held) else 2)
        font.held["/ToUnicode"] = document.make_stream(table)
    elif "/ToUnicode" in font.held:
        del font.held["/ToUnicode"]


def _fonts(document: pikepdf.Pdf) -> list[_Font]:
    looked, found, letters = _Looked(), [], 0
    for number, held in enumerate(_held(document)):
        if number >= MOST_FONTS:
            raise ValueError("more fonts than are looked at")
        said = pdf_table.letters(looked.bytes_of(held.get("/ToUnicode")))
        font = _Font(held, said, _ways(held, looked))
        letters += len(said) + sum(len(way) for way in font.ways if way is not None)
        if letters > MOST_LETTERS:
            raise ValueError("more letters than are looked at")
        if font.ways:
            found.append(font)
    return found


def _held(document: pikepdf.Pdf) -> Iterator[Any]:
    for number, each in enumerate(document.objects):
        if number >= MOST_OBJECTS:
            raise ValueError("more objects than are looked at")
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            yield from _inside(each, _DEPTH)


def _inside(each: Any, depth: int) -> Iterator[Any]:
    if any(fact in each for fact in _FACTS_OF_FONTS) and ("/ToUnicode" in each or each.get("/Subtype") not in _PARTS):
        yield each
    for child in each.values() if depth else ():
        if isinstance(child, pikepdf.Dictionary) and not child.is_indirect:
            yield from _inside(child, depth - 1)


class _Looked:
    """The programs that were read, each once, and how many bytes may follow."""

    def __init__(self) -> None:
        self.left = MOST_BYTES
        self.programs: dict[Any, Program] = {}
        self.tables: dict[str, list[tuple[int, int]]] = {}

    def bytes_of(self, stream: Any) -> bytes:
        """Give the bytes of a stream, nothing where there is none."""
        if not isinstance(stream, pikepdf.Stream):
            return b""
        data = stream.read_bytes()
        self.left -= len(data)
        if self.left < 0:
            raise ValueError("more bytes of fonts than are looked at")
        return data

    def known(self, name: str) -> list[tuple[int, int]]:
        """Give the number of each code of a table that has a name: as much to look at as one that lies in the file."""
        if name not in self.tables:
            self.tables[name] = list(pdf_table.known(name))
        self.left -= _OF_CODE * len(self.tables[name])
        if self.left < 0:
            raise ValueError("more bytes of fonts than are looked at")
        return self.tables[name]

    def programs_of(self, font: Any) -> list[Program]:
        """Give what the embedded programs of a font say: one, as a rule; of several each viewer takes its own."""
        described = font.get("/FontDescriptor")
        held = [described.get(key) for key in _PROGRAMS] if _is_dictionary(described) else []
        return [self._program(each) for each in held if isinstance(each, pikepdf.Stream)]

    def _program(self, stream: pikepdf.Stream) -> Program:
        if stream.objgen not in self.programs:
            self.programs[stream.objgen] = pdf_glyphs.read(self.bytes_of(stream))
        return self.programs[stream.objgen]


def _ways(font: Any, looked: _Looked) -> list[_Letters | None]:
    """Give the letters of each code in each way in which a font tells them, none twice."""
    found: list[_Letters | None] = []
    for each in _composite(font, looked) if _is_composite(font) else _simple(font, looked):
        says_more = bool(each) if each is not None else "/ToUnicode" in font
        if says_more and each not in found:
            found.append(each)
    return found


def _simple(font: Any, looked: _Looked) -> Iterator[_Letters | None]:
    kind, programs = font.get("/Subtype"), looked.programs_of(font)
    for program in programs:
        if kind == "/TrueType" or program.characters or program.codes:
            yield from _by_glyph(font, program)
        else:
            yield _spelled(_encoded(font, program.encoding))
    if kind == "/Type3":
        yield _spelled(_encoded(font, {}))
    elif not programs and "/ToUnicode" in font:
        has_own_signs = font.get("/BaseFont") in _SIGNS_OF_THEIR_OWN and "/Encoding" not in font
        yield None if has_own_signs else _spelled(_encoded(font, pdf_glyphs.STANDARD))


def _encoded(font: Any, base: dict[int, str]) -> dict[int, str]:
    """Give the name of each byte's glyph."""
    encoding = font.get("/Encoding")
    if isinstance(encoding, pikepdf.Name):
        return _ENCODINGS.get(str(encoding), base)
    if not _is_dictionary(encoding):
        return base
    names, code = dict(_ENCODINGS.get(str(encoding.get("/BaseEncoding")), base)), 0
    differences = encoding.get("/Differences")
    for each in differences if isinstance(differences, pikepdf.Array) else ():
        if isinstance(each, pikepdf.Name):
            names[code] = str(each)[1:]
            code += 1
        elif isinstance(each, int | Decimal):
            code = int(each)
    return {code: name for code, name in names.items() if 0 <= code <= 255}


def _spelled(names: dict[int, str]) -> _Letters:
    return {code: letters for code, name in names.items() if (letters := pdf_glyphs.spelled(name))}


def _by_glyph(font: Any, program: Program) -> Iterator[_Letters]:
    """Give the letters of a simple font whose program has numbers for its glyphs, first as most programs find them."""
    names = _encoded(font, {} if program.codes else pdf_glyphs.STANDARD)
    of_names, of_letters = {name: glyph for glyph, name in program.names.items()}, _spelled(names)
    named = {}
    for code, name in names.items():
        sign = of_letters.get(code, "")
        glyph = program.characters.get(ord(sign)) if len(sign) == 1 else None
        if (glyph := of_names.get(name) if glyph is None else glyph) is not None:
            named[code] = glyph
    flags = font.FontDescriptor.get("/Flags", 0)
    is_plain = isinstance(flags, int) and flags & _PLAIN and not flags & _SYMBOLIC and "/Encoding" in font
    # Of a font of signs some viewers ask the code for its glyph, others its name.
    for glyphs in (program.codes | named,) if is_plain else (program.codes | named, named | program.codes):
        yield from (of_letters | way for way in _told(glyphs, program))


def _told(glyphs: dict[int, int], program: Program) -> Iterator[dict[int, str]]:
    """Give the letters of each code's glyph: by its character, or else its name; then the other way round."""
    by_character, by_name = program.by_character, program.by_name
    for both in (by_name | by_character, by_character | by_name):
        yield {code: both[glyph] for code, glyph in glyphs.items() if glyph in both}


def _composite(font: Any, looked: _Looked) -> Iterator[_Letters | None]:
    parts, encoding = font.get("/DescendantFonts"), font.get("/Encoding")
    part: Any = parts[0] if isinstance(parts, pikepdf.Array) and len(parts) else None
    if not _is_dictionary(part):
        return
    is_known = encoding in _IDENTITY if isinstance(encoding, pikepdf.Name) else isinstance(encoding, pikepdf.Stream)
    for program in looked.programs_of(part):
        for glyphs in _of_numbers(part, program, looked):
            yield from _told(_of_codes(encoding, glyphs, looked), program)
    info: Any = part.get("/CIDSystemInfo")
    collection = str(info.get("/Ordering")) if _is_dictionary(info) else ""
    if collection in _COLLECTIONS or not is_known:
        yield None


def _of_codes(encoding: Any, glyphs: dict[int, int], looked: _Looked) -> dict[int, int]:
    """Give the glyph of each code, of those of each number."""
    if isinstance(encoding, pikepdf.Name):
        known = looked.known(str(encoding)[1:]) if encoding not in _IDENTITY else None
        return glyphs if known is None else {code: glyphs[number] for code, number in known if number in glyphs}
    if not isinstance(encoding, pikepdf.Stream):
        return {}
    numbers = pdf_table.numbers(looked.bytes_of(encoding))
    others = glyphs if encoding.get("/UseCMap") in _IDENTITY else {}
    return others | {code: glyphs[number] for code, number in numbers.items() if number in glyphs}


def _of_numbers(part: Any, program: Program, looked: _Looked) -> Iterator[dict[int, int]]:
    """Give the glyph of each number: as a table beside the program says, or by itself."""
    if table := looked.bytes_of(part.get("/CIDToGIDMap")):
        pairs = range(0, min(len(table) - 1, 2 * pdf_glyphs.MOST_GLYPHS), 2)
        yield {at // 2: int.from_bytes(table[at : at + 2]) for at in pairs}
        if part.get("/Subtype") == "/CIDFontType2":
            return
    if program.numbers is not None:
        yield program.numbers
    else:
        yield {glyph: glyph for glyph in {*program.characters.values(), *program.names}}


def _is_composite(font: Any) -> bool:
    return bool(font.get("/Subtype") == "/Type0")


def _is_dictionary(each: Any) -> bool:
    return isinstance(each, pikepdf.Dictionary)
