"""From lanes to a signed tree, on both engines: order, proofs, quarantine, dead lanes, and every kind of tampering."""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from broker.audit import entry, integrator, lanes, log, query, signer, store
from broker.audit.encoding import b64
from broker.audit.management.commands import export_tiles
from tests.integration.audit_support import (
    ORIGIN,
    STAFF,
    SUBJECT,
    headers,
    integrate,
    integrate_burying,
    logged_in_as,
    make_signer,
    tamper,
    verdict,
    write,
)


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


def many(number: int) -> None:
    """As many events in one transaction."""
    with transaction.atomic():
        for _ in range(number):
            write()


def test_events_become_a_signed_tree_that_verifies(desk: signer.Desk) -> None:
    many(3)
    first = write("consent.granted")
    size = integrate(desk.answer)
    assert size == store.tree_size(1) == len(headers())
    found = verdict()
    assert found == {
        "ok": True,
        "size": size,
        "root": b64(desk.last.root),
        "first_bad": None,
        "kind": "ok",
    }
    note = query.proof_note(first)
    assert note is not None
    assert note.startswith(f"{ORIGIN}\n{size}\n")
    assert query.banner().state == "amber", "verified, but nobody outside holds a checkpoint"
    assert query.newest(limit=1)[0].seq == size - 1


def test_a_tree_grows_over_many_passes_and_tiles(desk: signer.Desk) -> None:
    sizes = []
    for number in (1, 300, 5, 600):
        many(number)
        sizes.append(integrate(desk.answer))
    assert sizes == sorted(set(sizes))
    assert [each.size for each in store.notes(1)] == [0, *sizes]
    assert verdict()["ok"]
    assert {(level, idx) for level, idx in store.rows("SELECT level, idx FROM audit_tile")} == {
        (0, 0),
        (0, 1),
        (0, 2),
        (0, 3),
        (1, 0),
    }


def test_a_later_event_names_the_checkpoint_that_its_writer_saw(desk: signer.Desk) -> None:
    write()
    size = integrate(desk.answer)
    write()
    assert headers()[-1].cp == size
    integrate(desk.answer)
    assert verdict()["ok"]


def test_a_note_lost_on_the_way_is_published_later(desk: signer.Desk) -> None:
    write()

    def lose(request: signer.Message) -> signer.Message:
        reply = desk.answer(request)
        if "size" in request:
            raise ConnectionError
        return reply

    with pytest.raises(ConnectionError):
        integrate(lose)
    assert [each.size for each in store.notes(1)] == [0]
    assert desk.last.size > 0
    assert verdict()["kind"] == "rollback"
    write()
    size = integrate(desk.answer)
    assert store.notes(1)[-1].size == size
    assert verdict()["ok"]


def test_a_signer_that_knows_more_stops_the_integrator(desk: signer.Desk) -> None:
    write()
    integrate(desk.answer)
    desk.last = desk.last._replace(size=desk.last.size + 50)
    write()
    with pytest.raises(integrator.Diverged):
        integrate(desk.answer)


def test_a_database_that_was_set_back_is_named(desk: signer.Desk) -> None:
    write()
    integrate(desk.answer)
    write()
    size = integrate(desk.answer)
    tamper("DELETE FROM audit_checkpoint WHERE size = :size", {"size": size})
    assert verdict()["kind"] == "rollback"


def test_an_unsigned_row_that_was_changed_stops_its_lane_and_no_other(desk: signer.Desk) -> None:
    write("consent.granted")
    bad = write("consent.revoked")
    write("consent.viewed")
    log.close_lanes()
    other = write("code.sent")
    ((ct,),) = store.rows("SELECT ct FROM audit_event WHERE id = %s", [bad.id])
    tamper("UPDATE audit_event SET ct = :ct WHERE id = :id", {"ct": ct[:-1] + bytes([ct[-1] ^ 1]), "id": bad.id})
    restore_triggers()
    integrate(desk.answer)
    placed = {event for (event,) in store.rows("SELECT event_id FROM audit_leaf")}
    assert other.id in placed
    assert bad.id not in placed
    alarm = next(head for head in headers() if head.act == "alarm.lane")
    assert (alarm.tw, alarm.tn) == (bad.id >> 32, (bad.id & 0xFFFFFFFF) - 1)
    assert verdict()["kind"] == "lane_quarantined"
    log.append_tail("alarm.ack", lane=alarm.tw or 0, last=alarm.tn or 0, body={"approver": "x"}, actor=STAFF)
    integrate(desk.answer)
    assert verdict()["ok"]
    assert [head.act for head in headers()].count("alarm.lane") == 1


def restore_triggers() -> None:
    """Make the evidence rules again, as `migrate` does."""
    if connection.vendor == "sqlite":
        from broker.db import evidence

        evidence.install(connection)


@pytest.mark.parametrize("column", ["mac", "kid", "act"])
def test_changed_columns_of_a_waiting_event_are_seen(desk: signer.Desk, column: str) -> None:
    ref = write()
    value: object = 1 if column == "act" else bytes(32 if column == "mac" else 16)
    tamper(f"UPDATE audit_event SET {column} = :value WHERE id = :id", {"value": value, "id": ref.id})
    restore_triggers()
    integrate(desk.answer)
    assert verdict()["kind"] == "lane_quarantined"


def test_a_missing_waiting_event_is_seen(desk: signer.Desk) -> None:
    write()
    ref = write()
    write()
    tamper("DELETE FROM audit_event WHERE id = :id", {"id": ref.id})
    restore_triggers()
    integrate(desk.answer)
    assert verdict()["kind"] == "lane_quarantined"


@pytest.mark.parametrize("part", ["header", "ct"])
def test_one_changed_byte_is_named_by_its_place(desk: signer.Desk, part: str) -> None:
    many(300)
    integrate(desk.answer)
    for seq in (2, 259, 301):
        ((event, data),) = store.rows(
            f"SELECT e.id, e.{part} FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id WHERE l.seq = %s", [seq]
        )
        for at in (len(data) // 2, len(data) - 3):
            changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            tamper(f"UPDATE audit_event SET {part} = :data WHERE id = :id", {"data": changed, "id": event})
            found = verdict()
            assert (found["ok"], found["first_bad"]) == (False, seq)
            assert found["kind"] in ("entry", "header")
        tamper(f"UPDATE audit_event SET {part} = :data WHERE id = :id", {"data": data, "id": event})
        assert verdict()["ok"]


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM audit_event WHERE id = (SELECT event_id FROM audit_leaf WHERE seq = 4)", "entry"),
        ("DELETE FROM audit_leaf WHERE seq = 4", "missing_leaf"),
        ("DELETE FROM audit_leaf WHERE seq = (SELECT max(seq) FROM audit_leaf)", "missing_leaf"),
        ("UPDATE audit_leaf SET seq = seq + 1000 WHERE seq = 4", "missing_leaf"),
        ("DELETE FROM audit_tile WHERE level = 0 AND idx = 1", "tile"),
        ("DELETE FROM audit_tile WHERE level = 1", "tile"),
        ("UPDATE audit_checkpoint SET note = 'x' WHERE size > 0", "signature"),
        ("DELETE FROM audit_index WHERE act = 301", "columns"),
        ("UPDATE audit_index SET actor = 'x'", "columns"),
        ("UPDATE audit_event SET act = 1", "columns"),
        ("DELETE FROM audit_cursor", "columns"),
        ("UPDATE audit_cursor SET n = n - 1", "columns"),
        ("DELETE FROM audit_lane", "columns"),
        ("DELETE FROM audit_key", "key"),
        (
            "INSERT INTO audit_event (id, header, ct, mac, kid, act) "
            "SELECT id + 4294967296000, header, ct, mac, kid, act FROM audit_event WHERE act = 301 LIMIT 1",
            "columns",
        ),
        (
            "INSERT INTO audit_event (id, header, ct, mac, kid, act) "
            "SELECT id + 100000, header, ct, mac, kid, act FROM audit_event WHERE act = 301 LIMIT 1",
            "columns",
        ),
        (
            "INSERT INTO audit_tile (origin, level, idx, width, data) "
            "SELECT origin, level, idx + 7, width, data FROM audit_tile WHERE level = 0 LIMIT 1",
            "tile",
        ),
        ("INSERT INTO audit_cursor (origin, lane, n) SELECT 1, lane + 1, n FROM audit_cursor", "columns"),
        (
            "INSERT INTO audit_checkpoint (origin, size, note, created_us) "
            "SELECT origin, size - 1, note, created_us FROM audit_checkpoint WHERE size > 1",
            "consistency",
        ),
        ("UPDATE audit_checkpoint SET size = size - 1 WHERE size > 1", "consistency"),
        ("UPDATE audit_leaf SET event_id = -event_id WHERE seq IN (4, 5)", "entry"),
    ],
)
def test_every_other_table_is_held_against_the_tree(desk: signer.Desk, statement: str, kind: str) -> None:
    many(300)
    integrate(desk.answer)
    tamper(statement)
    assert verdict()["kind"] == kind


def test_the_lane_of_a_dead_process_is_ended(desk: signer.Desk) -> None:
    write()
    boot = lanes.pool().boot
    log.reset()  # as if the process had been killed: its lock is free, its lane open
    assert lanes.is_dead(boot)
    (dead,) = integrate_burying(desk.answer, 1)
    assert (dead.tw, dead.tn) == (headers()[0].w, len([head for head in headers() if head.w == headers()[0].w]))
    assert not (lanes.lock_dir() / boot.hex()).exists()
    assert verdict()["ok"]


def test_a_lane_that_was_given_up_is_ended_like_a_dead_one(desk: signer.Desk) -> None:
    first = write()
    lane = lanes.pool().mine
    assert lane is not None
    lanes.pool().drop(lane)
    second = write()
    integrate_burying(desk.answer, 1)
    ends = {head.act: head.tw for head in headers() if head.act in ("lane.close", "lane.dead") and head.tw != head.w}
    assert ends == {"lane.dead": first.id >> 32}
    assert second.id >> 32 in {head.tw for head in headers() if head.act == "lane.close"}
    assert verdict()["ok"]


def test_the_lane_of_a_living_process_is_left_alone(desk: signer.Desk) -> None:
    write()
    lanes.lock_dir().mkdir(exist_ok=True)
    with (lanes.lock_dir() / lanes.pool().boot.hex()).open() as held:
        lanes.pool().let_go(remove=False)
        fcntl.flock(held, fcntl.LOCK_EX)  # somebody else holds it now
        log.reset()
        integrate(desk.answer)
        assert "lane.dead" not in [head.act for head in headers()]
        assert verdict()["ok"]


def test_only_one_integrator_runs() -> None:
    with logged_in_as("broker_integrator"), integrator.only_one():
        with pytest.raises(integrator.AlreadyRunning), integrator.only_one():
            pass
        with pytest.raises(CommandError, match="another integrator"):
            call_command("integrate", "--once", stdout=StringIO())


def test_the_application_may_not_write_into_the_tree(desk: signer.Desk) -> None:
    write()
    log.close_lanes()
    runner = integrator.Integrator(desk.answer)
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError):
            runner.integrate()
    else:
        assert runner.integrate()
        with pytest.raises(DatabaseError), transaction.atomic():
            store._change("UPDATE audit_tile SET data = zeroblob(width * 32)", [])
        with pytest.raises(DatabaseError), transaction.atomic():
            store._change("UPDATE audit_cursor SET n = n", [])


def test_an_export_is_re_read_by_other_means(
    desk: signer.Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_tiles, "PROGRESS_EVERY", 256)
    many(520)
    first = integrate(desk.answer)
    many(3)
    size = integrate(desk.answer)
    for wanted, options in ((size, []), (first, ["--size", str(first)])):
        folder = tmp_path / f"out-{wanted}"
        out, told = StringIO(), StringIO()
        call_command("export_tiles", str(folder), *options, stdout=out, stderr=told)
        assert told.getvalue().splitlines() == ["256 entries written", "512 entries written"]
        line = json.loads(out.getvalue().splitlines()[-1])
        assert set(line) == {"ok", "size", "root", "origin", "vkey"}
        assert (line["ok"], line["size"], line["origin"]) == (True, wanted, ORIGIN)
        assert (folder / "log.vkey").read_text() == line["vkey"] + "\n"
        assert read_again(folder, wanted, line["vkey"]) == line["root"]
        earlier = {int(path.name) for path in (folder / "checkpoints").iterdir()}
        assert earlier == {each.size for each in store.notes(1) if each.size < wanted}


def read_again(folder: Path, size: int, vkey: str) -> str:
    """Rebuild an export from its bundles with nothing but the standard library and a signature check."""
    origin, root = check_note((folder / "checkpoint").read_text(), size, vkey)
    paths = {str(path.relative_to(folder)) for path in (folder / "tile").rglob("*") if path.is_file()}
    values: list[bytes] = []
    for index in range((size + 255) // 256):
        width = min(256, size - 256 * index)
        name = f"tile/entries/{index:03d}" + (f".p/{width}" if width < 256 else "")
        paths.remove(name)
        data = (folder / name).read_bytes()
        for _ in range(width):
            length = int.from_bytes(data[:2], "big")
            part, data = data[2 : 2 + length], data[2 + length :]
            assert part[0] == 1
            head = json.loads(part[3 : 3 + int.from_bytes(part[1:3], "big")])
            assert head["log"] == origin
            values.append(hashlib.sha256(b"\0" + part).digest())
        assert data == b""
    level = 0
    while values_at := size >> (8 * level):
        for index in range((values_at + 255) // 256):
            width = min(256, values_at - 256 * index)
            name = f"tile/{level}/{index:03d}" + (f".p/{width}" if width < 256 else "")
            paths.remove(name)
            span = 256**level
            nodes = [whole(values[at * span : (at + 1) * span]) for at in range(index * 256, index * 256 + width)]
            assert (folder / name).read_bytes() == b"".join(nodes)
        level += 1
    assert paths == set()
    assert base64.b64encode(whole(values)).decode() == root
    return root


def check_note(note: str, size: int, vkey: str) -> tuple[str, str]:
    """Check a checkpoint's signature; return origin and root."""
    name, _, key = vkey.split("+", 2)
    text, _, line = note.rpartition("\n\n")
    dash, signed_by, encoded = line.strip().split(" ")
    assert (dash, signed_by) == ("\u2014", name)
    Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:]).verify(
        base64.b64decode(encoded)[4:], (text + "\n").encode()
    )
    origin, signed_size, root = text.split("\n")
    assert (origin, int(signed_size)) == (name, size)
    return origin, root


def whole(hashes: list[bytes]) -> bytes:
    """The root by the definition of RFC 9162."""
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    return hashlib.sha256(b"\1" + whole(hashes[:half]) + whole(hashes[half:])).digest()


def test_an_export_needs_a_signed_size_and_an_empty_folder(desk: signer.Desk, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no checkpoint"):
        call_command("export_tiles", str(tmp_path / "none"))
    write()
    size = integrate(desk.answer)
    with pytest.raises(CommandError, match="no checkpoint"):
        call_command("export_tiles", str(tmp_path / "none"), "--size", str(size - 1))
    with pytest.raises(CommandError, match="not empty"):
        call_command("export_tiles", str(tmp_path))
    (tmp_path / "file").write_bytes(b"kept")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(CommandError, match="cannot be used"):
            call_command("export_tiles", str(place))


def test_a_command_finishes_what_it_logged(desk: signer.Desk, settings: Any) -> None:
    desk.close()
    write()
    size = log.finish_here()
    if connection.vendor == "postgresql":  # the application's role may not integrate: the event waits
        assert size is None
    else:
        assert size == store.tree_size(1)
        assert verdict()["ok"]
    assert headers()[-1].act == "lane.close"
    desk._lock = os.open(settings.SIGNER_DIR / signer.LOCK, os.O_RDWR)


def test_without_the_public_key_nothing_is_said_to_hold(desk: signer.Desk, settings: Any) -> None:
    write()
    integrate(desk.answer)
    (settings.SIGNER_DIR / signer.VKEY).unlink()
    with pytest.raises(CommandError):
        call_command("verify_log", stdout=StringIO())


def test_a_lane_is_found_in_full_by_its_readers(desk: signer.Desk) -> None:
    write(body={"x": 1})
    under = log.append_read("log.read", actor=STAFF, subject=SUBJECT, purpose="support", body={}, obj="event")
    assert {event.seq for event in query.for_subject(SUBJECT, under=under)} == {None}
    integrate(desk.answer)
    under = log.append_read("log.read", actor=STAFF, subject=SUBJECT, purpose="support", body={}, obj="event")
    found = [event for event in query.for_subject(SUBJECT, under=under) if event.act != "key.alias"]
    assert [event.act for event in found] == ["log.read", "log.read", "data.read"]
    assert found[0].seq is None
    assert found[2].seq is not None
    assert entry.event_id(found[2].id >> 32, found[2].id & 0xFFFFFFFF) == found[2].id
    before = query.newest(limit=3)[-1]
    assert all(row.seq is not None and row.seq < 3 for row in query.newest(before=3))
    assert before.at <= query.newest(limit=1)[0].at
