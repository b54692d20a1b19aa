"""A fault in each file call of the signer: never a second history, never a signature ahead of the lock file."""

import errno
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from broker.audit import checkpoint, merkle, signer
from broker.audit.encoding import b64
from tests.faults.test_audit_kill import SIGNER, lines, running
from tests.unit.test_audit_signer import LEAVES, ORIGIN, request

OTHER = [*LEAVES[:5], *(merkle.leaf_hash(b"other" + bytes([at])) for at in range(35))]
ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE)
SITES = ("open", "fdopen", "fchmod", "write", "flush", "fsync", "close", "rename")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A signer's folder whose log has grown to 5."""
    signer.make_key(tmp_path / "signer", ORIGIN)
    desk = signer.Desk(tmp_path / "signer")
    desk.answer(request(0, 5))
    desk.close()
    return tmp_path / "signer"


class Faults:
    """Fails one call of the signer's to the file system, before or after it took effect."""

    def __init__(self, at: int, code: int, *, after: bool) -> None:
        self._left = at
        self._code = code
        self._after = after
        self.site = ""

    def wrap(self, site: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left:
                return real(*args, **options)
            self.site = site
            if self._after:
                real(*args, **options)
            raise OSError(self._code, os.strerror(self._code))

        return call

    @contextmanager
    def injected(self) -> Iterator[None]:
        """Stand between the signer and the file system."""
        real_fdopen = os.fdopen

        def fdopen(*args: Any, **options: Any) -> Any:
            file = self.wrap("fdopen", real_fdopen)(*args, **options)
            return _Wrapped(file, self)

        with pytest.MonkeyPatch.context() as patch:
            for name in ("open", "fchmod", "fsync", "close"):
                patch.setattr(signer.os, name, self.wrap(name, getattr(os, name)))
            patch.setattr(signer.os, "fdopen", fdopen)
            patch.setattr(Path, "rename", self.wrap("rename", Path.rename))
            yield


class _Wrapped:
    """A file whose write and flush can fail."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file = file
        self.write = faults.wrap("write", file.write)
        self.flush = faults.wrap("flush", file.flush)

    def fileno(self) -> int:
        number: int = self._file.fileno()
        return number

    def __enter__(self) -> "_Wrapped":
        return self

    def __exit__(self, *_what: object) -> None:
        self._file.close()


def fork_request(old: int, new: int) -> signer.Message:
    """A second history that grows from the same first five leaves."""
    proof = merkle.consistency_proof(old, new, lambda level, at: merkle.root_of(OTHER[at << level : (at + 1) << level]))
    return {"size": new, "root": b64(merkle.root_of(OTHER[:new])), "proof": [b64(each) for each in proof], "note": None}


def on_disk(folder: Path) -> checkpoint.Checkpoint:
    return checkpoint.parse((folder / signer.LAST).read_text())


def opened(folder: Path, reply: signer.Message) -> checkpoint.Checkpoint | None:
    if "note" not in reply:
        return None
    key = checkpoint.parse_vkey((folder / signer.VKEY).read_text().strip())
    return checkpoint.open_checkpoint(str(reply["note"]), [key], origin=ORIGIN)


def asked(desk: signer.Desk, folder: Path, what: signer.Message) -> checkpoint.Checkpoint | None:
    """What the signer signed on being asked; its lock file must say at least as much at that moment."""
    try:
        found = opened(folder, desk.answer(what))
    except OSError:
        return None
    if found is not None:
        held = on_disk(folder)
        assert held.size >= found.size
        assert held.size > found.size or held.root == found.root
    return found


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("code", ERRORS, ids=lambda code: errno.errorcode[code])
def test_an_error_in_any_file_call_signs_nothing_and_forks_nothing(folder: Path, code: int, after: bool) -> None:
    start = {path.name: path.read_bytes() for path in folder.iterdir()}
    seen = set()
    for at in itertools.count(1):
        for name, data in start.items():
            (folder / name).write_bytes(data)
        desk = signer.Desk(folder)
        faults = Faults(at, code, after=after)
        with faults.injected():
            first = asked(desk, folder, request(5, 9))
        seen.add(faults.site)
        signed = {first.size: first.root} if first else {}
        # Whatever the fault has left: a get, a second history, and the honest request again, then after a restart.
        for restarted in (False, True):
            if restarted:
                desk.close()
                desk = signer.Desk(folder)
            for what in ({"get": 1}, fork_request(5, 9), request(5, 9), {"get": 1}, request(9, 12), {"get": 1}):
                if (found := asked(desk, folder, what)) is not None:
                    assert signed.setdefault(found.size, found.root) == found.root
                    assert found.size >= on_disk(folder).size
        desk.close()
        if not faults.site:
            break
        assert first is None, faults.site
    assert set(SITES) <= seen


def test_while_the_disk_is_full_nothing_is_signed_and_afterwards_all_goes_on(folder: Path) -> None:
    desk = signer.Desk(folder)
    for _ in range(3):
        with Faults(4, errno.ENOSPC, after=False).injected(), pytest.raises(OSError, match="No space"):
            desk.answer(request(5, 9))
        assert on_disk(folder).size == 5
    assert desk.last.size == 5
    found = asked(desk, folder, request(5, 9))
    assert found is not None
    assert found.size == 9
    desk.close()


def test_what_the_disk_may_hold_is_settled_before_anything_else_is_signed(folder: Path) -> None:
    """The name was changed, the folder's fsync failed: the larger size is the one, and no other of that size."""
    desk = signer.Desk(folder)
    faults = Faults(9, errno.EIO, after=False)
    with faults.injected(), pytest.raises(OSError, match="Input/output"):
        desk.answer(request(5, 9))
    assert on_disk(folder).size == 9
    assert desk.answer(fork_request(5, 9))["error"] == "fork"
    assert opened(folder, desk.answer({"get": 1})) == (ORIGIN, 9, merkle.root_of(LEAVES[:9]))
    desk.close()


def test_a_broken_lock_file_found_after_a_fault_signs_nothing(folder: Path) -> None:
    desk = signer.Desk(folder)
    with Faults(1, errno.EIO, after=False).injected(), pytest.raises(OSError, match="Input/output"):
        desk.answer(request(5, 9))
    (folder / signer.LAST).write_text("")
    for what in ({"get": 1}, request(5, 9)):
        with pytest.raises(OSError, match="broken"):
            desk.answer(what)
    desk.close()


@pytest.mark.parametrize("step", range(1, 12))
def test_killed_at_any_file_call_the_next_signer_has_one_history(folder: Path, step: int) -> None:
    """Killed with -9 for real, in a process of its own, and asked for a second history afterwards."""
    path = folder / "s"
    signed: dict[int, bytes] = {}
    with running_alone(folder, step) as process:
        assert lines(process, 1) == ["ready\n"]
        try:
            found = opened(folder, signer.ask(path, request(5, 9)))
        except (OSError, ValueError):
            found = None
    if found is not None:
        signed[found.size] = found.root
        assert on_disk(folder).size == 9
    desk = signer.Desk(folder)
    for what in (fork_request(5, 9), request(5, 9), request(9, 12), {"get": 1}):
        if (found := asked(desk, folder, what)) is not None:
            assert signed.setdefault(found.size, found.root) == found.root
    desk.close()


@contextmanager
def running_alone(folder: Path, step: int) -> Iterator[Any]:
    """The signer of the kill tests in a process of its own; it needs no database."""
    with running(folder.parent, "-c", SIGNER, str(folder), str(step)) as process:
        yield process
