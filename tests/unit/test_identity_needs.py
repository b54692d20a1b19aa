"""What a level is too low for, and the nearest way to raise it."""

from datetime import UTC, datetime, timedelta

import pytest

from broker.utilities import published
from consents.identity.needs import awaited_hours, lacking

NEEDS = published("obec").assurance
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def short(level, data_types, notice_at=None):
    found = lacking(data_types, level=level, notice_at=notice_at, needs=NEEDS, now=NOW)
    return [(each.data_type, each.level, each.notice) for each in found]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("L1", [("bill", "L2", False), ("usage_hourly", "L2", False)]),
        ("L2", [("usage_hourly", "L3", True)]),
        ("L3", []),
    ],
)
def test_each_type_names_the_level_that_is_nearest(level, expected):
    assert short(level, ["bill", "usage_hourly"]) == expected


@pytest.mark.parametrize(("hours", "waits"), [(47.99, True), (48, False), (200, False)])
def test_a_notice_opens_hourly_data_after_48_hours_and_not_at_l1(hours, waits):
    told = NOW - timedelta(hours=hours)
    assert bool(short("L2", ["usage_hourly"], told)) is waits
    assert short("L1", ["usage_hourly"], told)


def test_a_running_notice_says_when_it_opens():
    told = NOW - timedelta(hours=1)
    (found,) = lacking(["usage_15min"], level="L2", notice_at=told, needs=NEEDS, now=NOW)
    assert found.opens_at == told + timedelta(hours=48)


@pytest.mark.parametrize(
    ("level", "data_types", "hours"),
    [
        ("L2", ["bill", "usage_hourly"], 48),
        ("L2", ["bill"], None),
        ("L1", ["usage_hourly"], None),
        ("L3", ["usage_hourly"], None),
    ],
)
def test_a_notice_is_due_for_hourly_data_at_l2_alone(level, data_types, hours):
    assert awaited_hours(data_types, level=level, needs=NEEDS) == hours
