"""Quantiles by nearest rank, business days without rests, limits of fees, and what the page says of few values."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.utilities import published
from broker.utilities.calendar import Calendar
from requests_app.fees.limits import is_fee, limit_for, needs_two
from requests_app.numbers import shown
from requests_app.numbers.counting import business_days
from requests_app.numbers.quantiles import nearest_rank, spread

CALENDAR = Calendar.of(published("obec"))
VALUES = st.lists(st.integers(0, 400), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("values", "median", "ninety"),
    [
        ([3], 3, 3),
        ([1, 2], 1, 2),
        ([5, 1, 4, 2, 3], 3, 5),
        (list(range(1, 11)), 5, 9),
        (list(range(1, 21)), 10, 18),
        ([7] * 12, 7, 7),
    ],
)
def test_the_nearest_rank(values: list[int], median: int, ninety: int) -> None:
    assert (nearest_rank(values, 50), nearest_rank(values, 90)) == (median, ninety)


@given(VALUES, st.integers(1, 100))
def test_a_rank_is_a_value_that_was_seen_and_as_many_lie_below_as_it_says(values: list[int], per_cent: int) -> None:
    found = nearest_rank(values, per_cent)
    assert found in values
    assert 100 * sum(each <= found for each in values) >= per_cent * len(values)
    assert 100 * sum(each < found for each in values) < per_cent * len(values)


@given(VALUES)
def test_the_order_does_not_matter_and_ranks_rise(values: list[int]) -> None:
    assert nearest_rank(values, 90) == nearest_rank(values[::-1], 90) >= nearest_rank(values, 50)


@pytest.mark.parametrize("per_cent", [0, -1, 101])
def test_no_rank(per_cent: int) -> None:
    with pytest.raises(ValueError, match="no rank"):
        nearest_rank([1], per_cent)
    with pytest.raises(ValueError, match="no rank"):
        nearest_rank([], 50)


def test_too_few_say_so_and_nothing_else() -> None:
    few, enough = spread([4, 5, 6]), spread([4, 5, 6, 7, 8])
    assert (few.count, few.median, few.ninety) == (3, None, None)
    assert shown.words(few, few.median, "business day") == "3 so far; shown from 5 on"
    assert shown.words(enough, enough.median, "business day") == "6 business days"
    assert shown.words(spread([Decimal("35.00")] * 5), Decimal("35.00"), "$") == "$35.00"
    assert (shown.share((0, 0)), shown.share((2, 3)), shown.share((4, 5))) == ("none so far", "2 of 3", "4 of 5 (80 %)")


def test_days_are_counted_like_the_clock_counts_them() -> None:
    day0 = date(2026, 3, 2)
    assert business_days(day0, date(2026, 3, 16), [], CALENDAR) == 10
    assert business_days(day0, date(2026, 3, 14), [], CALENDAR) == 9  # a Saturday adds none
    assert business_days(day0, date(2026, 3, 1), [], CALENDAR) == 0
    # The pause vector: five days were used, the clock rests from March 9 through 18, and is due on the 25th.
    rest = (date(2026, 3, 9), date(2026, 3, 18))
    assert business_days(day0, date(2026, 3, 25), [rest], CALENDAR) == 10
    assert business_days(day0, date(2026, 3, 12), [rest], CALENDAR) == 5  # it came while the clock stood still
    assert business_days(day0, date(2026, 3, 30), [(date(2026, 3, 9), None)], CALENDAR) == 5


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_a_rest_never_makes_an_answer_slower(arrived: int, stopped: int, length: int) -> None:
    day0 = date(2026, 3, 2)
    at = date.fromordinal(day0.toordinal() + arrived)
    first = date.fromordinal(day0.toordinal() + stopped)
    last = date.fromordinal(first.toordinal() + length)
    assert 0 <= business_days(day0, at, [(first, last)], CALENDAR) <= business_days(day0, at, [], CALENDAR)


def test_the_smallest_limit_that_fits_counts_and_none_is_nothing() -> None:
    limits = {"*": "25.00", "acme": "10.00", "obec": "40.00"}
    assert limit_for(limits, organisation="acme", utility="obec") == Decimal("10.00")
    assert limit_for(limits, organisation="other", utility="obec") == Decimal("25.00")
    assert limit_for({"obec": "40.00"}, organisation="other", utility="obec") == Decimal("40.00")
    assert limit_for({}, organisation="acme", utility="obec") == 0
    for odd in ("much", "-1", "NaN", ""):
        with pytest.raises(ValueError, match="no amount"):
            limit_for({"*": odd}, organisation="acme", utility="obec")


def test_what_is_a_fee_and_who_decides_it() -> None:
    assert [is_fee(Decimal(each)) for each in ("0.01", "35", "9999.99")] == [True] * 3
    assert not any(is_fee(Decimal(each)) for each in ("0", "-5", "0.001", "10000", "NaN", "Infinity"))
    assert not needs_two(Decimal("25.00"), Decimal("25.00"))
    assert needs_two(Decimal("25.01"), Decimal("25.00"))
    assert not needs_two(Decimal("5.00"), Decimal("25.00"), accepted=Decimal("20.00"))
    assert needs_two(Decimal("5.01"), Decimal("25.00"), accepted=Decimal("20.00"))  # a fee in parts is one fee
