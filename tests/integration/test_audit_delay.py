"""A log that is not signed in time: an alarm after a minute, closed reads after an hour, the way back."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from broker.audit import delay, integrator, log, query, signer, store
from broker.audit.entry import Header
from tests.integration.audit_support import (
    STAFF,
    SUBJECT,
    headers,
    integrate,
    logged_in_as,
    make_signer,
    verdict,
    write,
)

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


class Clock:
    """The microseconds that the log reads, moved by the test."""

    def __init__(self) -> None:
        self.ahead_us = 0
        self.real = log.time.time_ns

    def time_ns(self) -> int:
        return self.real() + self.ahead_us * 1000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(log.time, "time_ns", made.time_ns)
    return made


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A signer with a new key, over a database of the test's own on each engine."""
    settings.DATA_DIR = tmp_path
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    log.reset()
    made = make_signer(tmp_path / "signer")
    yield made
    log.reset()
    made.close()


def away(request: signer.Message) -> signer.Message:
    raise ConnectionRefusedError


def told() -> list[Header]:
    return [head for head in headers() if head.act == "alarm.delay"]


def read() -> None:
    log.append_read("data.read", actor=STAFF, subject=SUBJECT, purpose="support", body={}, obj="customer", cnt=1)


def rounds(asker: integrator.Asker, clock: Clock, number: int) -> None:
    """What the integrator's loop does, without waiting."""
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        runner = integrator.Integrator(asker)
        for _ in range(number):
            runner.integrate()
            runner.watch(now_us=clock.time_ns() // 1000)
            with suppress(OSError):
                runner.sign()
            clock.ahead_us += 1_100_000
        log.close_lanes()
        runner.integrate()
        log.reset()


def test_a_log_signed_in_time_says_nothing(desk: signer.Desk, clock: Clock) -> None:
    write()
    rounds(desk.answer, clock, 80)  # more than a minute of rounds
    assert told() == []
    clock.ahead_us += 2 * HOUR
    read()  # nothing happened for two hours: nothing was late


def test_a_signer_that_is_away_alarms_once_and_once_when_it_is_back(desk: signer.Desk, clock: Clock) -> None:
    write()
    log.close_lanes()
    rounds(away, clock, 3)
    assert told() == []
    clock.ahead_us += MINUTE
    rounds(away, clock, 5)
    rounds(away, clock, 5)  # another integrator: the same episode
    assert [head.res for head in told()] == ["error"]
    rounds(desk.answer, clock, 5)
    assert [head.res for head in told()] == ["error", "ok"]
    write()
    log.close_lanes()
    clock.ahead_us += 2 * MINUTE
    rounds(away, clock, 2)
    rounds(desk.answer, clock, 5)
    assert [head.res for head in told()] == ["error", "ok", "error", "ok"]
    integrate(desk.answer)
    assert verdict()["ok"]


def test_an_integrator_killed_at_the_alarm_tells_it_once(desk: signer.Desk, clock: Clock) -> None:
    write()
    log.close_lanes()
    clock.ahead_us += 2 * MINUTE
    for _ in range(3):
        with logged_in_as("broker_integrator"):
            log.reset(fresh_operations=True)
            runner = integrator.Integrator(away)
            runner.watch(now_us=clock.time_ns() // 1000)
            log.reset()  # killed: the alarm has no place in the tree yet
    assert [head.res for head in told()] == ["error"]


def test_a_delay_that_a_restart_ends_was_one_all_the_same(desk: signer.Desk, clock: Clock) -> None:
    write()
    log.close_lanes()
    clock.ahead_us += DAY
    size = integrate(desk.answer)
    assert [head.res for head in told()] == ["error", "ok"]
    assert size == store.tree_size(1) == len(headers())
    assert verdict()["ok"]
    read()


def test_after_an_hour_protected_reads_close_and_changes_go_on(desk: signer.Desk, clock: Clock) -> None:
    write()
    log.close_lanes()
    rounds(away, clock, 2)
    read()
    clock.ahead_us += HOUR - MINUTE
    read()
    clock.ahead_us += 2 * MINUTE
    with pytest.raises(log.ReadsClosed):
        read()
    parent: log.Act = {"act": "data.read", "actor": STAFF, "subject": None, "purpose": "support", "body": {}}
    with pytest.raises(log.LogUnavailable):
        log.append_group(parent, [], read=True)
    write()  # a customer can still stop a consent
    log.close_lanes()
    integrate(desk.answer)
    read()


def test_reads_open_again_within_a_second_of_the_signature(desk: signer.Desk, clock: Clock) -> None:
    """The process that was refused asks again: it needs no restart."""
    write()
    watch = delay.Watch(delay.READS_CLOSE_US)
    at = clock.time_ns() // 1000 + HOUR + MINUTE
    assert watch.is_over(log.origin_id(), at)
    log.close_lanes()
    integrate(desk.answer)
    assert watch.is_over(log.origin_id(), at + 500_000)
    assert not watch.is_over(log.origin_id(), at + delay.LOOK_AGAIN_US)


def test_the_hour_counts_also_while_no_integrator_runs(clock: Clock) -> None:
    write()
    clock.ahead_us += HOUR + MINUTE
    with pytest.raises(log.ReadsClosed):
        read()


def test_a_read_asks_the_database_about_once_an_hour(
    desk: signer.Desk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write()
    log.close_lanes()
    integrate(desk.answer)
    asked = []
    real = delay.oldest_unsigned
    monkeypatch.setattr(delay, "oldest_unsigned", lambda origin: asked.append(origin) or real(origin))
    for _ in range(20):
        read()
        clock.ahead_us += MINUTE
    assert len(asked) == 1


def test_a_command_after_a_day_off_signs_first_and_then_reads(desk: signer.Desk, clock: Clock, settings: Any) -> None:
    """No dead lock: what was unsigned at the stop is signed by the first pass, which itself reads nothing."""
    write()
    log.close_lanes()
    clock.ahead_us += DAY
    with pytest.raises(log.ReadsClosed):
        read()
    desk.close()
    with logged_in_as("broker_integrator"):
        log.begin_here()
        assert store.notes(1)[-1].size == store.tree_size(1)
    if connection.vendor == "postgresql":
        log.reset()  # another role, so another process
    read()
    again = signer.Desk(settings.SIGNER_DIR)
    desk._lock = again._lock
    integrate(again.answer)  # the database's own clock has not gone on: what waits would be from tomorrow
    assert verdict()["kind"] == "ok"


def test_a_command_leaves_alone_what_is_signed_in_time(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    write()
    monkeypatch.setattr(log, "finish_here", pytest.fail)
    before = store.tree_size(1)
    log.begin_here()
    assert store.tree_size(1) == before
    assert headers()[-1].act != "lane.close"  # its lane goes on


def test_the_banner_says_that_entries_wait(desk: signer.Desk, clock: Clock) -> None:
    write()
    integrate(desk.answer)
    verdict()
    assert "wait too long" not in query.banner().text
    log._state.checkpoint_seen = 0.0
    clock.ahead_us -= 2 * MINUTE
    write()
    clock.ahead_us = 0
    found = query.banner()
    assert (found.state, "wait too long" in found.text) == ("amber", True)
