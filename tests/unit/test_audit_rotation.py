"""A new signing key: known before it signs, beside the old one for 90 days, and no step that leaves no signer."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from broker.audit import checkpoint, rotation, signer
from broker.audit.checkpoint import Verifier
from tests.unit.test_audit_signer import ORIGIN, request

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A signer's folder whose log has grown to 5."""
    signer.make_key(tmp_path / "signer", ORIGIN)
    signed(tmp_path / "signer", 0, 5)
    return tmp_path / "signer"


def signed(folder: Path, old: int, new: int) -> str:
    """Have a larger tree signed; return the note."""
    desk = signer.Desk(folder)
    try:
        return str(desk.answer(request(old, new))["note"])
    finally:
        desk.close()


def published(folder: Path) -> list[Verifier]:
    return [checkpoint.parse_vkey(line) for line in (folder / signer.VKEY).read_text().split()]


def signing(note: str, keys: list[Verifier]) -> list[int]:
    return [line.key_id for line in checkpoint.open_note(note, keys).verified]


def test_both_keys_sign_for_90_days_and_then_the_new_one(folder: Path) -> None:
    (old,) = published(folder)
    new = rotation.prepare(folder)
    assert published(folder) == [old]
    assert signing(signed(folder, 5, 8), [old]) == [old.key_id]
    assert rotation.prepare(folder) == new
    assert rotation.start(folder, announced=8, now=NOW) == published(folder) == [new, old]
    note = signed(folder, 8, 12)
    assert signing(note, [new, old]) == [new.key_id, old.key_id]
    assert signing(note, [old]) == [old.key_id]  # whoever knows the old key alone goes on
    with pytest.raises(signer.CannotSign):
        rotation.retire(folder, now=NOW + timedelta(days=89, hours=23))
    assert rotation.retire(folder, now=NOW + timedelta(days=90)) == [new, old]
    assert signing(signed(folder, 12, 20), [new, old]) == [new.key_id]
    assert not {"log.key.next", "rotation"} & {path.name for path in folder.iterdir()}
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.glob("log.*")} == {
        "log.key": 0o600,
        "log.vkey": 0o644,
    }


def test_a_key_that_was_not_announced_signs_nothing(folder: Path) -> None:
    with pytest.raises(signer.CannotSign):
        rotation.start(folder, announced=5, now=NOW)
    rotation.prepare(folder)
    for announced in (0, -1, 6):
        with pytest.raises(signer.CannotSign):
            rotation.start(folder, announced=announced, now=NOW)
    assert len(published(folder)) == 1


def test_one_rotation_at_a_time_and_with_the_signer_stopped(folder: Path) -> None:
    running = signer.Desk(folder)
    for step in (
        lambda: rotation.prepare(folder),
        lambda: rotation.start(folder, announced=5, now=NOW),
        lambda: rotation.retire(folder, now=NOW),
    ):
        with pytest.raises(signer.CannotSign, match="another signer"):
            step()
    running.close()
    with pytest.raises(signer.CannotSign):
        rotation.retire(folder, now=NOW)
    rotation.prepare(folder)
    rotation.start(folder, announced=5, now=NOW)
    with pytest.raises(signer.CannotSign, match="under way"):
        rotation.prepare(folder)


class Killed(Exception):
    """Stands for the moment of the kill."""


@pytest.mark.parametrize("step", ["prepare", "start", "retire"])
def test_killed_at_any_write_it_can_be_asked_again_and_the_signer_starts(
    folder: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: dict[str, Callable[[], Any]] = {
        "prepare": lambda: rotation.prepare(folder),
        "start": lambda: rotation.start(folder, announced=5, now=NOW),
        "retire": lambda: rotation.retire(folder, now=NOW + timedelta(days=90)),
    }
    for before in itertools.takewhile(lambda name: name != step, steps):
        steps[before]()
    size = 5
    for kill_at in itertools.count(1):
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "last"}
        calls = 0

        def counted(real: Callable[..., Any], kill_at: int = kill_at) -> Callable[..., Any]:
            def call(*args: Any, **options: Any) -> Any:
                nonlocal calls
                calls += 1
                if calls == kill_at:
                    raise Killed
                return real(*args, **options)

            return call

        with monkeypatch.context() as patch:
            for name in ("open", "fdopen", "fsync", "fchmod"):
                patch.setattr(signer.os, name, counted(getattr(signer.os, name)))
            for name in ("rename", "unlink"):
                patch.setattr(Path, name, counted(getattr(Path, name)))
            try:
                steps[step]()
            except Killed:
                pass
            else:
                break  # it went through: every moment has been tried
        # A signer starts from what the kill has left, and all that signs is public already.
        note = signed(folder, size, size + 1)
        size += 1
        assert set(signing(note, published(folder))) == {key.key_id for key in _private(folder)}
        steps_again(steps[step])
        for path in folder.iterdir():  # and back to where the step began
            if path.name != "last":
                path.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o644 if name == signer.VKEY else 0o600)
    assert kill_at > 6


def _private(folder: Path) -> list[checkpoint.Signer]:
    return [checkpoint.parse_skey(line) for line in (folder / signer.KEY).read_text().split()]


def steps_again(step: Callable[[], Any]) -> None:
    """Ask again; what had been finished but for the tidying up says so."""
    refused = ""
    try:
        step()
    except signer.CannotSign as said:
        refused = str(said)
    assert refused in ("", "no key is to be retired", "no new key was prepared")
