"""An older copy is looked for behind each new connection, at whatever moment it comes."""

from collections.abc import Callable
from typing import Any

import pytest

from broker.audit import older
from broker.audit.checkpoint import Checkpoint

ROOT = bytes(32)


class _During(dict[bool, float]):
    """The seconds until somebody asks anew; to read them does something first: the last moment of a look."""

    def __init__(self, do: Callable[[], None]) -> None:
        super().__init__(older.AGAIN)
        self.do = do

    def __getitem__(self, key: bool) -> float:
        self.do()
        return super().__getitem__(key)


@pytest.fixture
def looks(sqlite_db: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each look that follows finds, the next one last: whether the database holds what was signed."""
    found: list[bool] = []
    monkeypatch.setattr(older, "last_signed", lambda: Checkpoint(settings.LOG_ORIGIN, 5, ROOT))
    monkeypatch.setattr(older, "_holds", lambda _origin, _last: found.pop())
    return found


def test_one_look_is_enough_for_one_connection(looks: list[bool]) -> None:
    watch, looks[:] = older.Watch(), [True]
    assert [watch.is_older(1, now) for now in (0.0, 1.0, 1000.0)] == [False] * 3
    watch.look_again()
    looks[:] = [False]
    assert [watch.is_older(1, now) for now in (1000.0, 1000.5)] == [True, True]


def test_a_connection_that_comes_at_the_end_of_a_look_is_looked_behind(
    looks: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, looks[:] = older.Watch(), [False, True]  # the former one holds it, the new one is an older copy
    coming = [watch.look_again]
    monkeypatch.setattr(older, "AGAIN", _During(lambda: coming.pop()() if coming else None))
    assert watch.is_older(1, 0.0) is False
    assert watch.is_older(1, 0.1) is True
    assert looks == []


def test_a_connection_that_comes_in_the_midst_of_a_look_is_looked_behind(
    looks: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, found = older.Watch(), [False, True]

    def holds(_origin: int, _last: Checkpoint) -> bool:
        if len(found) == 2:
            watch.look_again()
        return found.pop()

    monkeypatch.setattr(older, "_holds", holds)
    assert watch.is_older(1, 0.0) is False
    assert watch.is_older(1, 0.1) is True
