"""Fonts of a PDF that draw some words while their table of letters (`/ToUnicode`) says others, of each kind."""

import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf
from fontTools import subset
from fontTools.agl import UV2AGL
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name

DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
SYMBOLIC, PLAIN = 4, 32
Made = tuple[Any, dict[str, int]]  # a font, and the code that draws each sign


def other(sign: str) -> str:
    """Give the letter that is said where this one is drawn: the next one, so that no word is left."""
    if sign.isdigit():
        return str((int(sign) + 1) % 10)
    return chr(ord(sign) + (1 if sign not in "zZ" else -25)) if sign.isalpha() else sign


def honest(sign: str) -> str:
    """Give the letter itself."""
    return sign


def cmap(letters: dict[int, str], size: int = 4) -> bytes:
    """Give the table of letters that says so of codes."""
    says = "\n".join(f"<{code:0{size}X}> <{text.encode('utf-16-be').hex()}>" for code, text in letters.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        f"1 begincodespacerange <{'0' * size}> <{'F' * size}> endcodespacerange\n"
        f"{len(letters)} beginbfchar\n{says}\nendbfchar endcmap end end"
    ).encode()


@cache
def truetype(signs: str, *, names: bool = True, characters: bool = True, by_code: bool = False) -> bytes:
    """Give a piece of a typeface, with the names of its glyphs or without, with its table of characters or without."""
    options = subset.Options(glyph_names=names, notdef_outline=True, layout_features=[], name_IDs=[])
    font = TTFont(DEJAVU)
    cutter = subset.Subsetter(options)
    cutter.populate(text=signs)
    cutter.subset(font)
    best = font.getBestCmap()
    if by_code:
        (table, *_rest) = [each for each in font["cmap"].tables if each.format == 4]
        table.platformID, table.platEncID, font["cmap"].tables = 3, 0, [table]
        table.cmap = {0xF000 + at: best[ord(sign)] for at, sign in enumerate(signs, start=1)}
    elif not characters:
        del font["cmap"]
    font.save(out := io.BytesIO())
    return out.getvalue()


@cache
def compact(signs: str) -> bytes:
    """Give a small typeface whose program is CFF, with a name for each glyph."""
    pen = T2CharStringPen(500, None)
    pen.moveTo((0, 0))
    pen.lineTo((400, 0))
    pen.lineTo((400, 700))
    pen.closePath()
    names = [".notdef", *(UV2AGL[ord(sign)] for sign in signs)]
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(sign): UV2AGL[ord(sign)] for sign in signs})
    builder.setupCFF("Small", {}, dict.fromkeys(names, pen.getCharString()), {})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupPost()
    builder.font.save(out := io.BytesIO())
    return TTFont(io.BytesIO(out.getvalue())).reader["CFF "]


class Fonts:
    """Makes fonts for a document that say `says` of each sign that they draw."""

    def __init__(self, document: Any, says: Callable[[str], str], signs: str) -> None:
        self.document, self.says, self.signs = document, says, "".join(dict.fromkeys(signs))
        self.plain = {sign: ord(sign) for sign in self.signs}
        self.counted = {sign: at for at, sign in enumerate(self.signs, start=1)}

    def differences(self, codes: dict[str, int]) -> Array:
        """Give the names of the signs, each behind its code."""
        return Array([each for sign, code in codes.items() for each in (code, Name(f"/{UV2AGL[ord(sign)]}"))])

    def encoding(self, codes: dict[str, int]) -> Dictionary:
        """Give an encoding of one's own."""
        return Dictionary(Type=Name.Encoding, Differences=self.differences(codes))

    def simple(self, kind: Any, codes: dict[str, int], program: Any = None, flags: int = PLAIN, **facts: Any) -> Made:
        """Give a font of single bytes."""
        made = {"Type": Name.Font, "Subtype": kind, "BaseFont": Name.Helvetica, **facts}
        made |= {"FirstChar": 0, "LastChar": 255, "Widths": Array([600] * 256)}
        if program is not None:
            made["FontDescriptor"] = self.descriptor(program, flags)
        font = Dictionary(**{key: each for key, each in made.items() if each is not None})
        if "ToUnicode" not in made:
            said = {code: self.says(sign) for sign, code in codes.items()}
            font.ToUnicode = self.document.make_stream(cmap(said, 2))
        return self.document.make_indirect(font), codes

    def descriptor(self, program: dict[str, Any], flags: int) -> Any:
        """Give what describes a font with this program."""
        box = Array([0, -200, 1000, 800])
        made = {"Type": Name.FontDescriptor, "FontName": Name.Helvetica, "Flags": flags, "FontBBox": box, "Ascent": 800}
        made |= {"Descent": -200, "ItalicAngle": 0, "CapHeight": 700, "StemV": 80}
        return self.document.make_indirect(Dictionary(**made, **program))

    def file(self, key: str, data: bytes, **facts: Any) -> dict[str, Any]:
        """Give a program that lies in the document."""
        return {key: self.document.make_stream(data, {f"/{name}": each for name, each in facts.items()})}

    def composite(self, kind: Any, codes: dict[str, int], program: Any, encoding: Any = None, **facts: Any) -> Made:
        """Give a font of two bytes a sign."""
        ordering = facts.pop("Ordering", "Identity")
        info = Dictionary(Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String(ordering), Supplement=0)
        inner = Dictionary(Type=Name.Font, Subtype=kind, BaseFont=Name.Helvetica, CIDSystemInfo=info, DW=600, **facts)
        if program is not None:
            inner.FontDescriptor = self.descriptor(program, SYMBOLIC)
        font = Dictionary(Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Helvetica)
        font.Encoding = Name("/Identity-H") if encoding is None else encoding
        font.DescendantFonts = Array([self.document.make_indirect(inner)])
        font.ToUnicode = self.document.make_stream(cmap({code: self.says(sign) for sign, code in codes.items()}))
        return self.document.make_indirect(font), codes

    def glyphs(self, data: bytes) -> dict[str, int]:
        """Give the number of each sign's glyph."""
        font = TTFont(io.BytesIO(data))
        best = font.getBestCmap()
        return {sign: font.getGlyphID(best[ord(sign)]) for sign in self.signs}

    # The kinds.

    def standard(self) -> Made:
        return self.simple(Name.Type1, self.plain, Encoding=Name.WinAnsiEncoding)

    def of_no_encoding(self) -> Made:
        return self.simple(Name.Type1, self.plain)

    def of_windows(self) -> Made:
        return self.simple(Name.TrueType, self.plain, Encoding=Name.WinAnsiEncoding)

    def other_names(self) -> Made:
        return self.simple(Name.Type1, self.counted, Encoding=self.encoding(self.counted))

    def drawn_by_hand(self) -> Made:
        glyphs = {UV2AGL[ord(each)]: self.document.make_stream(b"600 0 d0 0 0 400 700 re f") for each in self.signs}
        made = {"CharProcs": Dictionary({f"/{name}": each for name, each in glyphs.items()}), "BaseFont": None}
        made |= {"FontMatrix": Array([0.001, 0, 0, 0.001, 0, 0]), "FontBBox": Array([0, 0, 600, 700])}
        return self.simple(Name.Type3, self.counted, Encoding=self.encoding(self.counted), **made)

    def truetype_by_name(self) -> Made:
        program = self.file("FontFile2", truetype(self.signs))
        return self.simple(Name.TrueType, self.plain, program, Encoding=Name.WinAnsiEncoding)

    def truetype_by_code(self) -> Made:
        program = self.file("FontFile2", truetype(self.signs, by_code=True))
        return self.simple(Name.TrueType, self.counted, program, SYMBOLIC)

    def compact_by_name(self) -> Made:
        program = self.file("FontFile3", compact(self.signs), Subtype=Name.Type1C)
        return self.simple(Name.Type1, self.counted, program, Encoding=self.encoding(self.counted))

    def compact_by_itself(self) -> Made:
        program = self.file("FontFile3", compact(self.signs), Subtype=Name.Type1C)
        return self.simple(Name.Type1, self.plain, program, SYMBOLIC)

    def type1_by_itself(self) -> Made:
        names = "\n".join(f"dup {code} /{UV2AGL[ord(sign)]} put" for sign, code in self.counted.items())
        data = (
            f"%!PS-AdobeFont-1.0: Helvetica\n/Encoding 256 array\n{names}\nreadonly def\ncurrentfile eexec\n".encode()
        )
        program = self.file("FontFile", data, Length1=len(data), Length2=0, Length3=0)
        return self.simple(Name.Type1, self.counted, program, SYMBOLIC)

    def composite_by_character(self) -> Made:
        data = truetype(self.signs, names=False)
        return self.composite(Name.CIDFontType2, self.glyphs(data), self.file("FontFile2", data))

    def composite_by_name(self) -> Made:
        codes, data = self.glyphs(truetype(self.signs)), truetype(self.signs, characters=False)
        return self.composite(Name.CIDFontType2, codes, self.file("FontFile2", data))

    def composite_by_table(self) -> Made:
        data = truetype(self.signs)
        pairs = [(code, glyph) for code, glyph in zip(self.counted.values(), self.glyphs(data).values(), strict=True)]
        table = b"\0\0" + b"".join(glyph.to_bytes(2, "big") for _code, glyph in pairs)
        held = self.document.make_stream(table)
        return self.composite(Name.CIDFontType2, self.counted, self.file("FontFile2", data), CIDToGIDMap=held)

    def composite_by_stream(self) -> Made:
        data = truetype(self.signs)
        glyphs = self.glyphs(data)
        says = "\n".join(f"<{self.counted[sign]:04X}> {glyph}" for sign, glyph in glyphs.items())
        words = f"begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange\n{len(glyphs)} begincidchar\n{says}\n"
        held = self.document.make_stream(f"{words}endcidchar endcmap".encode(), {"/Type": Name.CMap})
        return self.composite(Name.CIDFontType2, self.counted, self.file("FontFile2", data), held)

    def composite_compact(self) -> Made:
        program = self.file("FontFile3", compact(self.signs), Subtype=Name.CIDFontType0C)
        return self.composite(Name.CIDFontType0, self.counted, program)

    def composite_of_collection(self) -> Made:
        codes = {sign: ord(sign) - 31 for sign in self.signs}
        return self.composite(Name.CIDFontType0, codes, None, Ordering="Japan1")

    def composite_of_characters(self) -> Made:
        return self.composite(Name.CIDFontType0, self.plain, None, Name("/UniGB-UCS2-H"), Ordering="GB1")


KINDS: tuple[str, ...] = (
    "standard", "of_no_encoding", "of_windows", "other_names", "drawn_by_hand", "truetype_by_name", "truetype_by_code",
    "compact_by_name", "compact_by_itself", "type1_by_itself", "composite_by_character", "composite_by_name",
    "composite_by_table", "composite_by_stream", "composite_compact", "composite_of_collection",
    "composite_of_characters",
)  # fmt: skip


def shown(codes: dict[str, int], words: str, *, size: int) -> bytes:
    """Give what draws these words."""
    drawn = "".join(f"{codes[sign]:0{size}X}" for sign in words)
    return f"BT /L9 12 Tf 10 300 Td <{drawn}> Tj ET".encode()


def written(document: Any, kind: str, words: str, says: Callable[[str], str] = other) -> None:
    """Write words on the first page with a font of a kind."""
    font, codes = getattr(Fonts(document, says, words), kind)()
    page = document.pages[0]
    if page.obj.Resources.get("/Font") is None:
        page.obj.Resources.Font = Dictionary()
    page.obj.Resources.Font.L9 = font
    drawn = shown(codes, words, size=4 if font.Subtype == Name.Type0 else 2)
    page.contents_add(document.make_stream(b"q " + drawn + b" Q"))
