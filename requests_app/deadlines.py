"""The clock of a manual request in business days (rules: pure date arithmetic, no clock of its own).

Dates are the utility's local dates and are stepped one at a time. Hours are only added at the very end, to the
finished date in the utility's zone, so that a change to or from summer time never moves a deadline.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broker.utilities.profile import UtilityProfile

SATURDAY = 5
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """The days and hours of a utility's office."""

    zone: ZoneInfo
    cut_off: time
    closed: frozenset[date]

    @classmethod
    def of(cls, profile: UtilityProfile, extra: Iterable[date] = ()) -> "Calendar":
        """Give a profile's calendar, with further closing days (an ice storm) where there are any."""
        return cls(profile.tz, profile.clock.cut_off, profile.closed | frozenset(extra))

    def is_business_day(self, day: date) -> bool:
        """Say whether the office is open on this date."""
        return day.weekday() < SATURDAY and day not in self.closed

    def next_business_day(self, day: date) -> date:
        """Give the first business day after a date."""
        return self.add(day, 1)

    def add(self, day: date, business_days: int) -> date:
        """Step forward by business days; the date itself is not counted."""
        while business_days > 0:
            day += ONE_DAY
            business_days -= self.is_business_day(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Count the business days after `first` up to and with `last`."""
        return sum(self.is_business_day(first + ONE_DAY * step) for step in range(1, (last - first).days + 1))

    def day0(self, instant: datetime) -> date:
        """Give the business day on which a message counts as arrived; exactly at the cut-off still counts."""
        if instant.utcoffset() is None:
            raise ValueError("an instant needs a zone")
        local = instant.astimezone(self.zone)
        if self.is_business_day(local.date()) and local.time() <= self.cut_off:
            return local.date()
        return self.next_business_day(local.date())

    def closing_moment(self, day: date) -> datetime:
        """Give the cut-off of a date as an instant in UTC."""
        return datetime.combine(day, self.cut_off, self.zone).astimezone(UTC)

    def today(self, now: datetime) -> date:
        """Give the office's date at an instant."""
        return now.astimezone(self.zone).date()


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
