"""How long what is kept."""

from datetime import date, timedelta
from typing import Any

import pytest

from broker.console.holds import retention
from broker.console.holds.times import Times, case_ends, evidence_ends, last_came, login_ends, next_friday

USUAL = Times()


@pytest.mark.parametrize(
    ("period", "last_end", "expected"),
    [
        (2026, None, None),  # a permission is in force
        (2026, date(2026, 5, 1), date(2034, 1, 1)),  # the whole year's evidence is seven years old
        (2026, date(2027, 5, 1), date(2034, 5, 1)),
        (2024, date(2024, 2, 29), date(2032, 1, 1)),
        (2020, date(2024, 2, 29), date(2031, 3, 1)),
    ],
)
def test_evidence_is_kept_for_years_after_the_last_permission(
    period: int, last_end: date | None, expected: date | None
) -> None:
    assert evidence_ends(period, last_end, USUAL) == expected


@pytest.mark.parametrize(
    ("period", "last_end", "expected"),
    [
        (2026, None, date(2028, 1, 1)),  # none of the year is kept longer than 24 months
        (2026, date(2026, 5, 1), date(2026, 5, 31)),
        (2026, date(2027, 12, 20), date(2028, 1, 1)),
        (2027, date(2026, 12, 31), date(2029, 1, 1)),
    ],
)
def test_a_case_goes_after_its_months_or_days_after_the_end(period: int, last_end: date | None, expected: date) -> None:
    assert case_ends(period, last_end, USUAL) == expected


def test_months_need_not_be_whole_years() -> None:
    assert case_ends(2026, None, Times(case_months=18)) == date(2027, 7, 1)


@pytest.mark.parametrize("figures", [{"evidence_years": 4}, {"case_months": 0}, {"days_after_end": -1}])
def test_times_that_are_too_short_are_refused(figures: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="too short"):
        Times(**figures)


def test_evidence_is_kept_between_five_and_ten_years(settings: Any) -> None:
    """The two periods of limitation in Missouri; with another figure nothing starts."""
    with pytest.raises(ValueError, match="too long"):
        Times(evidence_years=11)
    for years, problems in ((4, ["holds.E001"]), (5, []), (10, []), (11, ["holds.E001"])):
        settings.RETENTION_EVIDENCE_YEARS = years
        assert [each.id for each in retention.allowed(None)] == problems


def test_the_queue_is_worked_off_on_fridays() -> None:
    assert next_friday(date(2026, 11, 25)) == date(2026, 11, 27) == next_friday(date(2026, 11, 27))
    assert next_friday(date(2026, 11, 28)) == date(2026, 12, 4)


@pytest.mark.parametrize(
    ("came", "goes"),
    [
        (date(2026, 11, 25), date(2026, 12, 10)),  # Wednesday: the tenth working day after it is a Wednesday
        (date(2026, 11, 27), date(2026, 12, 12)),
        (date(2026, 11, 28), date(2026, 12, 12)),  # Saturday: Monday is its first working day
        (date(2026, 11, 29), date(2026, 12, 12)),
        (date(2026, 11, 30), date(2026, 12, 15)),
    ],
)
def test_a_mail_with_a_portal_login_goes_when_ten_working_days_are_over(came: date, goes: date) -> None:
    assert login_ends(came) == goes


def test_the_last_mail_that_must_go_by_a_day_is_found_and_none_after_it() -> None:
    for number in range(30):
        day = date(2026, 11, 25) + timedelta(days=number)
        assert login_ends(last_came(day)) <= day < login_ends(last_came(day) + timedelta(days=1))
