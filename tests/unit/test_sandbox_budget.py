"""One budget for all that somebody waits for: what the child does, and the wait for it."""

import threading
from collections.abc import Callable, Iterator

import pytest

from broker import sandbox
from broker.sandbox import budget, parent


@pytest.fixture(scope="module", autouse=True)
def _ended() -> Iterator[None]:
    yield
    sandbox.close()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """A clock that goes on only when it is told to."""
    at = [1000.0]
    monkeypatch.setattr(budget, "_now", lambda: at[0])

    def on(seconds: float) -> None:
        at[0] += seconds

    return on


def echo() -> dict[str, object]:
    return sandbox.call("broker.sandbox.trials:echo", {"a": 1}, wall=30, cpu=20)


def test_whoever_sets_none_has_none() -> None:
    assert budget.left() is None
    assert echo() == {"a": 1}


def test_it_is_used_up_by_everything_together_and_ends_with_its_block(clock: Callable[[float], None]) -> None:
    with budget.within(5):
        assert echo() == {"a": 1}
        clock(4)
        assert budget.left() == 1
        clock(1)
        with pytest.raises(sandbox.OutOfTime):
            echo()
    assert echo() == {"a": 1}


def test_one_inside_another_has_no_more_than_that(clock: Callable[[float], None]) -> None:
    with budget.within(5), budget.within(60):
        assert budget.left() == 5
        clock(5)
        with pytest.raises(sandbox.OutOfTime):
            budget.left()


def test_the_wait_for_the_child_counts() -> None:
    with parent._seat.lock, pytest.raises(sandbox.OutOfTime), budget.within(0.05):
        echo()
    assert echo() == {"a": 1}


def test_it_says_nothing_of_the_file() -> None:
    assert not issubclass(sandbox.OutOfTime, sandbox.SandboxError | ValueError)


def test_a_job_that_runs_into_it_is_ended_and_the_next_one_works() -> None:
    echo()
    with pytest.raises(sandbox.OutOfTime), budget.within(0.2):
        sandbox.call("broker.sandbox.trials:hang", {}, wall=60, cpu=20)
    assert echo() == {"a": 1}


def test_another_threads_budget_is_its_own() -> None:
    found: list[object] = []
    with budget.within(5):
        thread = threading.Thread(target=lambda: found.append(budget.left()))
        thread.start()
        thread.join()
    assert found == [None]
