"""A picture of use: days up to two months, else months; resolutions stay apart; power has a peak, no sum."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from requests_app.use_chart import FOOT, HEIGHT, TOP, WIDTH, charts


def hours(first: date, days: int, value: str = "1.5") -> list[dict[str, Any]]:
    moments = [f"{first + timedelta(days=day)}T{hour:02}:00:00-06:00" for day in range(days) for hour in range(24)]
    return [{"start": each, "value": value} for each in moments]


def test_hours_are_put_together_by_their_local_day() -> None:
    (chart,) = charts([("delivered", "kWh", "PT1H", hours(date(2026, 1, 30), 3))])
    assert not chart.monthly
    assert [(each.first, each.value) for each in chart.bars] == [
        (date(2026, 1, 30), Decimal(36)), (date(2026, 1, 31), Decimal(36)), (date(2026, 2, 1), Decimal(36)),
    ]  # fmt: skip
    assert chart.total == Decimal(108)


def test_more_than_two_months_of_days_are_shown_by_month() -> None:
    (chart,) = charts([("delivered", "kWh", "PT1H", hours(date(2026, 1, 1), 63))])
    assert chart.monthly
    assert [each.value for each in chart.bars] == [Decimal(31 * 36), Decimal(28 * 36), Decimal(4 * 36)]


def test_one_month_that_the_file_states_stays_a_month() -> None:
    values = [{"start": "2026-01-01T00:00:00-06:00", "value": "900"}]
    (chart,) = charts([("delivered", "kWh", "P1M", values)])
    assert chart.monthly
    assert chart.highest == Decimal(900)


def test_resolutions_are_never_added() -> None:
    day = date(2026, 1, 1)
    whole = [{"start": "2026-01-01T00:00:00-06:00", "value": "24"}]
    by_day, by_hour = charts([("delivered", "kWh", "PT1H", hours(day, 1, "1")), ("delivered", "kWh", "P1D", whole)])
    assert (by_day.total, by_hour.total) == (Decimal(24), Decimal(24))


def test_of_power_the_highest_counts() -> None:
    values = [{"start": f"2026-01-01T0{n}:00:00-06:00", "value": str(n)} for n in range(5)]
    (chart,) = charts([("demand", "kW", "PT1H", values)])
    assert chart.is_peak
    assert (chart.total, chart.bars[0].value) == (Decimal(4), Decimal(4))


def test_what_goes_back_is_below_zero_and_no_bar_leaves_the_picture() -> None:
    rows = [
        {"start": f"2026-01-{n + 1:02}T00:00:00-06:00", "value": value} for n, value in enumerate(("-11", "0", "-3"))
    ]
    delivered = [{"start": "2026-01-01T00:00:00-06:00", "value": "5"}]
    first, second = charts([("received", "kWh", "P1D", rows), ("delivered", "kWh", "P1D", delivered)])
    assert (first.role, second.role) == ("delivered", "received")  # in one order, whatever came first
    assert [each.value for each in second.bars] == [Decimal(-11), Decimal(0), Decimal(-3)]
    assert second.bars[1].height == 0
    assert first.zero == HEIGHT - FOOT  # all of it came
    assert second.zero == TOP  # all of it went back, so it hangs from the line
    assert (second.highest, second.lowest) == (Decimal(0), Decimal(-11))
    for each in (*first.bars, *second.bars):
        assert 0 <= each.x <= each.x + each.width <= WIDTH
        assert TOP <= each.y <= each.y + each.height <= HEIGHT - FOOT


def test_a_day_on_which_more_went_back_than_came_hangs_below_the_line() -> None:
    values = [{"start": f"2026-01-0{day}T00:00:00-06:00", "value": each} for day, each in ((1, "30"), (2, "-10"))]
    (chart,) = charts([("net", "kWh", "P1D", values)])
    up, down = chart.bars
    assert up.y + up.height == down.y == chart.zero
    assert up.height == 3 * down.height
    assert (chart.highest, chart.lowest) == (Decimal(30), Decimal(-10))


def test_of_no_values_there_is_no_picture() -> None:
    assert charts([("delivered", "kWh", "P1D", [])]) == []
