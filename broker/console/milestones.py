"""The steps of a case with the days between them (rules)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from broker.console.hours import local
from broker.utilities.calendar import Calendar


@dataclass(frozen=True)
class Milestone:
    """A step: when, and how many days after the first one; business days by the utility's calendar."""

    title: str
    on: date
    at: datetime | None
    days: int
    business_days: int
    ahead: bool  # lies in the future


def counted(steps: Iterable[tuple[str, date | datetime | None]], now: datetime, calendar: Calendar) -> list[Milestone]:
    """Order the steps that happened or are due, and count the days from the first one."""
    known = [(title, _day(when), when if isinstance(when, datetime) else None) for title, when in steps if when]
    known.sort(key=lambda step: (step[1], step[2] is None, step[2].timestamp() if step[2] else 0))
    if not known:
        return []
    first, today = known[0][1], local(now).date()
    return [
        Milestone(title, day, at, (day - first).days, calendar.between(first, day), day > today)
        for title, day, at in known
    ]


def _day(when: date | datetime) -> date:
    return local(when).date() if isinstance(when, datetime) else when
