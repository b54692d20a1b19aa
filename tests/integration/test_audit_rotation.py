"""A new signing key as the whole log sees it; and two histories, which are an alarm. Both engines."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from broker.audit import checkpoint, integrator, log, query, rotation, signer, store
from broker.terms import EventRef
from tests.integration.audit_support import (
    ORIGIN,
    headers,
    integrate,
    logged_in_as,
    make_signer,
    tamper,
    verdict,
    write,
)


@pytest.fixture(autouse=True)
def place(committing: str, settings: Any, tmp_path: Path) -> Iterator[Path]:
    """A signer's folder with a new key, over a database of the test's own on each engine."""
    settings.DATA_DIR = tmp_path
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    log.reset()
    make_signer(tmp_path / "signer").close()
    yield tmp_path / "signer"
    log.reset()


def grow(folder: Path) -> int:
    """Write something, integrate it, have it signed by a signer that is started for it."""
    write()
    desk = signer.Desk(folder)
    try:
        return integrate(desk.answer)
    finally:
        desk.close()


def rotate(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("rotate_log_key", *arguments, stdout=out)
    return out.getvalue().split()


def announce(vkey: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """The command, with an integrator that comes by before it looks."""

    def come_by() -> None:
        log.close_lanes()
        desk = signer.Desk(folder)
        integrate(desk.answer)
        desk.close()

    monkeypatch.setattr(log, "finish_here", come_by)
    out = StringIO()
    call_command("announce_log_key", vkey, stdout=out)
    return int(out.getvalue().split()[-1])


def signers_of(note: str) -> set[int]:
    return {line.key_id for line in checkpoint.open_note(note, store.verifier_keys()).verified}


def test_a_rotation_from_announcement_to_retirement_verifies_at_every_step(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(place)
    (old,) = store.verifier_keys()
    (vkey,) = rotate("prepare")
    new = checkpoint.parse_vkey(vkey)
    size = announce(vkey, place, monkeypatch)
    told = next(head for head in headers() if head.act == "admin.log_key")
    before = query.proof_note(EventRef(told.event_id))
    assert before is not None
    assert signers_of(before) == {old.key_id}  # the old key vouches for the announcement, before the new one signs
    assert verdict()["ok"]
    assert rotate("start", "--announced", str(size)) == [new.encode(), old.encode()]
    assert verdict()["ok"]
    grow(place)
    assert signers_of(store.notes(1)[-1].note) == {old.key_id, new.key_id}
    assert verdict()["ok"]
    with pytest.raises(CommandError, match="90 days"):
        rotate("retire")
    rotation.retire(place, now=datetime.now(UTC) + timedelta(days=91))
    grow(place)
    assert signers_of(store.notes(1)[-1].note) == {new.key_id}
    assert verdict()["ok"]
    assert store.verifier_keys() == [new, old]


def test_a_key_that_retires_before_anything_was_signed_by_both_leaves_a_log_that_goes_on(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(place)
    (vkey,) = rotate("prepare")
    size = announce(vkey, place, monkeypatch)
    rotate("start", "--announced", str(size))
    rotation.retire(place, now=datetime.now(UTC) + timedelta(days=91))
    assert grow(place) > size
    assert signers_of(store.notes(1)[-1].note) == {checkpoint.parse_vkey(vkey).key_id}
    assert verdict()["ok"]


def test_only_a_new_key_of_this_log_is_announced(place: Path) -> None:
    grow(place)
    stranger = checkpoint.Signer.new("elsewhere.example/audit/x", bytes(32)).verifier()
    for wrong in ("x", stranger.encode(), store.verifier_keys()[0].encode()):
        with pytest.raises(CommandError):
            call_command("announce_log_key", wrong)
    assert "admin.log_key" not in [head.act for head in headers()]


def test_an_announcement_that_nobody_signs_is_no_permission(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker.audit.management.commands import announce_log_key

    monkeypatch.setattr(announce_log_key, "PATIENCE", 0.0)
    monkeypatch.setattr(log, "finish_here", lambda: None)
    (vkey,) = rotate("prepare")
    with pytest.raises(CommandError, match="integrator"):
        call_command("announce_log_key", vkey)
    with pytest.raises(CommandError, match="announcement"):
        rotate("start", "--announced", "1")


def alarms() -> int:
    return [head.act for head in headers()].count("alarm.log")


def test_two_roots_for_one_size_are_an_alarm_once(place: Path) -> None:
    size = grow(place)
    other = checkpoint.Checkpoint(ORIGIN, size, bytes(32)).body()
    (place / signer.LAST).write_text(other)
    for _ in range(3):
        write()
        desk = signer.Desk(place)
        with pytest.raises(integrator.Diverged, match="another tree"):
            integrate(desk.answer)
        desk.close()
    assert alarms() == 1
    assert verdict()["kind"] == "consistency"


def test_a_database_that_was_set_back_is_an_alarm_once(place: Path) -> None:
    grow(place)
    size = grow(place)
    (place / signer.LAST).write_text(checkpoint.Checkpoint(ORIGIN, size + 40, bytes(32)).body())
    for _ in range(2):
        write()
        desk = signer.Desk(place)
        with pytest.raises(integrator.Diverged, match="different histories"):
            integrate(desk.answer)
        desk.close()
    assert alarms() == 1
    assert verdict()["kind"] == "rollback"


def test_a_signer_that_is_asked_for_a_second_root_refuses_and_keeps_the_first(place: Path) -> None:
    grow(place)
    desk = signer.Desk(place)
    kept = desk.last
    tamper("UPDATE audit_tile SET data = :data WHERE level = 0", {"data": bytes(32) * store.tree_size(1)})
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        with pytest.raises(integrator.Diverged):
            integrator.Integrator(desk.answer)._catch_up(1, kept.size, None)
        log.reset()
    assert desk.last == kept
    desk.close()


def test_a_key_that_signs_without_an_announcement_is_found(place: Path) -> None:
    """Whoever has the signer's folder adds a key of their own: its signature is good, and yet it proves nothing."""
    grow(place)
    added = checkpoint.Signer.new(ORIGIN, bytes(range(32)))
    with (place / signer.KEY).open("a") as file:
        file.write(added.encode() + "\n")
    with (place / signer.VKEY).open("a") as file:
        file.write(added.verifier().encode() + "\n")
    assert verdict()["ok"]  # it has signed nothing yet
    grow(place)
    assert (verdict()["ok"], verdict()["kind"]) == (False, "signature")
