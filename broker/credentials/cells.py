"""Sentences in the cells of a table, each read for itself (rules)."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice

from broker.credentials.caseless import lowered
from broker.credentials.labels import label_of
from broker.credentials.views import View, bag_of, lines_around, places

_CELL = re.compile(r"(?m)(?:^|(?<=[,;\t|]))[ \"]{0,3}([^,;\t|\n\"]{1,30} [^,;\t|\n\"]{3,400})")
SIGNS = ",;\t|"
MAX_CELLS = 400
SHORT = 2_000  # characters of a text of which each cell is read; of a longer one those with a label


def of_cells(view: View) -> Iterator[View]:
    """Give what is written in the cells of a table, each for itself; single words are left to the columns."""
    text = view.text
    if text.count("\n") < 1 or not any(text.count(sign) > 1 for sign in SIGNS):
        return
    # No label begins otherwise.
    labels = {word for word in view.bag if word[0] in "pck" and 2 <= len(word) <= 14 and label_of(word)}
    if not labels:
        return
    if len(text) <= SHORT and not _is_table(text):
        return  # prose has commas as well
    matches = _with_one(text, labels) if len(text) > SHORT else view.finditer(_CELL)
    found = [match.span(1) for match in islice(matches, MAX_CELLS)]
    if not found:
        return
    gap, flat, starts = "\n\n\n\n", "", []
    for at, to in found:
        starts.append(len(flat))
        flat += text[at:to] + gap

    def back(start: int, end: int) -> tuple[int, int]:
        cell = bisect_right(starts, start) - 1
        first = found[cell][0] + start - starts[cell]
        return view.back(first, min(first + end - start, found[cell][1]))

    yield View(flat, back, view.dressed, max(view.whole, len(text)))


def _with_one(text: str, words: set[str]) -> Iterator[re.Match[str]]:
    """Give the cells in which any of some words stands; no cell goes on behind a line, so other lines are not cut."""
    lower = lowered(text)
    for start, end in lines_around(text, sorted(at for word in words for at in places(lower, word))):
        if _is_row(text, start, end):
            cells = _CELL.finditer(text, start, end)
            yield from (cell for cell in cells if not words.isdisjoint(bag_of(cell[1].lower())))


def _is_row(text: str, start: int, end: int) -> bool:
    """Say whether a line has as many commas, or others of these signs, as the one above or the one below."""
    above = text.rfind("\n", 0, max(0, start - 1)) + 1, max(0, start - 1)
    under = text.find("\n", end + 1)
    below = end + 1, len(text) if under < 0 else under
    return any(
        (here := text.count(sign, start, end)) and any(here == text.count(sign, *line) for line in (above, below))
        for sign in SIGNS
    )


def _is_table(text: str) -> bool:
    """Say whether half of the lines, or more, have as many commas as a line beside them, or as many of another sign.

    Paragraphs of a letter have an empty line between them.
    """
    lines = text.splitlines()
    filled = sum(1 for line in lines if line.strip())
    for sign in SIGNS:
        counts = [line.count(sign) for line in lines]
        beside = zip([0, *counts], [*counts[1:], 0], strict=False)
        rows = sum(1 for here, others in zip(counts, beside, strict=False) if here and here in others)
        if rows > 1 and 2 * rows >= filled:
            return True
    return False
