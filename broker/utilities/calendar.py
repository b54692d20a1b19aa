"""Business days of a utility's office (rules: pure date arithmetic, no clock of its own)."""

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
