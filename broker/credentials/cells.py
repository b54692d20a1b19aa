"""Sentences in the cells of a table, each read for itself (rules)."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from broker.credentials.caseless import lowered
from broker.credentials.labels import label_of
from broker.credentials.views import View, bag_of, lines_around, places

_CELL = re.compile(r"(?m)(?:^|(?<=[,;\t|]))[ \"]{0,3}([^,;\t|\n\"]{1,30} [^,;\t|\n\"]{3,400})")
MAX_CELLS = 400
SHORT = 2_000  # characters of a text of which each cell is read; of a longer one those with a label


def of_cells(view: View) -> Iterator[View]:
    """Give what is written in the cells of a table, each for itself; single words are left to the columns."""
    text = view.text
    if text.count("\n") < 1 or not any(text.count(sign) > 1 for sign in ",;\t|"):
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
        yield from (cell for cell in _CELL.finditer(text, start, end) if not words.isdisjoint(bag_of(cell[1].lower())))


def _is_table(text: str) -> bool:
    """Say whether half of the lines, or more, have as many commas as each other, or as many of another such sign."""
    lines = [line for line in text.splitlines() if line.strip()]
    for sign in ",;\t|":
        counts = Counter(number for line in lines if (number := line.count(sign)))
        if counts and max(counts.values()) > 1 and 2 * max(counts.values()) >= len(lines):
            return True
    return False
