"""What the program of a font says of its glyphs: their names, characters and codes; runs in the sandbox (rules).

TrueType and OpenType, CFF by itself, and of Type 1 what its open part says.
"""

import io
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from fontTools.agl import toUnicode
from fontTools.cffLib import CFFFontSet
from fontTools.encodings.StandardEncoding import StandardEncoding
from fontTools.ttLib import TTFont

STANDARD: dict[int, str] = {code: name for code, name in enumerate(StandardEncoding) if name != ".notdef"}
MOST_GLYPHS = 65_536  # a number of a glyph has two bytes
_TRUETYPE, _SEVERAL = b"\x00\x01\x00\x00", b"ttcf"
_TYPE1 = (b"%!", b"\x80\x01")
_COMPACT = b"\x01"
_OPEN_PART_ENDS = b"eexec"
_OF_TYPE1 = re.compile(rb"dup\s{1,9}(?:(\d{1,2})#)?(\w{1,8}?)\s{0,9}/([^\s/]{1,60})\s{1,9}put")
_OF_COLLECTION = "cid"  # how fontTools names a glyph that has a number only
_BY_NUMBER = "glyph"
_PLATFORM_OF_CHARACTERS, _APPLE, _WINDOWS = 0, 1, 3
_SYMBOLS, _CHARACTERS = 0, (1, 10)  # of Windows
_PAGES_OF_SYMBOLS = (0x00, 0xF0, 0xF1, 0xF2)


@dataclass
class Program:
    """What a program says; what it does not say, or says in a way that nobody understands, is empty."""

    names: dict[int, str] = field(default_factory=dict)  # of a glyph
    characters: dict[int, int] = field(default_factory=dict)  # the glyph of a character
    codes: dict[int, int] = field(default_factory=dict)  # the glyph of a byte
    encoding: dict[int, str] = field(default_factory=dict)  # the name of the glyph of a byte
    numbers: dict[int, int] | None = None  # the glyph of a number in a collection; None where they are the same

    @cached_property
    def by_character(self) -> dict[int, str]:
        """Give the letter of each glyph that has a character: of several a letter, and the first of these."""
        found: dict[int, str] = {}
        for character, glyph in sorted(self.characters.items(), reverse=True):
            sign = chr(character)
            if is_said(sign) and (sign.isalnum() or not found.get(glyph, "").isalnum()):
                found[glyph] = sign
        return found

    @cached_property
    def by_name(self) -> dict[int, str]:
        """Give the letters of each glyph whose name says them."""
        return {glyph: letters for glyph, name in self.names.items() if (letters := spelled(name))}


def read(data: bytes) -> Program:
    """Give what the program in these bytes says; nothing where it is broken, or of another kind."""
    found = Program()
    if data.startswith(_TYPE1):
        _of_type1(data, found)
    elif data.startswith(_COMPACT):
        _kept(lambda: _of_compact(data, found))
    else:
        # Viewers draw one that begins otherwise, too.
        whole = data if data.startswith(_SEVERAL) else _TRUETYPE + data[len(_TRUETYPE) :]
        _kept(lambda: _of_sfnt(whole, found))
    return found


def spelled(name: str) -> str:
    """Give the letters that a glyph's name says, by Adobe's list: `f_i`, `a.sc`, `uni00A0`; of others nothing."""
    letters: str = toUnicode(name)
    return letters if is_said(letters) else ""


def is_said(letters: str) -> bool:
    """Say whether these are signs that mean the same to everybody: none is for private use, or half of a sign."""
    return not any("\ud800" <= each <= "\uf8ff" or each >= "\U000f0000" for each in letters)


def _kept(reader: Callable[[], None]) -> None:
    """Let something be read; what was read before it broke counts, as it does for whoever draws it."""
    try:
        reader()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a stranger's font raises anything; what is broken tells nothing
        return


def _of_sfnt(data: bytes, found: Program) -> None:
    font = TTFont(io.BytesIO(data), lazy=True, fontNumber=0)
    # Glyphs are numbers here: no reader of a table shall ask another one for their names.
    font.setGlyphOrder([f"{_BY_NUMBER}{number:05}" for number in range(font["maxp"].numGlyphs)])
    _kept(lambda: _of_characters(font, found))
    _kept(lambda: _of_names(font, found))
    if "CFF " in font:
        _kept(lambda: _of_compact(font.reader["CFF "], found))


def _of_characters(font: TTFont, found: Program) -> None:
    for table in font["cmap"].tables:
        _kept(partial(_of_table, table, found))  # a broken one hides none of the others


def _of_table(table: Any, found: Program) -> None:
    kind, of_kind = table.platformID, table.platEncID
    is_symbols = kind == _WINDOWS and of_kind == _SYMBOLS
    if is_symbols or kind == _APPLE:
        glyphs = {code & 0xFF: glyph for code, glyph in _glyphs(table) if code >> 8 in _PAGES_OF_SYMBOLS}
        found.codes = found.codes | glyphs if is_symbols else glyphs | found.codes
    elif kind == _PLATFORM_OF_CHARACTERS or (kind == _WINDOWS and of_kind in _CHARACTERS):
        found.characters |= dict(_glyphs(table))


def _glyphs(table: Any) -> Iterator[tuple[int, int]]:
    for code, name in table.cmap.items():
        if code <= sys.maxunicode:
            yield code, int(name.removeprefix(_BY_NUMBER))


def _of_names(font: TTFont, found: Program) -> None:
    found.names = dict(enumerate(font["post"].glyphOrder or ()))


def _of_compact(data: bytes, found: Program) -> None:
    fonts = CFFFontSet()
    fonts.decompile(io.BytesIO(data), None)
    top = fonts[0]
    if hasattr(top, "ROS"):
        found.numbers = {
            int(name.removeprefix(_OF_COLLECTION)): glyph for glyph, name in enumerate(top.charset) if name != ".notdef"
        }
        return
    found.names = dict(enumerate(top.charset))
    held = top.Encoding
    found.encoding = STANDARD if isinstance(held, str) else dict(enumerate(held))


def _of_type1(data: bytes, found: Program) -> None:
    pairs = _OF_TYPE1.findall(data.partition(_OPEN_PART_ENDS)[0])
    # A number may stand in another base: `8#101` is an A.
    found.encoding = {int(code, int(base or 10)): name.decode("latin-1") for base, code, name in pairs} or STANDARD
