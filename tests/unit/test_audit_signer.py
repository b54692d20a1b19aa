"""The signer: one history, one signature per size, and no way back."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.audit import checkpoint, merkle, signer
from broker.audit.encoding import b64

ORIGIN = "broker.localhost/audit/unit"
LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(40)]


def read(level: int, index: int) -> bytes:
    """Any complete subtree over LEAVES."""
    return merkle.root_of(LEAVES[index << level : (index + 1) << level])


def request(old: int, new: int, **changes: object) -> signer.Message:
    """An honest request to go from one size to another."""
    proof = [b64(each) for each in merkle.consistency_proof(old, new, read)]
    honest: signer.Message = {"size": new, "root": b64(merkle.root_of(LEAVES[:new])), "proof": proof, "note": None}
    return {**honest, **changes}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A signer's folder with a fresh key."""
    signer.make_key(tmp_path / "signer", ORIGIN)
    return tmp_path / "signer"


@pytest.fixture
def desk(folder: Path) -> Iterator[signer.Desk]:
    """A signer that is ready."""
    made = signer.Desk(folder)
    yield made
    made.close()


def opened(folder: Path, reply: signer.Message) -> checkpoint.Checkpoint:
    """What a reply's note says, checked with the public key."""
    key = checkpoint.parse_vkey((folder / signer.VKEY).read_text().strip())
    return checkpoint.open_checkpoint(str(reply["note"]), [key], origin=ORIGIN)


def test_a_new_log_is_signed_at_size_nought(folder: Path, desk: signer.Desk) -> None:
    assert opened(folder, desk.answer({"get": 1})) == (ORIGIN, 0, merkle.EMPTY_ROOT)


def test_a_grown_tree_is_signed_and_remembered(folder: Path, desk: signer.Desk) -> None:
    reply = desk.answer(request(0, 5))
    assert opened(folder, reply).size == 5
    reply = desk.answer(request(5, 12, note=reply["note"]))
    assert opened(folder, reply) == (ORIGIN, 12, merkle.root_of(LEAVES[:12]))
    assert desk.answer(request(12, 12)) == reply == desk.answer({"get": 1})
    desk.close()
    again = signer.Desk(folder)
    assert again.answer({"get": 1}) == reply
    again.close()
    desk._lock = os.open(folder / signer.LOCK, os.O_RDWR)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"root": b64(merkle.leaf_hash(b"fork"))}, "fork"),
        ({"proof": []}, "fork"),
        ({"size": 3, "root": b64(merkle.root_of(LEAVES[:3])), "proof": []}, "smaller"),
        ({"size": 5, "root": b64(merkle.leaf_hash(b"fork")), "proof": []}, "fork"),
        ({"size": "9"}, "malformed"),
        ({"size": True}, "malformed"),
        ({"root": "x"}, "malformed"),
        ({"proof": ["x"]}, "malformed"),
        ({"note": "not a note"}, "malformed"),
        ({"more": 1}, "malformed"),
    ],
)
def test_everything_else_is_refused(desk: signer.Desk, changes: dict[str, object], error: str) -> None:
    desk.answer(request(0, 5))
    reply = desk.answer(request(5, 9, **changes))
    assert reply["error"] == error
    assert reply["size"] == 5
    assert desk.last.size == 5


def test_a_signer_whose_lock_file_was_set_back_refuses(folder: Path) -> None:
    desk = signer.Desk(folder)
    old = (folder / signer.LAST).read_text()
    newest = desk.answer(request(0, 8))["note"]
    desk.close()
    (folder / signer.LAST).write_text(old)
    desk = signer.Desk(folder)
    assert desk.answer(request(0, 9, note=newest))["error"] == "lock file is behind"
    desk.close()


def test_a_lock_file_deleted_meanwhile_stops_the_signing(folder: Path, desk: signer.Desk) -> None:
    (folder / signer.LAST).unlink()
    assert desk.answer(request(0, 2))["error"] == "lock file is missing"


@pytest.mark.parametrize("missing", [signer.KEY, signer.LAST])
def test_without_key_or_lock_file_no_signer_starts(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(signer.CannotSign):
        signer.Desk(folder)


def test_a_broken_lock_file_is_never_size_nought(folder: Path) -> None:
    (folder / signer.LAST).write_text("")
    with pytest.raises(signer.CannotSign):
        signer.Desk(folder)


def test_a_readable_key_is_refused(folder: Path) -> None:
    (folder / signer.KEY).chmod(0o644)
    with pytest.raises(signer.CannotSign):
        signer.Desk(folder)


def test_there_is_one_signer_only(folder: Path, desk: signer.Desk) -> None:
    with pytest.raises(signer.CannotSign):
        signer.Desk(folder)


def test_a_key_is_made_once(folder: Path) -> None:
    with pytest.raises(signer.CannotSign):
        signer.make_key(folder, ORIGIN)
    desk = signer.Desk(folder)
    desk.answer(request(0, 3))
    desk.close()
    (folder / signer.KEY).unlink()
    with pytest.raises(signer.CannotSign):  # what was signed with it has no second history
        signer.make_key(folder, ORIGIN)


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_key_whose_making_was_cut_off_is_made_by_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    real, done = signer.replace, []

    def cut_off(path: Path, text: str, mode: int) -> None:
        if len(done) == writes:
            raise OSError("cut off")
        done.append(path.name)
        real(path, text, mode)

    with monkeypatch.context() as patch:
        patch.setattr(signer, "replace", cut_off)
        with pytest.raises(OSError, match="cut off"):
            signer.make_key(tmp_path / "signer", ORIGIN)
    assert signer.KEY not in done
    made = signer.make_key(tmp_path / "signer", ORIGIN)
    assert (tmp_path / "signer" / signer.VKEY).read_text("ascii") == made.encode() + "\n"
    signer.Desk(tmp_path / "signer").close()


def test_where_another_logs_lock_file_or_a_published_key_alone_lies_none_is_made(folder: Path) -> None:
    (folder / signer.KEY).unlink()
    with pytest.raises(signer.CannotSign):
        signer.make_key(folder, "broker.localhost/audit/other")
    (folder / signer.LAST).write_bytes(b"\xff")
    with pytest.raises(signer.CannotSign):
        signer.make_key(folder, ORIGIN)
    (folder / signer.LAST).unlink()
    with pytest.raises(signer.CannotSign):
        signer.make_key(folder, ORIGIN)


def test_two_keys_sign_side_by_side(folder: Path) -> None:
    second = checkpoint.Signer.new(ORIGIN, bytes(32))
    with (folder / signer.KEY).open("a") as file:
        file.write(second.encode() + "\n")
    desk = signer.Desk(folder)
    note = str(desk.answer(request(0, 3))["note"])
    desk.close()
    first = checkpoint.parse_vkey((folder / signer.VKEY).read_text().strip())
    both = checkpoint.open_note(note, [first, second.verifier()])
    assert [line.key_id for line in both.verified] == [first.key_id, second.key_id]
    assert checkpoint.open_note(note, [second.verifier()]).unverified


def test_it_answers_at_a_unix_socket(folder: Path, desk: signer.Desk) -> None:
    path, stop = folder / "s", threading.Event()
    with signer.listen(path) as server:
        serving = threading.Thread(target=signer.serve, args=(desk, server, stop.is_set))
        serving.start()
        try:
            assert opened(folder, signer.ask(path, request(0, 4))).size == 4
            assert signer.ask(path, {"get": 2})["error"] == "malformed"
            assert opened(folder, signer.ask(path, {"get": 1})).size == 4
        finally:
            stop.set()
            serving.join()
    shutil.rmtree(folder)
    with pytest.raises(OSError, match="No such file"):
        signer.ask(path, {"get": 1})


def test_a_half_written_lock_file_never_takes_the_place_of_the_old_one(folder: Path) -> None:
    before = (folder / signer.LAST).read_text()
    (folder / "last.new").write_text("half")
    desk = signer.Desk(folder)
    assert (folder / signer.LAST).read_text() == before
    assert opened(folder, desk.answer(request(0, 6))).size == 6
    desk.close()
