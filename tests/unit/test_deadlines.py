"""Business-day arithmetic: the published vectors, and what must hold for every date."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.utilities import load, published
from broker.utilities.calendar import Calendar
from requests_app.deadlines import Deadlines, deadlines, for_profile, is_overdue, pause, resume

ROOT = Path(__file__).resolve().parents[2]
OBEC = published("obec")
CALENDAR = Calendar.of(OBEC)


def days(delivered_at, calendar=CALENDAR):
    return deadlines(delivered_at, calendar, first_days=5, last_days=10)


# delivered (UTC), day 0, expected from, due, due instant (UTC), first follow-up
VECTORS = [
    ("2026-03-02T15:00Z", "2026-03-02", "2026-03-09", "2026-03-16", "21:30", "2026-03-17"),
    ("2026-03-06T22:00Z", "2026-03-06", "2026-03-13", "2026-03-20", "21:30", "2026-03-23"),
    ("2026-03-06T22:31Z", "2026-03-09", "2026-03-16", "2026-03-23", "21:30", "2026-03-24"),
    ("2026-03-07T18:00Z", "2026-03-09", "2026-03-16", "2026-03-23", "21:30", "2026-03-24"),
    ("2026-07-01T21:29Z", "2026-07-01", "2026-07-09", "2026-07-16", "21:30", "2026-07-17"),
    ("2026-07-01T21:31Z", "2026-07-02", "2026-07-10", "2026-07-17", "21:30", "2026-07-20"),
    ("2026-07-03T15:00Z", "2026-07-06", "2026-07-13", "2026-07-20", "21:30", "2026-07-21"),
    ("2026-10-30T20:00Z", "2026-10-30", "2026-11-06", "2026-11-16", "22:30", "2026-11-17"),
    ("2026-11-13T16:00Z", "2026-11-13", "2026-11-20", "2026-12-01", "22:30", "2026-12-02"),
    ("2026-11-24T17:00Z", "2026-11-24", "2026-12-03", "2026-12-10", "22:30", "2026-12-11"),
    ("2026-11-25T23:30Z", "2026-11-30", "2026-12-07", "2026-12-14", "22:30", "2026-12-15"),
    ("2026-12-18T16:00Z", "2026-12-18", "2026-12-28", "2027-01-05", "22:30", "2027-01-06"),
    ("2026-12-24T23:00Z", "2026-12-28", "2027-01-05", "2027-01-12", "22:30", "2027-01-13"),
    ("2027-12-17T16:00Z", "2027-12-17", "2027-12-27", "2028-01-04", "22:30", "2028-01-05"),
    ("2028-01-01T03:00Z", "2028-01-03", "2028-01-10", "2028-01-18", "22:30", "2028-01-19"),
]


@pytest.mark.parametrize("vector", VECTORS, ids=[vector[0] for vector in VECTORS])
def test_the_fifteen_vectors(vector):
    delivered, day0, expected_from, due, due_at, follow_up = vector
    assert for_profile(datetime.fromisoformat(delivered), OBEC) == Deadlines(
        day0=date.fromisoformat(day0),
        expected_from=date.fromisoformat(expected_from),
        due=date.fromisoformat(due),
        due_at=datetime.fromisoformat(f"{due}T{due_at}Z"),
        first_follow_up=date.fromisoformat(follow_up),
    )


def test_a_pause_keeps_the_business_days_that_remain():
    running = days(datetime(2026, 3, 2, 15, tzinfo=UTC))
    paused = pause(running, date(2026, 3, 9), CALENDAR)
    assert paused.remaining == 5
    again = resume(paused, running.day0, date(2026, 3, 18), CALENDAR)
    assert again.due == date(2026, 3, 25)
    assert again.expected_from == date(2026, 3, 18)
    assert again.day0 == running.day0
    assert again.first_follow_up == date(2026, 3, 26)


@pytest.mark.parametrize(
    ("delivered", "day0"),
    [("2026-03-06T22:30:00Z", date(2026, 3, 6)), ("2026-03-06T22:30:00.000001Z", date(2026, 3, 9))],
)
def test_exactly_at_the_cut_off_still_counts(delivered, day0):
    assert CALENDAR.day0(datetime.fromisoformat(delivered)) == day0


def test_an_evening_reply_on_the_due_date_is_in_time():
    due = date(2026, 3, 16)
    assert not is_overdue(due, datetime(2026, 3, 17, 4, 59, 59, tzinfo=UTC), CALENDAR)
    assert is_overdue(due, datetime(2026, 3, 17, 5, 0, tzinfo=UTC), CALENDAR)


def test_an_instant_without_a_zone_is_no_evidence():
    with pytest.raises(ValueError, match="zone"):
        CALENDAR.day0(datetime(2026, 3, 2, 15))


def test_an_ice_storm_moves_the_due_date_later():
    storm = Calendar.of(OBEC, extra=[date(2026, 3, 10)])
    before, after = days(datetime(2026, 3, 2, 15, tzinfo=UTC)), days(datetime(2026, 3, 2, 15, tzinfo=UTC), storm)
    assert after.due == date(2026, 3, 17)
    assert after.due > before.due


def test_a_second_utility_counts_its_own_days_in_its_own_zone():
    second = load(ROOT / "tests" / "fixtures" / "utilities" / "junegrass.toml")
    # 21:30 UTC is 2:30 p.m. in Denver, before its cut-off of 3 p.m.; its Founders' Day lies in between.
    found = for_profile(datetime(2026, 3, 4, 21, 30, tzinfo=UTC), second)
    assert (found.day0, found.expected_from, found.due) == (date(2026, 3, 4), date(2026, 3, 9), date(2026, 3, 16))
    assert found.due_at == datetime(2026, 3, 16, 21, 0, tzinfo=UTC)


INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 11, 1), timezones=st.just(UTC))


@given(INSTANTS)
def test_due_is_a_business_day_ten_business_days_after_day_0(delivered):
    found = days(delivered)
    assert CALENDAR.is_business_day(found.due)
    assert CALENDAR.is_business_day(found.day0)
    assert CALENDAR.is_business_day(found.first_follow_up)
    assert CALENDAR.between(found.day0, found.due) == 10
    assert CALENDAR.between(found.day0, found.expected_from) == 5
    assert found.day0 < found.expected_from < found.due < found.first_follow_up
    assert found.due_at.astimezone(CALENDAR.zone).time() == CALENDAR.cut_off


@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_later_delivery_is_never_due_earlier(delivered, later):
    assert days(delivered + later).due >= days(delivered).due


@given(INSTANTS, st.integers(0, 40))
def test_a_new_closing_day_never_moves_a_due_date_earlier(delivered, offset):
    closed = replace(CALENDAR, closed=CALENDAR.closed | {delivered.date() + timedelta(offset)})
    assert days(delivered, closed).due >= days(delivered).due


@given(INSTANTS, st.integers(0, 9))
def test_pause_and_resume_on_the_same_date_change_nothing(delivered, used):
    running = days(delivered)
    on = CALENDAR.add(running.day0, used)
    again = resume(pause(running, on, CALENDAR), running.day0, on, CALENDAR)
    assert again.due == running.due
    assert again.due_at == running.due_at


@settings(max_examples=50)
@given(INSTANTS, st.sampled_from(["America/Chicago", "Asia/Tokyo", "UTC"]))
def test_the_zone_in_which_an_instant_is_written_does_not_matter(delivered, zone):
    from zoneinfo import ZoneInfo

    assert days(delivered.astimezone(ZoneInfo(zone))) == days(delivered)


@pytest.mark.parametrize("zone", ["UTC", "America/Chicago", "Asia/Tokyo"])
def test_the_servers_zone_does_not_matter(zone):
    program = (
        "from datetime import datetime; from broker.utilities import published;"
        "from requests_app.deadlines import for_profile;"
        "print(for_profile(datetime.fromisoformat('2028-01-01T03:00Z'), published('obec')).due)"
    )
    environment = {**os.environ, "TZ": zone}
    out = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True)
    assert out.stdout.strip() == b"2028-01-18"
