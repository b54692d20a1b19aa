"""Dates so many business days earlier, so that the same business days lie between them as before (rules)."""

from datetime import date, datetime

from broker.utilities.calendar import ONE_DAY, Calendar
from requests_app.ladder.rules import FROM, UNTIL, back, next_opening


def day(when: date, business_days: int, calendar: Calendar) -> date:
    """Give a date so many business days earlier; one on which the office is closed counts as the open one before it."""
    return back(calendar, back(calendar, when + ONE_DAY, 1), business_days)


def moment(at: datetime, business_days: int, calendar: Calendar) -> datetime:
    """Give an instant whose Day 0 is so many business days earlier.

    The time of day stays where it counted on its own date; else it is when the office opens.
    """
    counted, local = calendar.day0(at), at.astimezone(calendar.zone)
    then = back(calendar, counted, business_days)
    return datetime.combine(then, local.time() if counted == local.date() else FROM, calendar.zone)


def office_hour(now: datetime, calendar: Calendar) -> datetime:
    """Give the moment at which a look taken now counts: in the office's hours of today, or of its next open day."""
    local = now.astimezone(calendar.zone)
    if not calendar.is_business_day(local.date()) or local.time() < UNTIL:
        return next_opening(calendar, now)
    return datetime.combine(local.date(), UNTIL, calendar.zone) - datetime.resolution
