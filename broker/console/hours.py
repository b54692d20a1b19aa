"""Central days and office hours, as the console counts them (rules)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from broker.utilities.calendar import Calendar

CENTRAL = ZoneInfo("America/Chicago")
OPENS, CLOSES = time(8), time(17)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def local(instant: datetime) -> datetime:
    """Give an instant in Central time."""
    return instant.astimezone(CENTRAL)


def instant_of(ts: int) -> datetime:
    """Give the instant of a header's microseconds."""
    return EPOCH + timedelta(microseconds=ts)


def us_of(instant: datetime) -> int:
    """Give the microseconds by which a header writes an instant."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def midnight_us(day: date) -> int:
    """Give the first microsecond of a Central day."""
    start = datetime.combine(day, time(), CENTRAL).astimezone(UTC)
    return int((start - EPOCH) / timedelta(microseconds=1))


def is_outside(instant: datetime, calendar: Calendar) -> bool:
    """Say whether an instant lies outside office hours: before 8, from 17 on, or on a day without business."""
    here = local(instant)
    return not calendar.is_business_day(here.date()) or not OPENS <= here.time() < CLOSES


def last_business_day(day: date, calendar: Calendar) -> date:
    """Give the last business day before a date."""
    day -= timedelta(days=1)
    while not calendar.is_business_day(day):
        day -= timedelta(days=1)
    return day


def missing_reviews(reviewed: set[date], now: datetime, calendar: Calendar, *, first: date) -> list[date]:
    """Give the days whose review is missing: the last business day's, and from 17:00 on today's.

    No day before `first`, the day of the log's first event: there was nothing to review.
    """
    today = local(now).date()
    due = [last_business_day(today, calendar)]
    if calendar.is_business_day(today) and local(now).time() >= CLOSES:
        due.append(today)
    return [day for day in due if day >= first and day not in reviewed]
