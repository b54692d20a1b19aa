"""The clock of a request: started by delivery evidence, by the calendar of that moment (an action's part)."""

from datetime import datetime
from typing import Any

from broker.utilities.calendar import Calendar
from broker.utilities.profile import UtilityProfile
from requests_app.clocks import calendars
from requests_app.deadlines import deadlines
from requests_app.models import ManualRequest


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


def day_of(manual: ManualRequest, now: datetime, last_days: int, calendar: Calendar) -> int:
    """Give the business day of the usual time that today is; it stands still with the clock, and counts on past due."""
    if manual.due is None:
        raise ValueError("a request without a clock")
    if manual.remaining is not None:
        return last_days - manual.remaining
    today = calendar.today(now)
    return max(0, last_days - calendar.between(today, manual.due)) + calendar.between(manual.due, today)
