"""Where a pattern is worth trying: around words without which it finds nothing, each part of a text once (rules)."""

import re
from collections.abc import Iterator, Sequence

from broker.credentials import caseless
from broker.credentials.foreseen import joined
from broker.credentials.tokens import Doc

Span = tuple[int, int]


def around(doc: Doc, parts: Sequence[str], before: int, after: int) -> list[Span]:
    """Give what stands around each place where one of these parts is said; what overlaps is one stretch."""
    places = []
    for part in parts:
        at = doc.lower.find(part)
        while at >= 0:
            places.append(at)
            at = doc.lower.find(part, at + 1)
    length = len(doc.lower)
    return joined((max(0, at - before), min(at + after, length)) for at in sorted(places))


def within(doc: Doc, pattern: re.Pattern[str], stretches: Sequence[Span]) -> Iterator[re.Match[str]]:
    """Give the places of a pattern inside stretches of a text, its words in lower case."""
    quick = caseless.twin(pattern) or pattern
    for first, last in stretches:
        yield from quick.finditer(doc.lower, first, last)
