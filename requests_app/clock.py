"""The clock of a request: started by delivery evidence, by the calendar of the profile of that day (rules)."""

from datetime import datetime
from typing import Any

from broker.utilities.calendar import Calendar
from broker.utilities.profile import UtilityProfile
from requests_app.deadlines import for_profile


def start(delivered_at: datetime, profile: UtilityProfile) -> dict[str, Any]:
    """Give the fields of a request whose mail was proven to have arrived at this moment."""
    dates = for_profile(delivered_at, profile)
    return {
        "delivered_at": delivered_at,
        "day0": dates.day0,
        "expected_from": dates.expected_from,
        "due": dates.due,
        "due_at": dates.due_at,
        "first_follow_up": dates.first_follow_up,
        "calendar_version": profile.version[:40],
    }


def day_of(day0: Any, now: datetime, profile: UtilityProfile) -> int:
    """Give how many business days have gone since Day 0, up to and with today."""
    calendar = Calendar.of(profile)
    return calendar.between(day0, calendar.today(now))
