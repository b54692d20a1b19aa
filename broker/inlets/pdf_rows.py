"""The words of a page of a PDF, row by row, as the eye reads them, in whatever order they were drawn (rules)."""

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from pypdfium2 import raw

MOST_WORDS = 200_000  # of one file; what is beyond them is read as it was drawn
_WORD = re.compile(r"\S+")
MOST_DEPTH = 20  # of forms in forms
_WHITE, _DUST = 240, 1.5  # of 255, each of its three colours; points
_AROUND = 8  # points above and below a letter in which others may stand in its row
_TOUCHES, _APART = 0.1, 1.5  # heights of a word between two of one row: they are one word; they are two cells


class Word(NamedTuple):
    """A word and its box, turned so that it reads from left to right."""

    turn: int
    middle: float
    left: float
    right: float
    height: float
    text: str


def of(page: Any, *, most: int = MOST_WORDS, more: Sequence[Word] = ()) -> tuple[int, str]:
    """Give how many words of a text page were looked at, and its rows; no rows where they were drawn in this order.

    `more` are words that stand on the page and are none of it; where there are any, the rows are given.
    """
    drawn = [*islice(_words(page), most), *more]
    rows = list(_in_rows(drawn))
    if not more and [word for row in rows for word in row] == drawn:
        return len(drawn), ""
    return len(drawn), "\n".join(map(_line, rows))


def seen(page: Any) -> Iterator[str]:
    """Give the rows of what is seen, letter by letter, where some letters are not: they may stand between the others.

    Not seen is what is drawn in no colour or as small as dust, and on paper what is white; on a dark ground only that
    is, so the white letters are given too, by themselves. Nothing of rows in which all are black on white.
    """
    looks = {_key(each): _is_white(each) for each in _drawn(page.page.raw, MOST_DEPTH)}
    if not any(is_white is not False for is_white in looks.values()):
        return
    dark: list[int] = []
    white: list[int] = []
    heights = set[int]()
    for at in range(page.count_chars()):
        if (key := _key(raw.FPDFText_GetTextObject(page.raw, at))) is None:
            continue  # a blank or an end of a line that nobody drew
        is_white = looks.get(key, False)
        if is_white is False:
            dark.append(at)
            continue
        white += [at] if is_white else []
        middle = int(_origin(page, at))
        heights.update(range(middle - _AROUND, middle + _AROUND))
    beside = [at for at in dark if int(_origin(page, at)) in heights]
    if beside:
        yield from ("\n".join(map(_line, _in_rows(list(_letters(page, places))))) for places in (beside, white))


def _key(each: Any) -> int | None:
    return ctypes.addressof(each.contents) if each else None


def _drawn(held: Any, depth: int, *, is_page: bool = True) -> Iterator[Any]:
    """Give each piece of text of a page, or of a form on it."""
    count, get = raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject
    if is_page:
        count, get = raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject
    for at in range(count(held)):
        each = get(held, at)
        kind = raw.FPDFPageObj_GetType(each)
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            yield each
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth:
            yield from _drawn(each, depth - 1, is_page=False)


def _is_white(each: Any) -> bool | None:
    """Say whether words are drawn in white; None where nobody sees them on any ground."""
    held, size, colour = raw.FS_MATRIX(), ctypes.c_float(), [ctypes.c_uint() for _ in range(4)]
    raw.FPDFPageObj_GetMatrix(each, held)
    raw.FPDFTextObj_GetFontSize(each, size)
    raw.FPDFPageObj_GetFillColor(each, *colour)
    *shades, cover = (part.value for part in colour)
    mode = raw.FPDFTextObj_GetTextRenderMode(each)
    if mode == raw.FPDF_TEXTRENDERMODE_INVISIBLE or not cover or math.hypot(held.c, held.d) * abs(size.value) < _DUST:
        return None
    return min(shades) >= _WHITE


def _origin(page: Any, at: int) -> float:
    across, up = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(page.raw, at, across, up)
    return up.value


def _letters(page: Any, places: list[int]) -> Iterator[Word]:
    for at in places:
        sign = chr(raw.FPDFText_GetUnicode(page, at) or 32)
        if not sign.isspace():
            yield _boxed(page, sign, at, at)


def _words(page: Any) -> Iterator[Word]:
    count = page.count_chars()
    signs = page.get_text_range()
    if len(signs) != count:
        # What has no letter is left out of the text, and then places in it are no places on the page.
        signs = "".join(chr(raw.FPDFText_GetUnicode(page, at) or 32) for at in range(count))
    for found in _WORD.finditer(signs):
        yield _boxed(page, found[0], found.start(), found.end() - 1)


def _boxed(page: Any, text: str, first: int, last: int) -> Word:
    box = raw.FS_RECTF()
    turn = round(raw.FPDFText_GetCharAngle(page, first) / (math.pi / 2)) % 4
    raw.FPDFText_GetLooseCharBox(page, first, ctypes.byref(box))
    left, bottom, right, top = box.left, box.bottom, box.right, box.top
    raw.FPDFText_GetLooseCharBox(page, last, ctypes.byref(box))
    left, right = min(left, box.left), max(right, box.right)
    bottom, top = min(bottom, box.bottom), max(top, box.top)
    if turn % 2:
        left, bottom, right, top = bottom, -right, top, -left
    if turn in (1, 2):
        left, bottom, right, top = -right, -top, -left, -bottom
    return Word(turn, (bottom + top) / 2, left, right, top - bottom, text)


def _in_rows(words: list[Word]) -> Iterator[list[Word]]:
    row: list[Word] = []
    for word in sorted(words, key=lambda each: (each.turn, -each.middle)):
        if row and (word.turn != row[0].turn or row[0].middle - word.middle > min(row[0].height, word.height) / 2):
            yield sorted(row, key=attrgetter("left"))
            row = []
        row.append(word)
    if row:
        yield sorted(row, key=attrgetter("left"))


def _line(row: list[Word]) -> str:
    pieces = [row[0].text]
    for before, word in pairwise(row):
        gap = (word.left - before.right) / max(before.height, word.height, 0.001)
        pieces += ["" if abs(gap) < _TOUCHES else " " if gap < _APART else "   ", word.text]
    return "".join(pieces)
