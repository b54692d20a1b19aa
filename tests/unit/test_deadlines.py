"""Business-day arithmetic: the published vectors, and what must hold for every date."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.utilities import load, published
from broker.utilities.calendar import Calendar
from broker.utilities.closings import Act, Certainty, Change, at, fits, number_of
from requests_app.day_by_day import Kind
from requests_app.day_by_day import days as days_of
from requests_app.deadlines import (
    Deadlines,
    Rest,
    Usual,
    can_be_named,
    deadlines,
    for_profile,
    is_overdue,
    pause,
    replay,
    resume,
)
from tests.unit.clock_support import VECTORS

ROOT = Path(__file__).resolve().parents[2]
OBEC = published("obec")
CALENDAR = Calendar.of(OBEC)


def days(delivered_at, calendar=CALENDAR):
    return deadlines(delivered_at, calendar, first_days=5, last_days=10)


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


# --- a clock with rests, worked out anew ------------------------------------------------------------------------------

USUAL = Usual(5, 10)
DELIVERED = datetime(2026, 3, 2, 15, tzinfo=UTC)
ANSWERED = datetime(2026, 3, 18, 15, tzinfo=UTC)


def test_s34_the_pause_vector_worked_out_from_what_happened():
    still = replay(DELIVERED, [Rest(date(2026, 3, 9))], CALENDAR, USUAL)
    assert still.paused is not None
    assert (still.paused.remaining, still.dates.due) == (5, date(2026, 3, 16))
    again = replay(DELIVERED, [Rest(date(2026, 3, 9), ANSWERED)], CALENDAR, USUAL)
    assert again.paused is None
    assert (again.dates.day0, again.dates.expected_from) == (date(2026, 3, 2), date(2026, 3, 18))
    assert (again.dates.due, again.dates.first_follow_up) == (date(2026, 3, 25), date(2026, 3, 26))


def test_the_pause_vector_day_by_day():
    rests = [Rest(date(2026, 3, 9), ANSWERED)]
    _, listed = days_of(DELIVERED, rests, at(OBEC), USUAL)
    numbers = {each.date: each.number for each in listed if each.kind == Kind.COUNTED}
    assert [day.day for day in numbers] == [3, 4, 5, 6, 9, 19, 20, 23, 24, 25]
    assert list(numbers.values()) == list(range(1, 11))
    assert [each.date.day for each in listed if each.kind == Kind.RESTING] == [10, 11, 12, 13, 16, 17, 18]


def test_a_long_rest_is_listed_for_four_hundred_days_and_no_more():
    _, listed = days_of(DELIVERED, [Rest(date(2026, 3, 9))], at(OBEC), USUAL, until=date(2027, 12, 31))
    assert len(listed) == 400
    assert (listed[0].date, listed[0].kind, listed[0].number) == (date(2026, 3, 2), Kind.DAY0, 0)


def test_the_rows_that_were_used_are_named():
    _, listed = days_of(datetime(2026, 11, 24, 17, tzinfo=UTC), [], at(OBEC), USUAL)
    used = [(each.row.name, each.row.certainty.value) for each in listed if each.row]
    assert used == [("Thanksgiving Day", "assumed"), ("Friday after Thanksgiving", "assumed")]


def test_a_mail_after_the_cut_off_counts_for_the_next_day_and_the_list_says_so():
    _, listed = days_of(datetime(2026, 3, 6, 22, 31, tzinfo=UTC), [], at(OBEC), USUAL)
    assert [(each.date.day, each.kind) for each in listed[:4]] == [
        (6, Kind.ARRIVED),
        (7, Kind.WEEKEND),
        (8, Kind.WEEKEND),
        (9, Kind.DAY0),
    ]


def test_a_closed_day_is_opened_and_confirmed_by_a_change():
    thanksgiving = date(2026, 11, 26)
    opened = at(OBEC, [Change(1, thanksgiving, Act.OPEN, "", Certainty.CONFIRMED)])
    assert thanksgiving not in opened.rows
    assert opened.calendar.is_business_day(thanksgiving)
    sure = at(OBEC, [Change(1, thanksgiving, Act.CONFIRM, "Thanksgiving Day", Certainty.CONFIRMED)])
    assert (sure.rows[thanksgiving].certainty, sure.rows[thanksgiving].since) == (Certainty.CONFIRMED, 1)
    assert sure.calendar == at(OBEC).calendar == CALENDAR
    assert (sure.version, number_of(sure.version)) == (f"{OBEC.version}+c1", 1)
    assert number_of(OBEC.version) == number_of("") == 0


@pytest.mark.parametrize(
    ("day", "act", "does"),
    [
        (date(2026, 3, 10), Act.CLOSE, True),
        (date(2026, 3, 10), Act.OPEN, False),
        (date(2026, 3, 10), Act.CONFIRM, False),
        (date(2026, 11, 26), Act.CLOSE, False),
        (date(2026, 11, 26), Act.OPEN, True),
        (date(2026, 11, 26), Act.CONFIRM, True),
        (date(2026, 3, 7), Act.CLOSE, False),
        (date(2026, 3, 7), Act.OPEN, False),
    ],
)
def test_a_change_that_changes_nothing_is_none(day, act, does):
    assert fits(at(OBEC).rows, day, act) is does


def test_a_clock_that_stands_still_is_not_paused_again():
    with pytest.raises(ValueError, match="stands still"):
        replay(DELIVERED, [Rest(date(2026, 3, 9)), Rest(date(2026, 3, 10))], CALENDAR, USUAL)


def test_a_day_can_be_named_from_the_day_it_is_said_on_to_the_hundred_and_twentieth_after_it():
    said_on = date(2026, 3, 2)
    last = date(2026, 6, 30)
    assert (last - said_on).days == 120
    assert can_be_named(said_on, said_on)
    assert can_be_named(last, said_on)
    assert not can_be_named(said_on - timedelta(1), said_on)
    assert not can_be_named(last + timedelta(1), said_on)
