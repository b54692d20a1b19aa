"""Medians and 90 % of small samples (rules): nearest rank, and nothing where there are too few.

The nearest rank of p % of n sorted values is the value at place ⌈n · p / 100⌉: always a value that was really seen, and
never one between two of them. Written down in docs/numbers.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

FEWEST = 5  # below that a median says more of chance than of the utility
FOR_CUSTOMERS = 20  # answers of a utility before a customer is told how long it usually takes


@dataclass(frozen=True)
class Spread[T: (int, Decimal)]:
    """How many values there are, and their median and 90 %; None where there are fewer than `FEWEST`."""

    count: int
    median: T | None
    ninety: T | None


def nearest_rank[T: (int, Decimal)](values: Sequence[T], per_cent: int) -> T:
    """Give the nearest rank of these values; ValueError for none of them, or for no share in (0, 100]."""
    if not values or not 0 < per_cent <= 100:
        raise ValueError("no rank")
    return sorted(values)[-(-len(values) * per_cent // 100) - 1]


def spread[T: (int, Decimal)](values: Iterable[T]) -> Spread[T]:
    """Give count, median and 90 % of these values."""
    known = list(values)
    if len(known) < FEWEST:
        return Spread(len(known), None, None)
    return Spread(len(known), nearest_rank(known, 50), nearest_rank(known, 90))
