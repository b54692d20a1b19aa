"""How long an answer took, as the clock of the request counts it (rules). Source: field guide 5.4."""

from collections.abc import Sequence
from datetime import date

from broker.utilities.calendar import Calendar

Rests = Sequence[tuple[date, date | None]]


def business_days(day0: date, arrived: date, rests: Rests, calendar: Calendar) -> int:
    """Count the business days after Day 0 up to the day of the answer, without those on which the clock stood still.

    `rests` are pairs of the day on which the clock stopped, which still counts, and the Day 0 of our answer, which does
    not; None where it still stands. An answer that comes before Day 0 took no day.
    """
    used = calendar.between(day0, arrived)
    for stopped, answered in rests:
        first, last = max(stopped, day0), min(answered or arrived, arrived)
        used -= calendar.between(first, last)
    return max(used, 0)
