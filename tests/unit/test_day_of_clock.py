"""Which business day of the usual time a request has reached."""

from datetime import date, datetime

import pytest

from broker.utilities import published
from broker.utilities.calendar import Calendar
from requests_app.clock import day_of
from requests_app.models import ManualRequest

CALENDAR = Calendar.of(published("obec"))


@pytest.mark.parametrize(
    ("now", "remaining", "day"),
    [
        ("2026-03-02T15:00Z", None, 0),
        ("2026-03-07T15:00Z", None, 4),  # a Saturday: still Friday's
        ("2026-03-16T15:00Z", None, 10),
        ("2026-03-18T15:00Z", None, 12),  # two days late
        ("2026-03-18T15:00Z", 5, 5),  # it stood still after the fifth
    ],
)
def test_the_day_of_the_usual_time(now, remaining, day):
    manual = ManualRequest(due=date(2026, 3, 16), remaining=remaining)
    assert day_of(manual, datetime.fromisoformat(now), 10, CALENDAR) == day
