"""The steps of a case with the days between them (rules)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from broker.console.hours import local
from broker.utilities.calendar import Calendar


@dataclass(frozen=True)
class Milestone:
    """A step: when, and how many days after day 0 (negative: before); business days by the utility's calendar."""

    title: str
    on: date
    at: datetime | None
    days: int
    business_days: int
    ahead: bool  # lies in the future


def counted(
    steps: Iterable[tuple[str, date | datetime | None]], now: datetime, calendar: Calendar, *, day0: date | None = None
) -> list[Milestone]:
    """Order the steps that happened or were due, and count the days from `day0`, else from the first of them."""
    known = [(title, _day(when), when if isinstance(when, datetime) else None) for title, when in steps if when]
    known.sort(key=lambda step: (step[1], step[2] is None, step[2].timestamp() if step[2] else 0))
    if not known:
        return []
    first, today = day0 or known[0][1], local(now).date()
    return [
        Milestone(title, day, at, (day - first).days, _business_days(first, day, calendar), day > today)
        for title, day, at in known
    ]


def _business_days(first: date, day: date, calendar: Calendar) -> int:
    return calendar.between(first, day) if day >= first else -calendar.between(day, first)


def _day(when: date | datetime) -> date:
    return local(when).date() if isinstance(when, datetime) else when
