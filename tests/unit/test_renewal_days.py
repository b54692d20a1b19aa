"""The days with which a renewal begins: as long as before, twelve months at most, and no gap in what was new data."""

from datetime import date, timedelta

import pytest

from consents.models import Consent
from consents.renewal_answers import days_of

START = date(2026, 1, 1)
LATER = START + timedelta(days=30)


def old(**changes: object) -> Consent:
    """A consent of 180 days over the year before."""
    facts = {"history_from": date(2025, 1, 1), "history_to": START, "starts": START, "ends": START + timedelta(180)}
    return Consent(**{**facts, **changes})


@pytest.mark.parametrize(
    ("changes", "past", "forward", "forward_to"),
    [
        # New data until the end: it goes on until the new end, and what came since is past data now.
        ({"forward": START + timedelta(180)}, 30, True, None),
        # New data for less time than the permission: for as much less as before.
        ({"forward": START + timedelta(170)}, 30, True, 200),
        # New data for ten days, which are over: for ten days again, and the past data ends where it ended.
        ({"forward": START + timedelta(10), "ends": START + timedelta(365)}, 10, True, 40),
        # There was a gap before the new data already: none is filled in silence.
        ({"history_to": START - timedelta(9), "forward": START + timedelta(180)}, -9, True, None),
        ({"forward": None}, 0, False, None),
    ],
)
def test_new_data_of_before_leaves_no_gap(
    changes: dict[str, object], past: int, forward: bool, forward_to: int | None
) -> None:
    found = days_of(old(**changes), LATER)
    assert found["history_to"] == START + timedelta(past)
    assert (found["forward"], found["forward_to"]) == (forward, forward_to and START + timedelta(forward_to))


def test_it_lasts_as_long_as_before_and_twelve_months_at_most() -> None:
    assert days_of(old(), LATER)["ends"] == LATER + timedelta(180)
    assert days_of(old(ends=START + timedelta(365)), date(2028, 2, 29))["ends"] == date(2029, 2, 28)
