"""What must hold for every clock: any delivery, any rests, any closing days, wherever the server stands.

`./run faults clock` draws 24,000 examples of each property; the daily run a sample.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from broker.utilities import load, published
from broker.utilities.calendar import Calendar
from broker.utilities.closings import Act, Certainty, Change, InForce, at
from broker.utilities.profile import UtilityProfile
from requests_app.day_by_day import Kind, days
from requests_app.deadlines import Rest, Standing, Usual, is_overdue, replay
from tests.faults.scale import SEED, WHOLE, record

PROFILES = [
    published("obec"),
    load(Path(__file__).resolve().parents[1] / "fixtures" / "utilities" / "junegrass.toml"),
]
EXAMPLES = 8_000 if WHOLE else 60  # in each of three zones
ZONES = ("UTC", "America/Chicago", "Asia/Tokyo")
FIRST, LAST = date(2025, 1, 1), date(2028, 11, 1)

INSTANTS = st.datetimes(datetime(2025, 1, 1), datetime(2028, 11, 1), timezones=st.just(UTC))
DAYS = st.dates(FIRST, LAST)
GAPS = st.timedeltas(timedelta(0), timedelta(days=9))


@st.composite
def clocks(draw: st.DrawFn) -> tuple[UtilityProfile, datetime, list[Rest], list[Change]]:
    """Draw a utility, a delivery, up to three rests after it, and up to five closing days near it."""
    profile, delivered = draw(st.sampled_from(PROFILES)), draw(INSTANTS)
    moment, rests = delivered, []
    for _ in range(draw(st.integers(0, 3))):
        moment += draw(GAPS)
        on = moment.astimezone(profile.tz).date()
        moment += draw(GAPS)
        rests.append(Rest(on, moment))
    if rests and draw(st.booleans()):
        rests[-1] = Rest(rests[-1].on)
    closed = draw(st.lists(st.integers(0, 40), max_size=5, unique=True))
    changes = [_closing(number, delivered.date() + timedelta(each)) for number, each in enumerate(closed, 1)]
    return profile, delivered, rests, changes


def _closing(number: int, day: date) -> Change:
    return Change(number, day, Act.CLOSE, "Ice storm", Certainty.CONFIRMED)


def usual(profile: UtilityProfile) -> Usual:
    return Usual(profile.clock.first_days, profile.clock.last_days)


def standing(profile: UtilityProfile, delivered: datetime, rests: list[Rest], in_force: InForce) -> Standing:
    return replay(delivered, rests, in_force.calendar, usual(profile))


@pytest.fixture(params=ZONES)
def server_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Let this process stand in another zone."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    time.tzset()
    yield request.param
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def hold(name: str, zone: str, check: Callable[..., None], *drawn: st.SearchStrategy) -> None:
    """Run a property on many examples, and write down how many."""
    count = 0

    @seed(SEED)
    @settings(max_examples=EXAMPLES)
    @given(values=st.tuples(*drawn))
    def run(values: tuple[object, ...]) -> None:
        nonlocal count
        count += 1
        check(*values)

    run()
    assert count >= EXAMPLES
    record(f"clock: {name}", zone, examples=count, failures=0)


def test_due_is_a_business_day_and_the_days_add_up(server_zone: str) -> None:
    def check(clock: tuple[UtilityProfile, datetime, list[Rest], list[Change]]) -> None:
        profile, delivered, rests, changes = clock
        in_force = at(profile, changes)
        found, listed = days(delivered, rests, in_force, usual(profile), until=delivered.date() + timedelta(60))
        dates, calendar = found.dates, in_force.calendar
        for day in (dates.day0, dates.expected_from, dates.due, dates.first_follow_up):
            assert calendar.is_business_day(day)
        assert dates.day0 <= dates.expected_from
        assert dates.due < dates.first_follow_up
        assert dates.due_at.astimezone(profile.tz).replace(tzinfo=None) == datetime.combine(dates.due, calendar.cut_off)
        assert not is_overdue(dates.due, dates.due_at, calendar)
        counted = [each for each in listed if each.kind == Kind.COUNTED]
        assert [each.number for each in counted] == list(range(1, len(counted) + 1))
        assert [each.date for each in listed if each.kind == Kind.DAY0] == [dates.day0]
        left = found.paused.remaining if found.paused else 0
        dues = [standing(profile, delivered, rests[:index], in_force).dates.due for index in range(len(rests))]
        late = any(rest.on > due for rest, due in zip(rests, dues, strict=True))
        if not late:  # whoever asks back after the due date has used more than there was
            assert len(counted) == usual(profile).last_days - left
        if not rests:
            assert calendar.between(dates.day0, dates.due) == usual(profile).last_days
            assert counted[-1].date == dates.due

    hold("due is a business day", server_zone, check, clocks())


def test_a_later_delivery_is_never_due_earlier(server_zone: str) -> None:
    def check(profile: UtilityProfile, delivered: datetime, later: timedelta) -> None:
        in_force = at(profile)
        before = standing(profile, delivered, [], in_force).dates
        after = standing(profile, delivered + later, [], in_force).dates
        assert (before.day0, before.expected_from, before.due, before.due_at, before.first_follow_up) <= (
            after.day0, after.expected_from, after.due, after.due_at, after.first_follow_up,
        )  # fmt: skip
        assert before.due <= after.due

    later = st.timedeltas(timedelta(0), timedelta(30))
    hold("monotone", server_zone, check, st.sampled_from(PROFILES), INSTANTS, later)


def test_a_new_closing_day_never_moves_a_date_earlier(server_zone: str) -> None:
    def check(clock: tuple[UtilityProfile, datetime, list[Rest], list[Change]], offset: int) -> None:
        profile, delivered, rests, changes = clock
        more = [*changes, _closing(len(changes) + 1, delivered.date() + timedelta(offset))]
        before = standing(profile, delivered, rests, at(profile, changes))
        after = standing(profile, delivered, rests, at(profile, more))
        assert before.dates.day0 <= after.dates.day0
        assert before.dates.expected_from <= after.dates.expected_from
        assert before.dates.due <= after.dates.due
        assert before.dates.first_follow_up <= after.dates.first_follow_up

    hold("a closing day", server_zone, check, clocks(), st.integers(0, 60))


def test_a_rest_of_one_business_day_changes_nothing(server_zone: str) -> None:
    def check(profile: UtilityProfile, delivered: datetime, used: int) -> None:
        calendar: Calendar = at(profile).calendar
        before = replay(delivered, [], calendar, usual(profile)).dates
        on = calendar.add(before.day0, used)
        again = replay(delivered, [Rest(on, calendar.closing_moment(on))], calendar, usual(profile)).dates
        assert replace(again, expected_from=before.expected_from) == before

    used = st.integers(0, min(each.clock.last_days for each in PROFILES))
    hold("pause and resume", server_zone, check, st.sampled_from(PROFILES), INSTANTS, used)


def test_a_promise_moves_no_due_date_and_lets_nobody_ask_earlier(server_zone: str) -> None:
    def check(clock: tuple[UtilityProfile, datetime, list[Rest], list[Change]], promised: date) -> None:
        profile, delivered, rests, changes = clock
        calendar = at(profile, changes).calendar
        without = replay(delivered, rests, calendar, usual(profile))
        with_it = replay(delivered, rests, calendar, usual(profile), promised)
        assert replace(with_it.dates, first_follow_up=without.dates.first_follow_up) == without.dates
        assert with_it.dates.first_follow_up > max(promised, without.dates.due)
        assert calendar.is_business_day(with_it.dates.first_follow_up)

    hold("a promised date", server_zone, check, clocks(), DAYS)


def test_the_dates_are_the_same_wherever_the_server_stands(server_zone: str) -> None:
    def check(clock: tuple[UtilityProfile, datetime, list[Rest], list[Change]]) -> None:
        profile, delivered, rests, changes = clock
        in_force = at(profile, changes)
        here = delivered.astimezone()  # written in the server's own zone
        moved = [Rest(each.on, each.until and each.until.astimezone()) for each in rests]
        assert standing(profile, here, moved, in_force) == standing(profile, delivered, rests, in_force)

    hold("the server's zone", server_zone, check, clocks())
