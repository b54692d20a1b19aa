"""Which pieces of a bill stand above and below each other in one column (in the sandbox).

The text of a page has its columns side by side in one line, and rows of two columns seldom have the same height: the
second half of a name can lie lines behind the first. Here what stands over what is told by where it is printed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from broker.importers.bill_identity import has_words

GAP = 0.8  # heights of a word between two columns; a blank is a quarter of one
NEAR = 2.5  # heights between a line and the next one of the same column
MOST_WORDS = 20_000  # of a page
type Word = Mapping[str, Any]  # as pdfplumber gives it: text, x0, x1, top, bottom in points


def around(words: Sequence[Word], name: str) -> Iterator[list[str]]:
    """Give each piece of a page that holds a name, with what stands over and under it in its column."""
    pieces = list(_pieces(words[:MOST_WORDS]))
    for piece in pieces:
        text = _text(piece)
        if has_words(text, name):
            yield [_beside(pieces, piece, above=True), text, _beside(pieces, piece, above=False)]


def _pieces(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Cut each line of a page at its wide gaps."""
    piece: list[Word] = []
    for word in sorted(words, key=lambda each: (round(each["bottom"] / 3), each["x0"])):
        if piece and not _goes_on(piece[-1], word):
            yield piece
            piece = []
        piece.append(word)
    if piece:
        yield piece


def _goes_on(last: Word, word: Word) -> bool:
    gap, height = word["x0"] - last["x1"], last["bottom"] - last["top"]
    return bool(abs(word["bottom"] - last["bottom"]) <= height / 2 and -height <= gap <= GAP * height)


def _beside(pieces: Sequence[list[Word]], piece: list[Word], *, above: bool) -> str:
    """Give the next pieces over or under one that overlap with it from left to right."""
    first, last = piece[0], piece[-1]
    height = first["bottom"] - first["top"]
    found = []
    for each in pieces:
        way = (first["bottom"] - each[0]["bottom"]) * (1 if above else -1)
        if height / 2 < way <= NEAR * height and each[0]["x0"] < last["x1"] and first["x0"] < each[-1]["x1"]:
            found.append((way, _text(each)))
    return " | ".join(text for way, text in sorted(found, reverse=above))


def _text(piece: Sequence[Word]) -> str:
    return " ".join(each["text"] for each in piece)
