"""The clock of a manual request in business days (rules: pure date arithmetic, no clock of its own).

Dates are the utility's local dates and are stepped one at a time. Hours are only added at the very end, to the
finished date in the utility's zone, so that a change to or from summer time never moves a deadline.
"""

from dataclasses import dataclass
from datetime import date, datetime

from broker.utilities.calendar import Calendar
from broker.utilities.profile import UtilityProfile


@dataclass(frozen=True)
class Deadlines:
    """When an answer can be expected, and when we ask again."""

    day0: date
    expected_from: date
    due: date
    due_at: datetime
    first_follow_up: date


@dataclass(frozen=True)
class Paused:
    """A clock that stands still while the ball is with us or the customer."""

    expected_from: date
    remaining: int


def deadlines(delivered_at: datetime, calendar: Calendar, *, first_days: int, last_days: int) -> Deadlines:
    """Give the dates that follow from delivery evidence; without evidence there is no clock and no call of this."""
    day0 = calendar.day0(delivered_at)
    return _with(calendar, day0, calendar.add(day0, first_days), calendar.add(day0, last_days))


def for_profile(delivered_at: datetime, profile: UtilityProfile) -> Deadlines:
    """Give the dates by a utility's own calendar and usual time."""
    days = profile.clock
    return deadlines(delivered_at, Calendar.of(profile), first_days=days.first_days, last_days=days.last_days)


def pause(running: Deadlines, on: date, calendar: Calendar) -> Paused:
    """Stop the clock on a date, which counts as used."""
    return Paused(running.expected_from, calendar.between(on, running.due))


def resume(paused: Paused, day0: date, answered_on: date, calendar: Calendar) -> Deadlines:
    """Start the clock again; `answered_on` is the Day 0 of our answer (`Calendar.day0`)."""
    due = calendar.add(answered_on, paused.remaining)
    return _with(calendar, day0, max(paused.expected_from, answered_on), due)


def is_overdue(due: date, now: datetime, calendar: Calendar) -> bool:
    """Say whether an answer is late: only from the day after, so that an evening reply on the last day is in time."""
    return calendar.today(now) > due


def _with(calendar: Calendar, day0: date, expected_from: date, due: date) -> Deadlines:
    return Deadlines(day0, expected_from, due, calendar.closing_moment(due), calendar.next_business_day(due))
