"""How a date came about, day by day, as a person would count on a wall calendar (rules)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from broker.utilities.calendar import SATURDAY
from broker.utilities.closings import InForce, Row
from requests_app.deadlines import Rest, Standing, Usual, replay

MOST_DAYS = 400  # of one list; a clock that ran longer shows its beginning and its numbers


class Kind(StrEnum):
    """What a day was for the clock."""

    ARRIVED = "arrived"  # delivered on this day, after the cut-off or on a closed day: it counts for a later one
    DAY0 = "day0"
    COUNTED = "counted"
    WEEKEND = "weekend"
    CLOSED = "closed"
    RESTING = "resting"  # the ball was not with the utility


@dataclass(frozen=True)
class Day:
    """One day: `number` is the business day that it was, and `row` the closing row that was used."""

    date: date
    kind: Kind
    number: int | None = None
    row: Row | None = None


def days(
    delivered_at: datetime, rests: Sequence[Rest], in_force: InForce, usual: Usual, until: date | None = None
) -> tuple[Standing, list[Day]]:
    """Give the clock's dates and each day from the delivery to the due date, or to `until` while it stands still.

    The days are counted one by one here, not taken from the arithmetic: a test compares the two.
    """
    calendar = in_force.calendar
    standing = replay(delivered_at, rests, calendar, usual)
    dates, spans = standing.dates, _spans(rests, in_force)
    last = max(until or dates.day0, dates.day0) if standing.paused else dates.due
    found: list[Day] = []
    number, day = 0, delivered_at.astimezone(calendar.zone).date()
    while day <= last and len(found) < MOST_DAYS:
        one = _day(day, dates.day0, in_force.rows, spans)
        if one.kind == Kind.COUNTED:
            number += 1
            one = Day(day, Kind.COUNTED, number)
        found.append(one)
        day += timedelta(days=1)
    return standing, found


def _spans(rests: Sequence[Rest], in_force: InForce) -> list[tuple[date, date]]:
    """Give the days that do not count: after the day of a pause, up to and with the Day 0 of our answer."""
    calendar = in_force.calendar
    return [(rest.on, calendar.day0(rest.until) if rest.until else date.max) for rest in rests]


def _day(day: date, day0: date, rows: Mapping[date, Row], spans: list[tuple[date, date]]) -> Day:
    if day == day0:
        return Day(day, Kind.DAY0, 0)
    if day.weekday() >= SATURDAY:
        return Day(day, Kind.WEEKEND)
    if day in rows:
        return Day(day, Kind.CLOSED, None, rows[day])
    if day < day0:
        return Day(day, Kind.ARRIVED)
    if any(first < day <= last for first, last in spans):
        return Day(day, Kind.RESTING)
    return Day(day, Kind.COUNTED)
