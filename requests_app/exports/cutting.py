"""Which values lie inside the days that may be given (rules)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

Days = tuple[date, date]  # end exclusive
ONE_DAY = timedelta(days=1)


def is_inside(each: Mapping[str, Any], days: Sequence[Days]) -> bool:
    """Say whether a value lies in one of these stretches; by its words, for a year of hours has 8,760 of them."""
    first, end = each["start"][:10], each["end"]
    last, midnight = end[:10], end[11:16] == "00:00"
    return any(
        start.isoformat() <= first and (last <= stop.isoformat() if midnight else last < stop.isoformat())
        for start, stop in days
    )


def bill_is_inside(period: Days, days: Sequence[Days]) -> bool:
    """Say whether the period of a bill lies in one of these stretches.

    A bill names the two days on which the meter was read, and the second one begins the next bill: October is billed
    from October 1 to November 1. So the last day that it names may be the first one after the stretch, and no later.
    """
    first, end = period
    return any(start <= first < stop and end - ONE_DAY <= stop for start, stop in days)
