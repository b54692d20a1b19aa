"""Reads of the API take turns in a process: what stops sharing never waits behind a crowd of them."""

import threading
from contextlib import ExitStack

from django.db import connection

from broker.limits.turns import AT_ONCE, turn
from tests.requests_world import World, world


def test_a_read_waits_for_its_turn_and_an_act_does_not(sqlite_db: str) -> None:
    w = world()
    answers: list[int] = []
    reader = threading.Thread(target=read, args=(w, answers))
    with ExitStack() as taken:
        for _ in range(AT_ONCE):
            taken.enter_context(turn())
        reader.start()
        assert w.post(w.ask()).status_code == 202  # an act goes through meanwhile
        assert answers == []
    reader.join()
    assert answers == [200]


def test_a_read_that_is_refused_gives_its_turn_back(sqlite_db: str) -> None:
    w = world()
    assert {w.get("consents", api_key="nobody's").status_code for _ in range(AT_ONCE + 1)} == {401}


def read(w: World, answers: list[int]) -> None:
    """Read in a thread of its own."""
    answers.append(w.get("consents").status_code)
    connection.close()
