"""A bad lane: quarantined, alarmed once whatever is killed, left by its writers, acknowledged by two people."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from broker.approvals import decide, lane_alarm
from broker.audit import integrator, lanes, log, quarantine, query, signer, store
from broker.terms import Actor, EventRef
from tests.factories import enrol
from tests.integration.audit_support import (
    headers,
    integrate,
    logged_in_as,
    make_signer,
    tamper,
    verdict,
    write,
)

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
OFFICER = Actor("s", uuid.UUID(int=1), role="officer")
APPROVER = Actor("s", uuid.UUID(int=2), role="approver")


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


def spoil(bad: EventRef) -> tuple[int, int]:
    """Change a waiting event; return the lane and the number of its last good event."""
    ((ct,),) = store.rows("SELECT ct FROM audit_event WHERE id = %s", [bad.id])
    tamper("UPDATE audit_event SET ct = :ct WHERE id = :id", {"ct": ct[:-1] + bytes([ct[-1] ^ 1]), "id": bad.id})
    if connection.vendor == "sqlite":
        from broker.db import evidence

        evidence.install(connection)
    return bad.id >> 32, (bad.id & 0xFFFFFFFF) - 1


def alarms() -> list[tuple[int | None, int | None]]:
    return [(head.tw, head.tn) for head in headers() if head.act == "alarm.lane"]


def placed() -> set[int]:
    return {event for (event,) in store.rows("SELECT event_id FROM audit_leaf")}


def one_pass(desk: signer.Desk, *, forget: bool = True) -> None:
    """An integrator that is killed after its pass: its lane stays open, its memory is lost."""
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        integrator.Integrator(desk.answer).integrate()
        if forget:
            log.reset()


def test_the_others_go_on_and_nothing_later_of_the_lane_comes_in(desk: signer.Desk) -> None:
    write()
    lane, last = spoil(write())
    later = write()
    log.close_lanes()
    other = write("code.sent")
    integrate(desk.answer)
    after = write("code.sent")
    integrate(desk.answer)
    assert alarms() == [(lane, last)]
    assert {other.id, after.id} <= placed()
    assert later.id not in placed()
    assert max(event & 0xFFFFFFFF for event in placed() if event >> 32 == lane) == last
    assert verdict()["kind"] == "lane_quarantined"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_integrator_killed_at_the_alarm_leaves_exactly_one(
    desk: signer.Desk, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    write()
    lane, last = spoil(write())
    log.close_lanes()
    real = log.append_tail

    class Killed(Exception):
        """Stands for the moment of the kill."""

    def killed(act: str, **facts: Any) -> EventRef:
        if moment == "after":
            real(act, **facts)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(log, "append_tail", killed)
        with pytest.raises(Killed):
            one_pass(desk)
    connection.close()
    log.reset()
    assert len(alarms()) == (moment == "after")
    for _ in range(3):
        one_pass(desk)
    integrate(desk.answer)
    assert alarms() == [(lane, last)]
    assert verdict()["kind"] == "lane_quarantined"


def test_a_forged_alarm_quarantines_no_lane(desk: signer.Desk) -> None:
    """Whoever can write rows but has no MAC key cannot have a good lane left out by an alarm of their own."""
    write()
    lane = write().id >> 32
    log.close_lanes()
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        forged = log.append_tail("alarm.lane", lane=lane, last=1, body={})
        log.reset()
    tamper("UPDATE audit_event SET mac = :mac WHERE id = :id", {"mac": bytes(32), "id": forged.id})
    if connection.vendor == "sqlite":
        from broker.db import evidence

        evidence.install(connection)
    assert quarantine.alarms(log.origin_id()) == {}
    integrate(desk.answer)
    assert [tw for tw, _ in alarms() if tw != lane] == [forged.id >> 32]  # the forger's own lane is the bad one
    assert max(event & 0xFFFFFFFF for event in placed() if event >> 32 == lane) > 1


def test_a_writer_leaves_its_lane_once_that_is_quarantined(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "CHECKPOINT_AGE", 0.0)
    write()
    lane, _ = spoil(write())
    assert write().id >> 32 == lane  # nobody has noticed yet
    kept = (log._state, lanes._pool)
    monkeypatch.setattr(lanes, "_pool", lanes.Pool())
    with logged_in_as("broker_integrator"):
        monkeypatch.setattr(log, "_state", log._State(fresh_operations=True))
        runner = integrator.Integrator(desk.answer)
        integrator.drain(runner)
        log.close_lanes()
        integrator.drain(runner)
    monkeypatch.setattr(log, "_state", kept[0])
    monkeypatch.setattr(lanes, "_pool", kept[1])
    saved = write()
    assert saved.id >> 32 != lane
    integrate(desk.answer)
    assert saved.id in placed()


def test_two_people_acknowledge_and_the_log_verifies_again(desk: signer.Desk) -> None:
    write()
    lane, last = spoil(write())
    log.close_lanes()
    integrate(desk.answer)
    assert verdict()["kind"] == "lane_quarantined"
    enrol(OFFICER, APPROVER)
    asked = lane_alarm.request(lane, last, requester=OFFICER, reason="a test changed the row", now=NOW)
    integrate(desk.answer)
    assert verdict()["kind"] == "lane_quarantined"  # one person's word is not enough
    with pytest.raises(decide.NotAllowed):
        decide.approve(asked.id, approver=OFFICER, now=NOW)
    done = decide.approve(asked.id, approver=APPROVER, now=NOW)
    done.refresh_from_db()
    assert done.state == "executed"
    assert quarantine.unacknowledged(log.origin_id()) == {}
    integrate(desk.answer)
    assert verdict()["ok"]
    ack = [head for head in headers() if head.act == "alarm.ack"]
    assert [(head.tw, head.tn) for head in ack] == [(lane, last)]
    integrate(desk.answer)
    assert alarms() == [(lane, last)]


def test_an_acknowledgement_needs_an_alarm_and_answers_it_once(desk: signer.Desk) -> None:
    write()
    lane, last = spoil(write())
    log.close_lanes()
    integrate(desk.answer)
    for wrong in ((lane, last + 1), (lane + 1, last)):
        with pytest.raises(decide.NotAllowed):
            lane_alarm.request(*wrong, requester=OFFICER, reason="why", now=NOW)
    enrol(OFFICER, APPROVER)
    first, second = (lane_alarm.request(lane, last, requester=OFFICER, reason="why", now=NOW) for _ in range(2))
    decide.approve(first.id, approver=APPROVER, now=NOW)
    with pytest.raises(decide.NotAllowed):
        decide.approve(second.id, approver=APPROVER, now=NOW)
    assert [head.act for head in headers()].count("alarm.ack") == 1


def test_a_quarantined_lane_closes_no_reads_and_keeps_no_banner_amber(desk: signer.Desk) -> None:
    """What a bad lane holds is never signed: it must not count as late for ever."""
    write()
    lane, last = spoil(write())
    log.close_lanes()
    integrate(desk.answer)
    enrol(OFFICER, APPROVER)
    asked = lane_alarm.request(lane, last, requester=OFFICER, reason="why", now=NOW)
    decide.approve(asked.id, approver=APPROVER, now=NOW)
    integrate(desk.answer)
    from broker.audit import delay

    assert delay.oldest_unsigned(log.origin_id()) is None
    assert verdict()["ok"]
    assert query.banner().state != "red"
