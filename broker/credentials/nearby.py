"""Where a pattern is worth trying: around words without which it finds nothing, each part of a text once (rules)."""

import re
from collections.abc import Iterator, Sequence

from broker.credentials import caseless
from broker.credentials.foreseen import joined
from broker.credentials.tokens import Doc
from broker.credentials.views import places

Span = tuple[int, int]


def around(doc: Doc, parts: Sequence[str], before: int, after: int) -> list[Span]:
    """Give what stands around each place where one of these parts is said; what overlaps is one stretch."""
    found = sorted(at for part in doc.which(parts) for at in places(doc.lower, part))
    length = len(doc.lower)
    return joined((max(0, at - before), min(at + after, length)) for at in found)


def within(doc: Doc, pattern: re.Pattern[str], stretches: Sequence[Span]) -> Iterator[re.Match[str]]:
    """Give the places of a pattern inside stretches of a text, its words in lower case."""
    quick = caseless.twin(pattern) or pattern
    for first, last in stretches:
        yield from quick.finditer(doc.lower, first, last)
