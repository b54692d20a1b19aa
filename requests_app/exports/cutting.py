"""Which values lie inside the days that may be given (rules)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

Days = tuple[date, date]  # end exclusive


def is_inside(each: Mapping[str, Any], days: Sequence[Days]) -> bool:
    """Say whether a value lies in one of these stretches; by its words, for a year of hours has 8,760 of them."""
    first, end = each["start"][:10], each["end"]
    last, midnight = end[:10], end[11:16] == "00:00"
    return any(
        start.isoformat() <= first and (last <= stop.isoformat() if midnight else last < stop.isoformat())
        for start, stop in days
    )
