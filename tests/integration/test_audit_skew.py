"""S67: a clock that is wrong is told to the officers; the order of the log is that of its numbers all the same."""

from collections.abc import Callable
from typing import Any

import pytest

from broker.audit import entry, integrator, log, signer, store
from broker.audit.entry import Header
from tests.integration.audit_support import headers, logged_in_as, verdict, write
from tests.integration.test_audit_delay import HOUR, Clock, clock, desk

__all__ = ["clock", "desk"]


def rounds(desk: signer.Desk, *steps: Callable[[], None], every: float = 1.0) -> None:
    """Write, then do what the integrator's loop does; `every` is how many seconds a round takes by its own clock."""
    runner = integrator.Integrator(desk.answer)
    for number, step in enumerate(steps):
        step()
        with logged_in_as("broker_integrator"):
            log.reset(fresh_operations=True)
            runner.integrate()
            runner.tell_skew(now=number * every)
            runner.sign()
            runner.integrate()
            log.close_lanes()
            runner.integrate()
            runner.sign()
            log.reset()


def told() -> list[Header]:
    return [head for head in headers() if head.act == "alarm.clock"]


def moved(clock: Clock, by_us: int, *more: Callable[[], Any]) -> Callable[[], None]:
    def step() -> None:
        write()
        clock.ahead_us += by_us
        write()
        log.close_lanes()
        for each in more:
            each()

    return step


def test_small_corrections_and_long_silence_are_no_skew(desk: signer.Desk, clock: Clock) -> None:
    rounds(desk, *[moved(clock, by) for by in (0, -3_000_000, 3_000_000, 9 * HOUR, 0)])
    assert told() == []


def test_s67_a_clock_that_goes_back_alarms_and_the_order_is_that_of_the_numbers(
    desk: signer.Desk, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    rounds(desk, moved(clock, 0), moved(clock, -HOUR), moved(clock, 0))
    (alarm,) = told()
    assert (alarm.res, alarm.obj) == ("error", "event")
    assert [each.getMessage() for each in caplog.records if "cannot be right: back by 3599 s" in each.getMessage()]
    written = [head for head in headers() if head.act == "data.read"]
    placed = [head for head in placed_headers() if head.act == "data.read"]
    assert placed == written  # though the later ones say an earlier time
    assert [head.ts for head in placed] != sorted(head.ts for head in placed)
    found = verdict()
    assert (found["ok"], found["kind"]) == (True, "ok")


def test_a_writer_whose_clock_is_ahead_or_behind_is_found(desk: signer.Desk, clock: Clock) -> None:
    def back_home() -> None:
        clock.ahead_us = 0

    rounds(desk, moved(clock, 2 * HOUR, back_home), moved(clock, 0))
    assert len(told()) == 1  # written two hours after it was read

    def late() -> None:
        clock.ahead_us = -2 * HOUR
        write()  # a lane of its own, so nothing in it goes back
        log.close_lanes()
        clock.ahead_us = 0

    rounds(desk, moved(clock, 0), late)
    assert len(told()) == 2


def test_it_is_told_once_an_hour_while_it_lasts(desk: signer.Desk, clock: Clock) -> None:
    wild = [moved(clock, -HOUR) for _ in range(4)]
    rounds(desk, *wild, every=1000.0)
    assert len(told()) == 1
    rounds(desk, *wild, every=2000.0)
    assert len(told()) == 3


def placed_headers() -> list[Header]:
    """All events in the order of the tree."""
    found = store.rows("SELECT e.header FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id ORDER BY l.seq")
    return [entry.parse_header(header) for (header,) in found]
