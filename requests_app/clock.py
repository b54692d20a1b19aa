"""The clock of a request: started by delivery evidence, by the calendar of that moment (an action's part)."""

from datetime import date, datetime
from typing import Any

from broker.utilities.profile import UtilityProfile
from requests_app.clocks import calendars
from requests_app.deadlines import deadlines


def start(delivered_at: datetime, profile: UtilityProfile) -> dict[str, Any]:
    """Give the fields of a request whose mail was proven to have arrived at this moment.

    Called inside the transaction that moves the request: until its end nobody changes this calendar.
    """
    calendars.hold_still(profile.id)
    now, usual = calendars.in_force(profile), profile.clock
    dates = deadlines(delivered_at, now.calendar, first_days=usual.first_days, last_days=usual.last_days)
    return {
        "delivered_at": delivered_at,
        "day0": dates.day0,
        "expected_from": dates.expected_from,
        "due": dates.due,
        "due_at": dates.due_at,
        "first_follow_up": dates.first_follow_up,
        "calendar_version": now.version,
    }


def day_of(day0: date, now: datetime, profile: UtilityProfile) -> int:
    """Give how many business days have gone since Day 0, up to and with today."""
    calendar = calendars.in_force(profile).calendar
    return calendar.between(day0, calendar.today(now))
