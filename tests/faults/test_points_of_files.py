"""Every way in which the product writes a file below its own folders is a point, and can be cut in the middle."""

import errno
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from broker.audit import export, marked, signer
from broker.operating import archive
from broker.vault import keyring
from consents.loa import seal_key
from tests.faults.points.injecting import Injector

WORDS = "a file is written whole or not at all\n" * 9


def _bare(folder: Path) -> None:
    descriptor = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, WORDS.encode())
    os.close(descriptor)


# How it is written, and the function that the point is named by.
WRITERS: dict[str, tuple[Callable[[Path], Any], str]] = {
    "key file": (lambda folder: keyring.write_new(folder / "keys"), "file broker.vault.keyring:write_new #1"),
    "archive": (lambda folder: archive.write_text(folder, "part", WORDS), "file broker.operating.archive:write #1"),
    "marked": (lambda folder: marked.save(folder / "said", "tests", WORDS), "file broker.audit.marked:save #1"),
    "signer": (lambda folder: signer.replace(folder / "last", WORDS, 0o600), "file broker.audit.signer:replace #1"),
    "seal key": (
        lambda folder: seal_key.write_new(folder / "seal", WORDS.encode()), "file consents.loa.seal_key:write_new #1",
    ),
    "export": (lambda folder: export._put(folder / "tile", WORDS.encode()), "file broker.audit.export:_put #1"),
    "bare": (_bare, "file test #1"),
}  # fmt: skip


def _written(writer: Callable[[Path], Any], to: Path, told: Path, fault: str = "", point: str = "") -> tuple[Any, int]:
    """Write in a process of its own, as nothing is unwrapped again; give what it told, and how it ended."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        injector, found = Injector(point, fault), 0
        injector.arm()
        try:
            writer(to)
        except OSError as error:
            found = error.errno or -1
        told.write_text(json.dumps({"passed": injector.passed, "error": found}))
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    return (json.loads(told.read_text()) if told.exists() else None), status


@pytest.fixture
def ours(tmp_path: Path, settings: Any, db: None) -> Path:
    """A folder of the installation."""
    settings.DATA_DIR = tmp_path / "ours"
    settings.DATA_DIR.mkdir()
    return tmp_path / "ours"


@pytest.mark.parametrize("how", WRITERS)
def test_it_is_a_point(ours: Path, tmp_path: Path, how: str) -> None:
    writer, name = WRITERS[how]
    told, _status = _written(writer, ours, tmp_path / "told")
    assert [each for each in told["passed"] if each.startswith("file")] == [name]
    whole = sum(each.stat().st_size for each in ours.iterdir())
    assert whole > 0


@pytest.mark.parametrize("how", WRITERS)
def test_it_is_cut_in_its_middle(ours: Path, tmp_path: Path, how: str) -> None:
    writer, name = WRITERS[how]
    _written(writer, ours, tmp_path / "told")
    (whole,) = (each.stat().st_size for each in ours.iterdir())
    for each in ours.iterdir():
        each.unlink()
    (tmp_path / "told").unlink()
    told, status = _written(writer, ours, tmp_path / "told", "killed before", name)
    assert (told, os.WTERMSIG(status)) == (None, signal.SIGKILL)
    (half,) = (each.stat().st_size for each in ours.iterdir())
    assert 0 < half < whole
    for each in ours.iterdir():
        each.unlink()
    told, _status = _written(writer, ours, tmp_path / "told", "disk full", name)
    assert told["error"] == errno.ENOSPC


def test_a_disk_that_is_full_takes_nothing_more_of_a_file_that_was_begun(ours: Path, tmp_path: Path) -> None:
    def two(folder: Path) -> None:
        with (folder / "one").open("w") as one, (folder / "two").open("w") as two:
            one.write(WORDS)
            try:
                two.write(WORDS)
            except OSError:
                one.write(WORDS)

    told, _status = _written(two, ours, tmp_path / "told", "disk full", "file test #2")
    assert (told["passed"], told["error"]) == (["file test #1", "file test #2"], errno.ENOSPC)
    assert (ours / "one").read_text() == WORDS


def test_a_file_elsewhere_and_one_that_is_read_are_none(ours: Path, tmp_path: Path) -> None:
    def elsewhere(folder: Path) -> None:
        _bare(folder.parent)
        (folder.parent / "more").write_text(WORDS)
        assert (folder.parent / "more").read_text() == WORDS
        assert (folder / "there").read_text() == WORDS

    (ours / "there").write_text(WORDS)
    told, _status = _written(elsewhere, ours, tmp_path / "told")
    assert told == {"passed": [], "error": 0}
