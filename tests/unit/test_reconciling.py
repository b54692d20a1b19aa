"""What a bill says and what finer numbers come to: only whole days are compared, and nothing is added twice."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from requests_app.one_value.reconciling import Reconciled, Stated, reconcile, stated_by

HOME = ZoneInfo("America/Chicago")
Series = dict[tuple[str, str], list[dict[str, Any]]]


def days(first: date, *values: str, role: str = "delivered") -> Series:
    rows = []
    for number, value in enumerate(values):
        start = datetime.combine(first + timedelta(days=number), datetime.min.time(), HOME)
        end = datetime.combine(first + timedelta(days=number + 1), datetime.min.time(), HOME)
        rows.append({"start": start.isoformat(), "end": end.isoformat(), "value": value})
    return {(role, "P1D"): rows}


def hours(first: date, count: int, value: str = "1") -> Series:
    start = datetime.combine(first, datetime.min.time(), HOME).astimezone(ZoneInfo("UTC"))
    rows = [
        {
            "start": (start + timedelta(hours=number)).astimezone(HOME).isoformat(),
            "end": (start + timedelta(hours=number + 1)).astimezone(HOME).isoformat(),
            "value": value,
        }
        for number in range(count)
    ]
    return {("delivered", "PT1H"): rows}


def one(kwh: str, end: date, finer: Series, first: date = date(2025, 10, 1)) -> Reconciled:
    (found,) = reconcile([Stated(first, end, Decimal(kwh))], finer)
    return found


def test_a_sum_that_is_the_bills_agrees() -> None:
    found = one("6", date(2025, 10, 4), days(date(2025, 10, 1), "1", "2", "3"))
    assert (found.agrees, found.counted, found.last, found.days) == (True, Decimal(6), date(2025, 10, 3), 3)


@pytest.mark.parametrize(("stated", "agrees"), [("6.15", True), ("6.16", False), ("5.85", True), ("0", False)])
def test_rounding_is_no_difference(stated: str, agrees: bool) -> None:
    found = one(stated, date(2025, 10, 4), days(date(2025, 10, 1), "1", "2", "3"))
    assert found.agrees is agrees
    assert found.difference == Decimal(6) - Decimal(stated)


def test_a_missing_day_proves_nothing() -> None:
    found = one("6", date(2025, 10, 4), days(date(2025, 10, 1), "1", "2"))
    assert (found.agrees, found.difference, found.missing) == (None, None, 1)
    assert reconcile([Stated(date(2025, 9, 1), date(2025, 9, 30), Decimal(6))], days(date(2025, 10, 1), "6")) == []


def test_the_last_day_may_be_the_next_bills_first() -> None:
    found = one("3", date(2025, 10, 4), days(date(2025, 10, 1), "1", "2", "3"))
    assert (found.agrees, found.last) == (True, date(2025, 10, 2))


def test_hours_of_days_of_23_and_25_hours_count_whole_and_a_hole_does_not() -> None:
    for first, count in ((date(2025, 3, 9), 23), (date(2025, 11, 2), 25)):
        found = one(str(count), first + timedelta(days=1), hours(first, count), first)
        assert (found.agrees, found.resolution) == (True, "PT1H")
    holed = hours(date(2025, 10, 1), 24)
    del holed["delivered", "PT1H"][5]
    assert reconcile([Stated(date(2025, 10, 1), date(2025, 10, 2), Decimal(24))], holed) == []


def test_resolutions_are_never_added() -> None:
    both = days(date(2025, 10, 1), "24") | hours(date(2025, 10, 1), 24)
    found = one("24", date(2025, 10, 2), both)
    assert (found.counted, found.agrees) == (Decimal(24), True)


def test_a_bill_of_a_house_with_panels_may_state_the_net() -> None:
    both = days(date(2025, 10, 1), "10", "10") | days(date(2025, 10, 1), "4", "3", role="net")
    found = one("7", date(2025, 10, 3), both)
    assert (found.role, found.agrees) == ("net", True)


def test_a_bill_names_its_last_day_and_a_monthly_number_its_end() -> None:
    bill = stated_by({"start": "2025-10-01", "end": "2025-10-31"}, "5")
    month = stated_by({"start": "2025-10-01T00:00:00-05:00", "end": "2025-11-01T00:00:00-05:00"}, "5")
    assert bill == month == Stated(date(2025, 10, 1), date(2025, 11, 1), Decimal(5))
