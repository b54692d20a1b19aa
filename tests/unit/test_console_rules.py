"""The console's pure rules: Central days, office hours, missing reviews, day counters, bars."""

from datetime import UTC, date, datetime, timedelta

import pytest

from broker import utilities
from broker.console import hours
from broker.console.groups import GROUPS
from broker.console.milestones import counted
from broker.console.ready import READY
from broker.utilities.calendar import Calendar
from requests_app.numbers import bars

OFFICE = Calendar.of(utilities.published("obec"))


@pytest.mark.parametrize(
    ("instant", "outside"),
    [
        (datetime(2026, 11, 23, 13, 59, tzinfo=UTC), True),  # Monday 7:59 in winter time
        (datetime(2026, 11, 23, 14, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 22, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 23, 0, tzinfo=UTC), True),  # 17:00
        (datetime(2026, 7, 6, 13, 0, tzinfo=UTC), False),  # 8:00 in summer time
        (datetime(2026, 11, 22, 18, 0, tzinfo=UTC), True),  # a Sunday
        (datetime(2026, 11, 26, 18, 0, tzinfo=UTC), True),  # Thanksgiving
    ],
)
def test_office_hours_are_central_and_know_days_off(instant: datetime, outside: bool) -> None:
    assert hours.is_outside(instant, OFFICE) is outside


def test_a_central_day_begins_at_its_own_midnight_also_when_clocks_change() -> None:
    assert hours.instant_of(hours.midnight_us(date(2026, 3, 8))) == datetime(2026, 3, 8, 6, tzinfo=UTC)
    assert hours.instant_of(hours.midnight_us(date(2026, 3, 9))) == datetime(2026, 3, 9, 5, tzinfo=UTC)


def test_the_review_of_the_last_business_day_is_missing_and_todays_from_five_on() -> None:
    friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    morning, evening = datetime(2026, 11, 23, 15, tzinfo=UTC), datetime(2026, 11, 23, 23, tzinfo=UTC)
    first = friday - timedelta(days=90)
    assert hours.missing_reviews(set(), morning, OFFICE, first=first) == [friday]
    assert hours.missing_reviews(set(), evening, OFFICE, first=monday) == [monday]  # it began on Monday
    assert hours.missing_reviews({friday}, morning, OFFICE, first=first) == []
    assert hours.missing_reviews({friday}, evening, OFFICE, first=first) == [monday]
    assert hours.missing_reviews({friday}, evening - timedelta(minutes=1), OFFICE, first=first) == []
    sunday = datetime(2026, 11, 23, 4, tzinfo=UTC)  # still Sunday evening in Missouri
    assert hours.missing_reviews({friday}, sunday, OFFICE, first=first) == []


def test_milestones_are_in_order_with_calendar_and_business_days() -> None:
    now = datetime(2026, 11, 25, 18, tzinfo=UTC)
    steps = [("Due", date(2026, 12, 4)), ("Sent", datetime(2026, 11, 20, 18, tzinfo=UTC)), ("Never", None),
             ("Day 0", date(2026, 11, 20))]  # fmt: skip
    found = counted(steps, now, OFFICE)
    assert [(each.title, each.days, each.ahead) for each in found] == [
        ("Sent", 0, False),
        ("Day 0", 0, False),
        ("Due", 14, True),
    ]
    assert found[2].business_days == OFFICE.between(date(2026, 11, 20), date(2026, 12, 4)) < 10
    assert counted([("Never", None)], now, OFFICE) == []
    from_day0 = counted([("Asked", date(2026, 11, 18)), *steps], now, OFFICE, day0=date(2026, 11, 20))
    assert [(each.title, each.days, each.business_days) for each in from_day0][:3] == [
        ("Asked", -2, -2),
        ("Sent", 0, 0),
        ("Day 0", 0, 0),
    ]


def test_bars_are_as_high_as_their_numbers_and_stand_on_each_other() -> None:
    drawing = bars.columns([bars.Bar("a", (2, 2, 0)), bars.Bar("b", (8, 0, 0)), bars.Bar("c", (0, 0, 0))])
    low, high, whole = drawing.rects
    assert (low.height, high.height, whole.height) == (45, 45, 180)
    assert (low.y, high.y + high.height, whole.y + whole.height) == (drawing.baseline - 45, low.y, drawing.baseline)
    assert (low.css, high.css) == ("bar-ok", "bar-denied")
    assert drawing.newest_last
    assert [each.text for each in bars.columns([bars.Bar(str(n), (1,)) for n in range(7)]).texts[3:]] == ["1", "6"]
    lying = bars.rows([bars.Bar("a", (1,)), bars.Bar("b", (4,))])
    assert lying.rects[1].width == 4 * lying.rects[0].width
    assert [each.text for each in lying.texts] == ["a 1", "b 4"]
    assert bars.columns([]).rects == bars.rows([]).rects == []


def test_ready_made_views_and_groups_name_only_acts_that_there_are() -> None:
    from broker.audit.words import ACTS
    from broker.console.criteria import FIELDS

    assert {act for group in GROUPS.values() for act in group.acts} <= set(ACTS)
    assert {name for each in READY for name in each.filters} <= set(FIELDS)
    assert {each.filters["group"] for each in READY if "group" in each.filters} <= set(GROUPS)
