"""Which months some days fill, and which are missing between the first and the last (rules)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from requests_app.completeness.matrix import common, joined
from requests_app.upload.facts import Days

SHORT = 28  # fewer days than this are told as days, not as a month
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Month:
    """A month between the first and the last day: how many of its days are there, of how many that could be."""

    first: date
    days: int
    of: int

    @property
    def is_whole(self) -> bool:
        """Say whether no day of it is missing."""
        return self.days == self.of

    @property
    def is_missing(self) -> bool:
        """Say whether more of it is missing than there is: a bill begins and ends somewhere inside a month."""
        return 2 * self.days < self.of


def count(days: Iterable[Days]) -> int:
    """Give how many days there are, each once."""
    return sum((last - first).days for first, last in joined(days))


def between_readings(days: Iterable[Days]) -> list[Days]:
    """Give the days that bills are for: one from October 1 to November 1 names two readings, and is for October.

    The last day that a bill names is left out where it is the day of the month on which the stretch began.
    """
    return [
        (first, end - ONE_DAY) if (end - ONE_DAY).day == first.day and (end - first).days > SHORT else (first, end)
        for first, end in joined(days)
    ]


def months(days: Iterable[Days]) -> list[Month]:
    """Give every month from the first day to the last, with its days; of the two at the ends only what lies between."""
    there = joined(days)
    if not there:
        return []
    begin, end = there[0][0], there[-1][1]
    found: list[Month] = []
    first = begin.replace(day=1)
    while first < end:
        following = (first.replace(day=28) + 4 * ONE_DAY).replace(day=1)
        whole = max(first, begin), min(following, end)
        found.append(Month(first, count(common(there, [whole])), (whole[1] - whole[0]).days))
        first = following
    return found
