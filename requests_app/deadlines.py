"""The clock of a manual request in business days (rules: pure date arithmetic, no clock of its own).

Dates are the utility's local dates and are stepped one at a time. Hours are only added at the very end, to the
finished date in the utility's zone, so that a change to or from summer time never moves a deadline.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from broker.utilities.calendar import Calendar
from broker.utilities.profile import UtilityProfile

LONGEST_PROMISE = timedelta(days=120)


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


@dataclass(frozen=True)
class Usual:
    """The usual time of an answer in business days, as it was when the clock of a request started."""

    first_days: int
    last_days: int


@dataclass(frozen=True)
class Rest:
    """A time in which the ball was with us or the customer: from a date until the instant of our answer, or still."""

    on: date
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """Where a clock stands; `paused` while it stands still."""

    dates: Deadlines
    paused: Paused | None = None


def deadlines(delivered_at: datetime, calendar: Calendar, *, first_days: int, last_days: int) -> Deadlines:
    """Give the dates that follow from delivery evidence; without evidence there is no clock and no call of this."""
    day0 = calendar.day0(delivered_at)
    return _with(calendar, day0, calendar.add(day0, first_days), calendar.add(day0, last_days))


def for_profile(delivered_at: datetime, profile: UtilityProfile) -> Deadlines:
    """Give the dates by a utility's own calendar and usual time."""
    days = profile.clock
    return deadlines(delivered_at, Calendar.of(profile), first_days=days.first_days, last_days=days.last_days)


def pause(running: Deadlines, on: date, calendar: Calendar) -> Paused:
    """Stop the clock on a date, which counts as used; after the due date nothing is left."""
    return Paused(running.expected_from, calendar.between(max(on, running.day0), running.due))


def resume(paused: Paused, day0: date, answered_on: date, calendar: Calendar) -> Deadlines:
    """Start the clock again; `answered_on` is the Day 0 of our answer (`Calendar.day0`)."""
    due = calendar.add(answered_on, paused.remaining)
    return _with(calendar, day0, max(paused.expected_from, answered_on), due)


def replay(
    delivered_at: datetime, rests: Sequence[Rest], calendar: Calendar, usual: Usual, promised_for: date | None = None
) -> Standing:
    """Work a clock out anew from all that happened to it, in order; only the last rest may still go on.

    A day that the utility itself promised moves no due date: only our asking again waits for it.
    """
    dates = deadlines(delivered_at, calendar, first_days=usual.first_days, last_days=usual.last_days)
    paused, counts_from = None, dates.day0
    for rest in rests:
        if paused is not None:
            raise ValueError("a clock that stands still cannot be paused again")
        paused = pause(dates, max(rest.on, counts_from), calendar)
        if rest.until is not None:
            counts_from = calendar.day0(rest.until)
            dates, paused = resume(paused, dates.day0, counts_from, calendar), None
    if promised_for is not None:
        dates = replace(dates, first_follow_up=calendar.next_business_day(max(dates.due, promised_for)))
    return Standing(dates, paused)


def can_be_named(day: date, said_on: date) -> bool:
    """Say whether a utility can have named this day for its answer: from the day on which it said so, within 120 days.

    One that is past, or far away by a slip of the pen, would let a request wait without two people deciding that.
    """
    return said_on <= day <= said_on + LONGEST_PROMISE


def is_overdue(due: date, now: datetime, calendar: Calendar) -> bool:
    """Say whether an answer is late: only from the day after, so that an evening reply on the last day is in time."""
    return calendar.today(now) > due


def _with(calendar: Calendar, day0: date, expected_from: date, due: date) -> Deadlines:
    return Deadlines(day0, expected_from, due, calendar.closing_moment(due), calendar.next_business_day(due))
