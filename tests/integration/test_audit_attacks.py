"""What an attacker who owns the database tried against the verification, on both engines: each is found now."""

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from broker.audit import anchor_store, auditing, banner, entry, integrator, log, opened, signer, store
from broker.audit.readings import Wrong
from broker.audit.words import ACTS
from broker.console import watch
from broker.jobs import JobView
from tests.faults.tamper_world import Owner, owner
from tests.integration.audit_support import ORIGIN, STAFF, SUBJECT, acts, integrate, log_world, logged_in_as, write

AHEAD = 2**52  # microseconds: the year 2112
NOBODYS = 99_999  # a lane that nobody has opened


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A small log with a name in it, verified once, so that there is a state to go on from."""
    with log_world(settings, tmp_path) as made:
        write()
        log.alias(SUBJECT, "account_number", "12345", actor=STAFF)
        integrate(made.answer)
        assert kinds() == ["ok", "ok"]
        yield made


def kinds() -> list[str]:
    """The verdicts of the two ways to verify without keys."""
    return [auditing.verify_database(incremental=again).kind for again in (True, False)]


def forge(hands: Owner, event: int, kid: bytes, *, ts: int, act: str = "key.shred") -> None:
    """Add an event that keeps every rule of form, and that no process of ours has written."""
    head = entry.Header(
        act=act, actor="x:" + "A" * 22, app=None, cnt=0, cp=0, grp=None, kc=bytes(32), kid=kid, log=ORIGIN,
        n=event & 0xFFFFFFFF, obj=None, p=entry.FIRST_PREVIOUS, purpose=None, res="ok", role=None, sch=1, ts=ts,
        w=event >> 32 or 1, tk=kid if act == "key.shred" else None,
    )  # fmt: skip
    if connection.vendor == "postgresql":
        hands.run("ALTER TABLE audit_event DROP CONSTRAINT IF EXISTS audit_event_id_check")
    sealed = entry.seal(head, {}, dek=bytes(32), salt=bytes(16))
    row = [event, sealed.header, sealed.ct, bytes(32), kid, ACTS[act].number]
    hands.run("INSERT INTO audit_event (id, header, ct, mac, kid, act) VALUES (%s, %s, %s, %s, %s, %s)", *row)


def destroy(hands: Owner, kid: bytes, event: int) -> None:
    """Destroy a key past all rules, and what it was found by."""
    hands.run("UPDATE audit_key SET wrapped = NULL, shredded_event = %s WHERE kid = %s", event, kid)
    hands.run("DELETE FROM audit_alias WHERE kid = %s", kid)


def all_keys() -> list[bytes]:
    """Every data key."""
    return [bytes(kid) for (kid,) in store.rows("SELECT kid FROM audit_key ORDER BY kid")]


def now_us() -> int:
    """This moment in microseconds."""
    return time.time_ns() // 1000


# --- keys that were destroyed under an event that never was


@pytest.mark.parametrize("first", [5, 1 << 60])
def test_keys_destroyed_under_events_that_never_were(first: int) -> None:
    kids = all_keys()
    with owner() as hands:
        for number, kid in enumerate(kids):
            destroy(hands, kid, first + number)
    assert kinds() == ["key", "key"]


def test_a_key_destroyed_under_an_event_of_another_meaning() -> None:
    event = store.rows("SELECT event_id FROM audit_leaf WHERE seq = 0")[0][0]
    with owner() as hands:
        destroy(hands, all_keys()[0], event)
    assert kinds() == ["key", "key"]


@pytest.mark.parametrize("lane", [0, NOBODYS])
@pytest.mark.parametrize("ahead", [0, AHEAD])
def test_a_key_destroyed_under_a_forged_event(lane: int, ahead: int) -> None:
    kid = all_keys()[0]
    with owner() as hands:
        forge(hands, (lane << 32) + 5, kid, ts=ahead or now_us())
        destroy(hands, kid, (lane << 32) + 5)
    assert "ok" not in kinds()


def test_a_leaf_of_no_origin_places_no_destruction() -> None:
    kid = all_keys()[0]
    with owner() as hands:
        forge(hands, 5, kid, ts=now_us())
        hands.run("INSERT INTO audit_leaf (origin, seq, event_id) VALUES (7, 100000, 5)")
        destroy(hands, kid, 5)
    assert "ok" not in kinds()


# --- events and places outside every lane and origin


@pytest.mark.parametrize(("lane", "ts"), [(0, 0), (0, AHEAD), (NOBODYS, 0), (NOBODYS, AHEAD)])
def test_a_forged_event_in_no_lane(lane: int, ts: int) -> None:
    with owner() as hands:
        forge(hands, (lane << 32) + 1, all_keys()[0], ts=ts or now_us())
    assert kinds() == ["columns", "columns"]


def test_a_forged_event_ahead_of_the_clock_in_a_lane_of_ours() -> None:
    with owner() as hands:
        given = "OVERRIDING SYSTEM VALUE" if connection.vendor == "postgresql" else ""
        statement = f"INSERT INTO audit_lane (id, mac_key, boot, opened_us) {given} VALUES (%s, 1, %s, 1)"
        hands.run(statement, NOBODYS, bytes(16))
        forge(hands, (NOBODYS << 32) + 1, all_keys()[0], ts=AHEAD)
    assert kinds() == ["header", "header"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO audit_leaf (origin, seq, event_id) SELECT 7, seq, -event_id FROM audit_leaf",
        "INSERT INTO audit_cursor (origin, lane, n) SELECT 7, lane, n FROM audit_cursor",
        "INSERT INTO audit_checkpoint (origin, size, note, created_us) SELECT 7, size, note, 1 FROM audit_checkpoint",
        "INSERT INTO audit_tile (origin, level, idx, width, data) SELECT 7, level, idx, width, data FROM audit_tile",
    ],
)
def test_rows_of_no_origin(statement: str) -> None:
    with owner() as hands:
        hands.run(statement)
    assert kinds() == ["columns", "columns"]


def test_the_integrator_raises_one_alarm_for_an_event_in_no_lane(desk: signer.Desk) -> None:
    with owner() as hands:
        forge(hands, (NOBODYS << 32) + 1, all_keys()[0], ts=now_us())
    for _ in range(2):
        with logged_in_as("broker_integrator"):
            log.reset(fresh_operations=True)
            runner = integrator.Integrator(desk.answer)
            for _ in range(2):
                integrator.drain(runner)
            log.close_lanes()
            integrator.drain(runner)
            log.reset()
    assert acts().count("alarm.log") == 1


# --- a log that was cut where nobody can ask the signer


def test_a_rollback_shows_without_the_signer_and_its_absence_is_said(desk: signer.Desk, settings: Any) -> None:
    write()
    size = integrate(desk.answer)
    assert kinds() == ["ok", "ok"]
    settings.SIGNER_DIR.joinpath(signer.LAST).unlink()
    found = auditing.verify_database()
    assert (found.kind, auditing.UNSEEN.format(f" behind size {size}") in found.notes) == ("ok", True)
    with owner() as hands:
        hands.run("DELETE FROM audit_checkpoint WHERE size = %s", size)
    assert kinds() == ["rollback", "rollback"]
    auditing.state_path().unlink()
    assert auditing.UNSEEN.format("") in auditing.verify_database().notes


# --- anchors


def anchor(desk: signer.Desk, *proofs: bytes) -> None:
    """Store proofs as the integrator does."""
    size = integrate(desk.answer)
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        for proof in proofs:
            anchor_store.add_anchor(log.origin_id(), size, "file", proof, 0)
        log.close_lanes()
        log.reset()


def test_an_anchor_that_was_put_in_or_doubled_is_found(desk: signer.Desk) -> None:
    anchor(desk, b"one", b"two")
    assert kinds() == ["ok", "ok"], "their events wait for their places"
    integrate(desk.answer)
    assert kinds() == ["ok", "ok"]
    columns = "origin, size, kind, created_us"
    with owner() as hands:
        hands.run(f"INSERT INTO audit_anchor ({columns}, proof) SELECT {columns}, %s FROM audit_anchor LIMIT 1", b"x")
    assert kinds() == ["columns", "columns"]
    with owner() as hands:
        hands.run("DELETE FROM audit_anchor WHERE proof = %s", b"two")
        hands.run("UPDATE audit_anchor SET proof = %s", b"one")
    assert kinds() == ["columns", "columns"], "as many as the log says, one of them twice"


def test_an_exchanged_anchor_is_found_with_keys(desk: signer.Desk) -> None:
    anchor(desk, b"one", b"two")
    integrate(desk.answer)
    opened.check()
    with owner() as hands:
        hands.run("UPDATE audit_anchor SET proof = %s WHERE proof = %s", b"three", b"two")
    assert kinds() == ["ok", "ok"], "nobody but the holder of the keys can know"
    with pytest.raises(Wrong, match="columns"):
        opened.check()


# --- what only the holder of the keys can see


def test_the_asked_verification_opens_bodies_once_a_day_and_its_finding_stays() -> None:
    now = datetime.now(UTC)

    def asked() -> int:
        watch.verify(JobView(uuid.uuid4(), "console.verify", uuid.uuid4(), 1, 0, now))
        return acts().count("log.verified")

    assert "Bodies and names were not checked." in banner.banner(now).text
    assert (asked(), asked()) == (1, 1)
    assert "Bodies and names were checked on " in banner.banner(now).text
    assert auditing.bodies_are_due(now + 2 * auditing.FULL_EVERY)
    with owner() as hands:
        hands.run("DELETE FROM audit_alias WHERE field <> 0")
    auditing.verify_database(opener=STAFF)
    auditing.verify_database(incremental=True)
    found = banner.banner(now)
    assert (found.state, "(key)" in found.text, banner.exports_allowed(now)) == ("red", True, False)
