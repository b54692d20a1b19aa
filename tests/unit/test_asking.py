"""The rules of an ask for a consent: what is read, which states follow which, what goes beyond what was asked."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from broker.terms import Refusal
from consents.asking import lifecycle, prefill, wanted
from consents.asking.lifecycle import APART, MAILS, State, again_at, can_move, standing
from consents.rules import Answers

TODAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 18, tzinfo=UTC)
BODY: dict[str, Any] = {
    "email": "gwen@member.example",
    "purpose": "rate_comparison",
    "data_types": ["usage_daily", "bill"],
    "history_from": "2025-01-01",
    "history_to": "2026-01-01",
    "forward": "2026-09-01",
    "ends": "2026-12-01",
    "account": "40900017",
}


def read(**changes: Any) -> wanted.Asked | Refusal:
    body = {name: value for name, value in {**BODY, **changes}.items() if value is not Ellipsis}
    return wanted.read(body, today=TODAY, home="obec")


def test_an_ask_is_read_as_it_was_meant() -> None:
    found = read()
    assert isinstance(found, wanted.Asked)
    assert found.email == "gwen@member.example"
    scope = found.wanted
    assert (scope.purpose, scope.data_types) == ("rate_comparison", ("bill", "usage_daily"))  # in the binding order
    assert (scope.history_from, scope.history_to) == (date(2025, 1, 1), date(2026, 1, 1))
    assert (scope.forward, scope.ends) == (date(2026, 9, 1), date(2026, 12, 1))
    # Of an account number only as much as she needs to recognise it is kept.
    assert scope.account_ending == "0017"
    assert (scope.utility, scope.language) == ("obec", "en")


def test_without_an_address_the_link_is_handed_over() -> None:
    found = read(email=...)
    assert isinstance(found, wanted.Asked)
    assert found.email == ""


@pytest.mark.parametrize("missing", ["purpose", "data_types", "ends"])
def test_a_gap_is_never_read_as_everything(missing: str) -> None:
    for gap in (..., None, "", []):
        assert read(**{missing: gap}) == Refusal("ask.incomplete", missing)


@pytest.mark.parametrize(
    ("changes", "odd"),
    [
        ({"note": "please, Gwen"}, "unknown"),
        ({"message": "please"}, "unknown"),
        ({"email": "gwen@"}, "email"),
        ({"email": "gwen@member.example\nBcc: x@y.example"}, "email"),
        ({"email": ["gwen@member.example"]}, "email"),
        ({"email": "Gwen <gwen@member.example>"}, "email"),
        ({"email": "g" * 260 + "@member.example"}, "email"),
        ({"language": "de"}, "language"),
        ({"utility": 5}, "utility"),
        ({"purpose": "marketing"}, "purpose"),
        ({"purpose": ["research"]}, "purpose"),
        ({"data_types": "bill"}, "data_types"),
        ({"data_types": ["bill", "password"]}, "data_types"),
        ({"data_types": [["bill"]]}, "data_types"),
        ({"account": "gwen"}, "account"),
        ({"account": "٤٠٩٠٠٠١٧"}, "account"),
        ({"account": 40900017}, "account"),
        ({"account": ..., "accounts": ["40900017", 40900017]}, "accounts"),
        ({"account": ..., "accounts": [["40900017"], "40900017"]}, "accounts"),
        (
            {"account": ..., "accounts": ["40900017", "0040900017"]},
            "accounts",
        ),  # one account
        ({"account": ..., "accounts": ["0000", "00000"]}, "accounts"),
        ({"ends": "2026-03-02", "forward": ...}, "ends"),  # today
        ({"ends": "2027-03-03"}, "ends"),  # a day more than twelve months
        ({"ends": "20261201"}, "ends"),
        ({"forward": "2026-12-02"}, "forward"),  # past the end
        ({"forward": "2026-03-02"}, "forward"),
        ({"history_to": ...}, "history_from history_to"),
        ({"history_from": "2026-01-01"}, "history_from history_to"),
        ({"history_to": "2026-03-04"}, "history_from history_to"),  # days to come
        ({"history_from": "2025-02-30"}, "history_from"),
    ],
)
def test_what_is_odd_is_refused_and_named(changes: dict[str, Any], odd: str) -> None:
    assert read(**changes) == Refusal("ask.invalid", odd)


@pytest.mark.parametrize("body", [None, [], "ask", 5])
def test_what_is_no_object_is_no_ask(body: object) -> None:
    assert wanted.read(body, today=TODAY, home="obec") == Refusal("ask.invalid")


def test_an_ask_is_for_customers_of_the_home_utility() -> None:
    assert read(utility="craighead") == Refusal("utility.unknown")
    assert isinstance(read(utility="obec"), wanted.Asked)


def test_twelve_months_to_the_day_may_be_asked_for() -> None:
    assert isinstance(read(ends="2027-03-02"), wanted.Asked)


@pytest.mark.parametrize(
    ("today", "months", "ends"),
    [
        (date(2026, 3, 2), 1, date(2026, 4, 2)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_the_end_may_be_said_in_months(today: date, months: int, ends: date) -> None:
    body = {"purpose": "research", "data_types": ["bill"], "months": months, "forward": True}
    found = wanted.read(body, today=today, home="obec")
    assert isinstance(found, wanted.Asked)
    assert (found.wanted.ends, found.wanted.forward) == (ends, ends)


@pytest.mark.parametrize("changes", [{"ends": ..., "months": odd} for odd in (0, 13, True, 1.0, "3")] + [{"months": 3}])
def test_months_are_one_to_twelve_and_stand_alone(changes: dict[str, Any]) -> None:
    assert read(**changes) == Refusal("ask.invalid", "months")


@pytest.mark.parametrize(("old", "new"), list(itertools.product(State, State)))
def test_what_ended_stays_as_it_ended(old: State, new: State) -> None:
    assert can_move(old, new) == (old == State.PENDING and new != State.PENDING)


def test_an_ask_whose_days_are_over_is_expired_whatever_the_row_says() -> None:
    assert standing("pending", NOON, NOON) == State.EXPIRED
    assert standing("pending", NOON + timedelta(microseconds=1), NOON) == State.PENDING
    assert standing("granted", NOON - timedelta(days=1), NOON) == State.GRANTED


def test_a_reminder_comes_three_days_after_the_last_mail_and_the_third_mail_is_the_last() -> None:
    assert again_at(1, NOON) == again_at(2, NOON) == NOON + APART
    assert again_at(MAILS, NOON) is None
    assert again_at(0, None) is None
    assert (MAILS, lifecycle.DAYS) == (3, 30)


def scope(**changes: Any) -> wanted.Wanted:
    found = read(**changes)
    assert isinstance(found, wanted.Asked)
    return found.wanted


def test_a_form_proposes_what_was_asked_while_she_answered_nothing() -> None:
    assert prefill.data(scope(), Answers()) == {
        "data_types": ("bill", "usage_daily"),
        "history_from": date(2025, 1, 1),
        "history_through": date(2025, 12, 31),
    }
    assert prefill.purpose(scope(), Answers(), today=TODAY) == {
        "purpose": "rate_comparison",
        "last_day": date(2026, 11, 30),
        "forward": True,
        "forward_through": date(2026, 8, 31),
    }


def test_what_she_answered_is_not_proposed_over() -> None:
    assert prefill.data(scope(), Answers(data_types=("bill",))) == {}
    assert prefill.purpose(scope(), Answers(purpose="research"), today=TODAY) == {}


def test_days_that_are_over_are_not_proposed() -> None:
    found = prefill.purpose(scope(), Answers(), today=date(2026, 12, 1))
    assert (found["last_day"], found["forward"], found["forward_through"]) == (None, False, None)


HERS = Answers(
    data_types=("bill", "usage_daily"),
    history_from=date(2025, 1, 1),
    history_to=date(2026, 1, 1),
    purpose="rate_comparison",
    ends=date(2026, 12, 1),
    forward=True,
    forward_to=date(2026, 9, 1),
)


@pytest.mark.parametrize(
    ("changes", "wider"),
    [
        ({}, []),
        ({"data_types": ("bill",), "history_from": date(2025, 6, 1), "forward": False, "forward_to": None}, []),
        ({"data_types": ("bill", "usage_hourly")}, ["data_types"]),
        ({"history_from": date(2024, 12, 31)}, ["history"]),
        ({"history_to": date(2026, 1, 2)}, ["history"]),
        ({"forward_to": date(2026, 9, 2)}, ["forward"]),
        ({"forward_to": None}, ["forward"]),  # until the end of all
        ({"ends": date(2026, 12, 2)}, ["ends"]),
        ({"purpose": "research"}, ["purpose"]),
    ],
)
def test_what_goes_beyond_the_ask_is_named(changes: dict[str, Any], wider: list[str]) -> None:
    assert prefill.wider(scope(), HERS.with_changes(**changes)) == wider


def test_where_no_history_or_new_data_was_asked_for_any_is_more() -> None:
    asked = scope(history_from=..., history_to=..., forward=...)
    assert prefill.wider(asked, HERS) == ["history", "forward"]
