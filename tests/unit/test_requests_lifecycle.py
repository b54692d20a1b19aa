"""The table of a request's life: every pair, the printed diagram, on whom each state waits, what its clock does."""

import itertools
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broker.db import evidence_requests
from requests_app import lifecycle
from requests_app.lifecycle import (
    ANSWERABLE,
    BORN,
    FACTS,
    NEXT,
    OVER,
    OWED,
    TABLE,
    ClockMode,
    ManualState,
    Waits,
    may_have_left,
)

S = ManualState
DOCUMENT = Path(__file__).parents[2] / "docs" / "request-states.md"
# Written out once more on purpose, by hand: who stands where may go whither.
EXPECTED = {
    "drafted": "queued withdrawn",
    "queued": "delivery_unknown delivery_unproven waiting_on_utility withdrawn",
    "delivery_unknown": "queued delivery_unproven not_delivered waiting_on_utility answered withdrawn",
    "delivery_unproven": "waiting_on_utility not_delivered answered closed_without_response withdrawn",
    "not_delivered": "queued answered superseded closed_without_response withdrawn",
    "waiting_on_utility": "acknowledged fee_quoted waiting_on_customer waiting_on_us answered not_delivered superseded "
    "closed_without_response withdrawn",
    "acknowledged": "fee_quoted waiting_on_customer waiting_on_us answered superseded closed_without_response "
    "withdrawn",
    "fee_quoted": "waiting_on_utility waiting_on_customer answered superseded closed_without_response withdrawn",
    "waiting_on_customer": "waiting_on_utility fee_quoted waiting_on_us answered superseded closed_without_response "
    "withdrawn",
    "waiting_on_us": "waiting_on_utility fee_quoted waiting_on_customer answered superseded closed_without_response "
    "withdrawn",
    "partially_answered": "answered fee_quoted waiting_on_customer waiting_on_us delivered superseded "
    "closed_without_response withdrawn",
    "answered": "delivered partially_answered waiting_on_utility fee_quoted waiting_on_customer waiting_on_us "
    "superseded withdrawn",
    "delivered": "withdrawn",
    "superseded": "withdrawn",
    "closed_without_response": "withdrawn",
    "withdrawn": "",
}


@pytest.mark.parametrize(("old", "new"), list(itertools.product(S, S)))
def test_every_pair(old: ManualState, new: ManualState) -> None:
    """What the table does not have cannot happen."""
    assert lifecycle.can_move(old, new) is (new.value in EXPECTED[old.value].split())


def test_the_issue_names_these_sixteen() -> None:
    assert {each.value for each in S} == set(EXPECTED)
    assert set(FACTS) == set(NEXT) == set(S)
    assert len({(each.old, each.new) for each in TABLE}) == len(TABLE)
    assert all(each.because for each in TABLE)


def test_each_open_state_says_in_its_name_on_whom_it_waits() -> None:
    said = {Waits.US: "us", Waits.UTILITY: "the utility", Waits.CUSTOMER: "the customer"}
    for state, facts in FACTS.items():
        if state in OVER:
            assert facts.waits == Waits.NOBODY
            assert "aiting" not in facts.name
        else:
            assert facts.name.lower().endswith(f"waiting on {said[facts.waits]}")
    assert len({facts.name for facts in FACTS.values()}) == len(S)


def test_the_clock_rests_where_the_ball_is_not_with_the_utility() -> None:
    of = {mode: {state for state in S if FACTS[state].clock == mode} for mode in ClockMode}
    assert of[ClockMode.RESTS] == {S.FEE_QUOTED, S.WAITING_ON_CUSTOMER, S.WAITING_ON_US}
    assert of[ClockMode.FROZEN] == OVER == {S.DELIVERED, S.WITHDRAWN, S.SUPERSEDED, S.CLOSED_WITHOUT_RESPONSE}
    assert {S.WAITING_ON_UTILITY, S.ACKNOWLEDGED, S.PARTIALLY_ANSWERED} == OWED
    assert of[ClockMode.RUNS] == OWED | {S.ANSWERED}
    assert all(FACTS[state].waits != Waits.UTILITY for state in of[ClockMode.RESTS])


def test_every_state_is_reached_and_none_but_the_last_is_a_dead_end() -> None:
    reached, edge = set(BORN), set(BORN)
    while edge := {new for old in edge for new in NEXT[old]} - reached:
        reached |= edge
    assert reached == set(S)
    assert [state for state in S if not NEXT[state]] == [S.WITHDRAWN]


def test_the_end_of_the_permission_is_reached_from_everywhere_and_left_never() -> None:
    assert all(lifecycle.can_move(state, S.WITHDRAWN) for state in S if state is not S.WITHDRAWN)


def test_nothing_is_delivered_that_a_person_did_not_look_at() -> None:
    assert [state for state in S if lifecycle.can_move(state, S.DELIVERED)] == [S.PARTIALLY_ANSWERED, S.ANSWERED]
    assert [state for state in S if lifecycle.can_move(state, S.PARTIALLY_ANSWERED)] == [S.ANSWERED]


def test_what_was_taken_by_a_server_is_never_queued_again() -> None:
    again = {state for state in S if lifecycle.can_move(state, S.QUEUED)}
    assert again == {S.DRAFTED, S.DELIVERY_UNKNOWN, S.NOT_DELIVERED}


def test_an_answer_is_welcome_wherever_the_letter_may_be() -> None:
    """A report that it did not arrive may be wrong, or forged."""
    assert set(S) - {S.DRAFTED, S.QUEUED, S.WITHDRAWN, S.SUPERSEDED, S.CLOSED_WITHOUT_RESPONSE} == ANSWERABLE


def test_a_letter_is_called_back_unless_it_surely_never_left() -> None:
    then = datetime(2026, 3, 2, tzinfo=UTC)
    never = {state for state in S if not may_have_left(state, None)}
    assert never == {S.DRAFTED, S.QUEUED, S.NOT_DELIVERED}
    assert all(may_have_left(state, then) for state in S)


def test_the_database_has_the_same_moves() -> None:
    """The layers keep the database from importing the table, so it has it in its own words."""
    table = {(each.old.value, each.new.value) for each in TABLE}
    assert {(old, new) for old, news in evidence_requests.NEXT.items() for new in news} == table
    assert set(evidence_requests.BORN) == {each.value for each in BORN}
    assert set(evidence_requests.OVER) == {each.value for each in OVER}


def test_the_document_is_printed_from_the_table() -> None:
    """`print(requests_app.lifecycle.diagram())` prints it anew."""
    assert lifecycle.diagram() in DOCUMENT.read_text()
