"""Dates that go back by business days keep their distances, whatever the calendar, the hour and the season."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.utilities.calendar import Calendar
from requests_app.deadlines import Rest, Usual, replay
from requests_app.ladder.rules import in_office
from requests_app.test_orders import earlier

ZONE = ZoneInfo("America/Chicago")
CLOSED = st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=12)
CALENDARS = st.builds(lambda closed: Calendar(ZONE, time(16, 30), closed), CLOSED)
MOMENTS = st.datetimes(datetime(2026, 5, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
DAYS = st.integers(1, 60)


@settings(max_examples=200)
@given(calendar=CALENDARS, moments=st.lists(MOMENTS, min_size=2, max_size=2), days=DAYS)
def test_as_many_business_days_lie_between_any_two_as_before(
    calendar: Calendar, moments: list[datetime], days: int
) -> None:
    first, last = sorted(moments)
    before = calendar.between(calendar.day0(first), calendar.day0(last))
    then = [earlier.moment(each, days, calendar) for each in (first, last)]
    assert then == sorted(then) or calendar.day0(first) == calendar.day0(last)
    assert calendar.between(calendar.day0(then[0]), calendar.day0(then[1])) == before
    assert calendar.between(calendar.day0(then[0]), calendar.day0(first)) == days


@settings(max_examples=200)
@given(calendar=CALENDARS, at=MOMENTS, days=DAYS, rests=st.integers(0, 20), rested=st.integers(0, 20))
def test_a_clock_is_due_so_many_business_days_earlier_and_rests_as_long(
    calendar: Calendar, at: datetime, days: int, rests: int, rested: int
) -> None:
    on = at + timedelta(days=rests)
    until = on + timedelta(days=rested + 1)
    for rest in (Rest(on.astimezone(ZONE).date(), until), Rest(on.astimezone(ZONE).date())):
        moved = Rest(
            earlier.day(rest.on, days, calendar),
            earlier.moment(rest.until, days, calendar) if rest.until else None,
        )
        was = replay(at, [rest], calendar, Usual(5, 10))
        now = replay(earlier.moment(at, days, calendar), [moved], calendar, Usual(5, 10))
        assert now.dates.due == earlier.day(was.dates.due, days, calendar)
        assert (now.paused and now.paused.remaining) == (was.paused and was.paused.remaining)


@settings(max_examples=200)
@given(calendar=CALENDARS, now=MOMENTS)
def test_a_look_is_taken_in_office_hours_of_today_or_of_the_next_open_day(calendar: Calendar, now: datetime) -> None:
    look = earlier.office_hour(now, calendar)
    assert in_office(calendar, look)
    today = calendar.today(now)
    expected = today if calendar.is_business_day(today) else calendar.next_business_day(today)
    assert calendar.today(look) == expected


@pytest.mark.parametrize(("hour", "kept"), [(10, time(10)), (20, time(9))])
def test_the_hour_stays_where_it_counted_on_its_own_date(hour: int, kept: time) -> None:
    calendar = Calendar(ZONE, time(16, 30), frozenset())
    then = earlier.moment(datetime(2026, 7, 15, hour, tzinfo=ZONE), 3, calendar)
    assert (then.date(), then.time()) == (date(2026, 7, 10) if hour == 10 else date(2026, 7, 13), kept)
