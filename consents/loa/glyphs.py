"""Which characters the letters' typefaces can print; a box in place of a letter of somebody's name is never signed."""

import unicodedata
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

# Debian's fonts-dejavu-core: the same files on every machine, because the bytes of a letter depend on them.
FONTS = Path("/usr/share/fonts/truetype/dejavu")
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono-Bold.ttf", "DejaVuSerif-Bold.ttf")
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


class FontsMissing(RuntimeError):
    """The typefaces are not installed (Debian: fonts-dejavu-core)."""


def unprintable(text: str) -> str:
    """Give the characters of a text that a letter cannot show, each once, in order; empty when it can show all."""
    return "".join(dict.fromkeys(each for each in text if not _printable(each)))


def _printable(character: str) -> bool:
    return ord(character) in _covered() and unicodedata.category(character) not in _UNSEEN


@cache
def _covered() -> frozenset[int]:
    """Give the characters that every face has: a name is printed in several of them."""
    sets = [_characters(FONTS / name) for name in FACES]
    return frozenset(set.intersection(*sets))


def _characters(path: Path) -> set[int]:
    try:
        with TTFont(path, lazy=True) as font:
            return set(font.getBestCmap())
    except FileNotFoundError:
        raise FontsMissing(path.name) from None
