"""After a declared loss: a new log, decided by two people, that says what is known of the old one. Both engines."""

import fcntl
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from broker.approvals import decide, new_origin
from broker.approvals.models import Approval
from broker.audit import checkpoint, entry, lanes, log, opening, origins, signer, store
from broker.terms import Actor
from tests.factories import enrol
from tests.integration.audit_support import ORIGIN, STAFF, headers, integrate, make_signer, tamper, write

NEW = "broker.localhost/audit/second"
OFFICER = Actor("s", uuid.UUID(int=1), role="officer")
APPROVER = Actor("s", uuid.UUID(int=2), role="approver")


@pytest.fixture(autouse=True)
def place(committing: str, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A signer's folder with a new key, over a database of the test's own on each engine."""
    settings.DATA_DIR = tmp_path
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    if connection.vendor == "postgresql":
        from tests import cluster

        settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
    log.reset()
    make_signer(tmp_path / "signer").close()
    yield tmp_path
    log.reset()


def grow(settings: Any) -> int:
    """Write something, integrate it, have it signed by a signer that is started for it."""
    write()
    desk = signer.Desk(settings.SIGNER_DIR)
    try:
        return integrate(desk.answer)
    finally:
        desk.close()


def decided(origin: str = NEW) -> uuid.UUID:
    """The decision of two people, made in the old log."""
    enrol(OFFICER, APPROVER)
    now = datetime.now(UTC)
    asked = new_origin.request(origin, requester=OFFICER, reason="the disk was lost", now=now)
    decide.approve(asked.id, approver=APPROVER, now=now)
    return asked.id


def stop(settings: Any, place: Path) -> None:
    """Every process is stopped; the settings name the new log and a folder for its signer."""
    log.close_lanes()
    log.reset()
    former = settings.SIGNER_DIR / signer.VKEY
    settings.LOG_ORIGIN = NEW
    settings.SIGNER_DIR = place / "second-signer"
    call_command("make_log_key", "--former", str(former), stdout=StringIO())


def lines(*options: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    code = 0
    try:
        call_command("verify_log", *options, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, json.loads(out.getvalue().splitlines()[-1])


def lose(settings: Any) -> tuple[int, str]:
    """Sign more than the database keeps, as after a restore; return the size that was signed last, and its note."""
    kept = grow(settings)
    lost = grow(settings)
    note = store.notes(1)[-1].note
    for table, column in (("audit_checkpoint", "size"), ("audit_leaf", "seq")):
        bound = kept if table == "audit_leaf" else kept + 1
        tamper(f"DELETE FROM {table} WHERE {column} >= :bound", {"bound": bound})
    return lost, note


def test_a_new_log_begins_with_what_is_known_of_the_old_one(place: Path, settings: Any) -> None:
    old_size = grow(settings)
    approval = decided()
    waiting = write()
    stop(settings, place)
    unplaced = store.without_leaf(1)
    assert waiting.id in unplaced
    call_command("open_new_origin", "--approval", str(approval), stdout=StringIO())
    assert [each.name for each in store.origins()] == [ORIGIN, NEW]
    size = grow(settings)
    first = store.rows("SELECT event_id FROM audit_leaf WHERE origin = 2 AND seq = 0")[0][0]
    ((header, _ct),) = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [first])
    head = entry.parse_header(header)
    assert (head.act, head.log, head.n, head.cp) == ("admin.log_opened", NEW, 1, 0)
    assert head.w > max(event >> 32 for event in unplaced)
    under = log.append_read("log.read", actor=STAFF, subject=None, purpose="support", body={}, obj="event")
    body = opening.open_with(first, opening.event_keys(None, [first], under=under)[first])
    old_note = checkpoint.open_checkpoint(str(body["note"]), store.verifier_keys(ORIGIN), origin=ORIGIN)
    assert old_note.size == body["size"] == old_size
    named = [each for low, high in body["without_leaf"] for each in range(low, high + 1)]
    assert named == unplaced
    assert body["without_leaf_count"] == len(unplaced)
    assert (body["approval"], body["requester"], body["approver"]) == (
        str(approval),
        str(OFFICER.id),
        str(APPROVER.id),
    )
    assert Approval.objects.get(id=approval).state == "executed"
    log.close_lanes()
    assert lines()[1]["size"] == size
    assert lines() == (0, lines()[1])
    assert lines("--origin", ORIGIN)[0] == 0
    assert lines("--origin", ORIGIN)[1]["size"] == old_size
    # What had no place in the old tree is never sealed again: it stands nowhere in the new one.
    assert not {event for (event,) in store.rows("SELECT event_id FROM audit_leaf WHERE origin = 2")} & set(unplaced)
    assert not [head for head in headers() if head.act == "lane.dead" and head.log == NEW]


def test_the_last_checkpoint_may_come_from_elsewhere(place: Path, settings: Any) -> None:
    lost, note = lose(settings)
    approval = decided()
    stop(settings, place)
    (place / "known").write_text(note)
    call_command(
        "open_new_origin", "--approval", str(approval), "--checkpoint", str(place / "known"), stdout=StringIO()
    )
    grow(settings)
    first = store.rows("SELECT event_id FROM audit_leaf WHERE origin = 2 AND seq = 0")[0][0]
    under = log.append_read("log.read", actor=STAFF, subject=None, purpose="support", body={}, obj="event")
    body = opening.open_with(first, opening.event_keys(None, [first], under=under)[first])
    assert (body["size"], body["note"]) == (lost, note)
    assert int(str(body["placed"])) < lost


def refused(approval: uuid.UUID, *options: str, match: str) -> None:
    with pytest.raises(CommandError, match=match):
        call_command("open_new_origin", "--approval", str(approval), *options, stdout=StringIO())
    assert len(store.origins()) == 1


def test_nothing_opens_without_a_decision_of_two_on_just_this(place: Path, settings: Any) -> None:
    grow(settings)
    enrol(OFFICER)
    now = datetime.now(UTC)
    alone = new_origin.request(NEW, requester=OFFICER, reason="why", now=now).id
    another = decided("broker.localhost/audit/third")
    stop(settings, place)
    for approval in (alone, another, uuid.uuid4()):
        refused(approval, match="two people")


def test_nothing_opens_while_the_old_log_is_written_or_unknown(place: Path, settings: Any, tmp_path: Path) -> None:
    grow(settings)
    approval = decided()
    refused(approval, match="two people")  # LOG_ORIGIN still names the old one
    write()
    boot = lanes.lock_dir() / lanes.pool().boot.hex()
    former = (settings.SIGNER_DIR / signer.VKEY).read_text()
    settings.LOG_ORIGIN = NEW
    settings.SIGNER_DIR = place / "second-signer"
    refused(approval, match="No such file")
    call_command("make_log_key", stdout=StringIO())
    refused(approval, match="former")
    vkey = settings.SIGNER_DIR / signer.VKEY
    vkey.write_text(vkey.read_text() + former)
    with boot.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # another process is alive
        refused(approval, match="stop all")
    (tmp_path / "forged").write_text(
        checkpoint.sign(f"{ORIGIN}\n9\n{'A' * 43}=\n", [checkpoint.Signer.new(ORIGIN, bytes(32))])
    )
    refused(approval, "--checkpoint", str(tmp_path / "forged"), match="not a checkpoint")


def test_a_process_that_still_names_the_old_log_writes_nothing(place: Path, settings: Any) -> None:
    grow(settings)
    approval = decided()
    stop(settings, place)
    with pytest.raises(log.LogUnavailable):
        write()  # the new one is not open yet
    call_command("open_new_origin", "--approval", str(approval), stdout=StringIO())
    settings.LOG_ORIGIN = ORIGIN
    log.reset()
    with pytest.raises(log.LogUnavailable):
        write()


def test_ids_are_written_as_runs() -> None:
    assert origins.ranges([]) == []
    assert origins.ranges([5]) == [[5, 5]]
    assert origins.ranges([1, 2, 3, 7, 9, 10]) == [[1, 3], [7, 7], [9, 10]]
