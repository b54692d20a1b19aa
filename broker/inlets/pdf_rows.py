"""The words of a page of a PDF, row by row, as the eye reads them, in whatever order they were drawn (rules)."""

import ctypes
import math
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from pypdfium2 import raw

MOST_WORDS = 200_000  # of one file; what is beyond them is read as it was drawn
_WORD = re.compile(r"\S+")
_TOUCHES, _APART = 0.1, 1.5  # heights of a word between two of one row: they are one word; they are two cells


class _Word(NamedTuple):
    """A word and its box, turned so that it reads from left to right."""

    turn: int
    middle: float
    left: float
    right: float
    height: float
    text: str


def of(page: Any, *, most: int = MOST_WORDS) -> tuple[int, str]:
    """Give how many words of a text page were looked at, and its rows; no rows where they were drawn in this order."""
    drawn = list(islice(_words(page), most))
    rows = list(_in_rows(drawn))
    if [word for row in rows for word in row] == drawn:
        return len(drawn), ""
    return len(drawn), "\n".join(map(_line, rows))


def _words(page: Any) -> Iterator[_Word]:
    count = page.count_chars()
    signs = page.get_text_range()
    if len(signs) != count:
        # What has no letter is left out of the text, and then places in it are no places on the page.
        signs = "".join(chr(raw.FPDFText_GetUnicode(page, at) or 32) for at in range(count))
    box = raw.FS_RECTF()
    for found in _WORD.finditer(signs):
        first, last = found.start(), found.end() - 1
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
        yield _Word(turn, (bottom + top) / 2, left, right, top - bottom, found[0])


def _in_rows(words: list[_Word]) -> Iterator[list[_Word]]:
    row: list[_Word] = []
    for word in sorted(words, key=lambda each: (each.turn, -each.middle)):
        if row and (word.turn != row[0].turn or row[0].middle - word.middle > min(row[0].height, word.height) / 2):
            yield sorted(row, key=attrgetter("left"))
            row = []
        row.append(word)
    if row:
        yield sorted(row, key=attrgetter("left"))


def _line(row: list[_Word]) -> str:
    pieces = [row[0].text]
    for before, word in pairwise(row):
        gap = (word.left - before.right) / max(before.height, word.height, 0.001)
        pieces += ["" if abs(gap) < _TOUCHES else " " if gap < _APART else "   ", word.text]
    return "".join(pieces)
