"""Reads of the API take turns in a process: what stops sharing never waits behind a crowd of them."""

import threading
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from broker.limits.turns import AT_ONCE, right_of_way, turn
from consents import actions
from consents.actions import stop_token
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


def test_no_read_begins_while_somebody_stops_and_one_that_began_goes_on(sqlite_db: str) -> None:
    w = world()
    answers: list[int] = []
    reader = threading.Thread(target=read, args=(w, answers))
    with turn(), right_of_way():  # one that began before holds up nobody
        reader.start()
        reader.join(0.5)
        assert answers == []
    reader.join()
    assert answers == [200]


def test_the_page_of_a_stop_goes_before_reads(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    w = world()
    answers: list[int] = []
    reader = threading.Thread(target=read, args=(w, answers))
    real = actions.revoke

    def revoke(*about: Any, **how: Any) -> bool:
        reader.start()
        reader.join(0.5)
        assert answers == []
        return real(*about, **how)

    monkeypatch.setattr(actions, "revoke", revoke)
    assert Client().post(f"/stop/{stop_token(w.consent.id)}/").status_code == 302
    reader.join()
    assert answers == [200]


def read(w: World, answers: list[int]) -> None:
    """Read in a thread of its own."""
    answers.append(w.get("consents").status_code)
    connection.close()
