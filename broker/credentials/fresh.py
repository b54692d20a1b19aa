"""What a further reading of a long text says that the ones before it did not, with what stands around it (rules)."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator

from broker.credentials.foreseen import joined
from broker.credentials.views import View

SHORT = 1_000  # characters of a text that is read whole each time
AROUND = 400  # characters on either side of what is new: farther no rule looks for what belongs together
MOST = 0.6  # of a text; where as much of it is new it is read whole
_PIECE = re.compile(r"[^\n.!?;]{0,1000}[^\s]{0,64}\n*+")  # a sentence or line, or a thousand characters and a word
_APART = "\n\n\n\n"


class Read:
    """The sentences of one text that were read, in whichever reading."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def fresh(self, view: View) -> View | None:
        """Give what of a reading is to be read: all of a short one, of a long one what is new, if anything is."""
        if len(view.text) <= SHORT:
            return view
        pieces = [match.span() for match in _PIECE.finditer(view.text) if match[0]]
        first = not self._known
        new = [(start, end) for start, end in pieces if view.text[start:end] not in self._known]
        if not new:
            return None
        self._known.update([view.text[start:end] for start, end in new])
        if first:
            return view
        spans = joined(_around(new, pieces))
        if sum(end - start for start, end in spans) >= MOST * len(view.text):
            return view
        return _cut(view, spans)


def _around(new: Iterable[tuple[int, int]], pieces: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Give each stretch with so much before and behind it, from the head of a sentence to the end of one."""
    heads = [start for start, _end in pieces]
    for start, end in new:
        first = bisect_right(heads, max(heads[0], start - AROUND)) - 1
        last = bisect_right(heads, end + AROUND) - 1
        yield pieces[first][0], pieces[last][1]


def _cut(view: View, spans: list[tuple[int, int]]) -> View:
    made, starts, length = [], [], 0
    for start, end in spans:
        starts.append(length)
        made.append(view.text[start:end])
        length += end - start + len(_APART)

    def back(start: int, end: int) -> tuple[int, int]:
        first, last = (bisect_right(starts, at) - 1 for at in (start, max(start, end - 1)))
        until = spans[last][0] + end - starts[last]
        return view.back(spans[first][0] + start - starts[first], min(spans[last][1], until))

    return View(_APART.join(made), back, view.dressed, whole=max(view.whole, len(view.text)))
