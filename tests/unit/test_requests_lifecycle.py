"""The moves of a manual request."""

import pytest

from requests_app.lifecycle import NEXT, ManualState, can_move

S = ManualState


def test_every_state_has_its_moves() -> None:
    assert set(NEXT) == set(ManualState)


def test_the_end_by_the_customer_is_reached_from_everywhere_and_left_never() -> None:
    assert all(can_move(state, S.WITHDRAWN) for state in S if state is not S.WITHDRAWN)
    assert not NEXT[S.WITHDRAWN]


def test_nothing_is_delivered_that_a_person_did_not_look_at() -> None:
    assert [state for state in S if can_move(state, S.DELIVERED)] == [S.ANSWERED]


@pytest.mark.parametrize("state", [S.WAITING_ON_UTILITY, S.DELIVERY_UNPROVEN, S.ANSWERED, S.DELIVERED, S.WITHDRAWN])
def test_what_was_taken_by_a_server_is_never_queued_again(state: ManualState) -> None:
    assert not can_move(state, S.QUEUED)
