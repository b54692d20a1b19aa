"""Requested versus received, as a pure rule."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from requests_app.completeness.matrix import Asked, Came, Cell, Matrix, after, joined, matrix, months_of

A, B = UUID(int=1), UUID(int=2)
YEAR = (date(2025, 1, 1), date(2026, 1, 1))
DAYS = st.tuples(st.dates(date(2024, 12, 1), date(2026, 2, 1)), st.integers(0, 90)).map(
    lambda each: (each[0], each[0] + timedelta(days=each[1]))
)


def asked(**changes: Any) -> Asked:
    types = frozenset({"usage_daily", "bill", "account_info"})
    every = Asked(accounts=(A,), data_types=("usage_daily",), days=YEAR, allowed=(YEAR,), allowed_types=types)
    return replace(every, **changes)


def states(found: Matrix, row: int = 0) -> list[str]:
    return [each.state.value for each in found.rows[row].cells]


def bills(*skip: int, day: int = 16) -> list[tuple[date, date]]:
    """Bills of periods that begin on a day of the month."""
    months = months_of((date(2024, 12, 1), date(2026, 1, 1)))
    return [(m.replace(day=day), after(m).replace(day=day)) for n, m in enumerate(months) if n not in skip]


def test_ten_of_twelve_months_leave_two_open() -> None:
    came = Came({(A, "usage_daily"): [(date(2025, 1, 1), date(2025, 4, 1)), (date(2025, 6, 1), date(2026, 1, 1))]})
    found = matrix(asked(), came)
    assert [month for _, _, month in found.owed] == [date(2025, 4, 1), date(2025, 5, 1)]
    assert not found.is_complete
    assert found.has_some


def test_a_month_of_readings_wants_every_day_and_says_how_many_came() -> None:
    found = matrix(asked(), Came({(A, "usage_daily"): [(date(2025, 1, 1), date(2025, 1, 31))]}))
    first = found.rows[0].cells[0]
    assert (first.state, first.have, first.asked, first.in_part) == (Cell.MISSING, 30, 31, True)


@pytest.mark.parametrize("day", range(1, 29))
def test_a_bill_that_is_missing_always_leaves_a_month_open(day: int) -> None:
    for gone in range(1, 12):
        found = matrix(asked(data_types=("bill",)), Came({(A, "bill"): bills(gone, day=day)}))
        assert 1 <= len(found.owed) <= 2, gone
    assert matrix(asked(data_types=("bill",)), Came({(A, "bill"): bills(day=day)})).is_complete


def test_what_nothing_permits_is_out_of_scope_and_not_missing() -> None:
    half = (date(2025, 7, 1), date(2026, 1, 1))
    found = matrix(asked(allowed=(half,), data_types=("usage_daily", "payment")), Came({}))
    assert states(found) == ["out_of_scope"] * 6 + ["missing"] * 6
    assert set(states(found, 1)) == {"out_of_scope"}
    again = matrix(asked(allowed=(half,)), Came({(A, "usage_daily"): [half]}))
    assert again.is_complete


def test_each_account_and_kind_stands_for_itself() -> None:
    came = Came({(A, "usage_daily"): [YEAR], (B, "bill"): [YEAR]})
    found = matrix(asked(accounts=(A, B), data_types=("usage_daily", "bill")), came)
    assert [set(states(found, row)) for row in range(4)] == [{"received"}, {"missing"}, {"missing"}, {"received"}]


def test_what_the_co_op_has_none_of_is_not_missing() -> None:
    rest = [(date(2025, 2, 1), date(2026, 1, 1))]
    found = matrix(asked(), Came({(A, "usage_daily"): rest}, none={(A, "usage_daily", date(2025, 1, 1))}))
    assert states(found)[0] == "none_exists"
    assert found.is_complete


def test_a_file_that_waits_or_cannot_be_read_may_hold_what_is_open() -> None:
    came = {(A, "usage_daily"): [(date(2025, 1, 1), date(2025, 12, 1))]}
    assert states(matrix(asked(), Came(came, waiting=True, unreadable=True)))[-2:] == ["received", "waiting"]
    assert states(matrix(asked(), Came(came, unreadable=True)))[-1] == "unreadable"
    assert not matrix(asked(), Came(came, unreadable=True)).is_complete


def test_months_outside_that_came_stand_in_it_as_not_shared() -> None:
    came = Came({(A, "usage_daily"): [YEAR]}, surplus={"usage_daily": [date(2026, 1, 1), date(2026, 2, 1)]})
    found = matrix(asked(), came)
    assert states(found)[-2:] == ["out_of_scope", "out_of_scope"]
    assert len(found.months) == 14
    assert found.is_complete


def test_account_information_has_no_months() -> None:
    wanted = asked(data_types=("account_info",))
    assert states(matrix(wanted, Came({}))) == ["missing"]
    assert states(matrix(wanted, Came({(A, "account_info"): []}))) == ["received"]


@given(st.lists(DAYS, max_size=12), DAYS)
def test_more_files_never_make_more_missing(pieces: list[tuple[date, date]], one: tuple[date, date]) -> None:
    for kind in ("usage_daily", "bill"):
        few = matrix(asked(data_types=(kind,)), Came({(A, kind): pieces}))
        more = matrix(asked(data_types=(kind,)), Came({(A, kind): [*pieces, one]}))
        assert set(more.owed) <= set(few.owed)
        assert all(0 <= cell.have <= cell.asked for cell in more.rows[0].cells)
        whole = {day for first, last in pieces for day in range(first.toordinal(), last.toordinal())}
        inside = whole & set(range(YEAR[0].toordinal(), YEAR[1].toordinal()))
        assert sum(cell.have for cell in few.rows[0].cells) == len(inside)
        assert len(joined(pieces)) <= max(len(pieces), 0)


def test_another_account_of_nobody_counts_for_nothing() -> None:
    assert states(matrix(asked(), Came({(uuid4(), "usage_daily"): [YEAR]}))) == ["missing"] * 12


def test_a_file_that_cannot_be_read_does_not_stand_where_days_came() -> None:
    some = {(A, "usage_daily"): [(date(2025, 1, 1), date(2025, 1, 31))]}
    found = matrix(asked(), Came(some, unreadable=True))
    assert states(found) == ["missing", *["unreadable"] * 11]
