"""The keys that a stranger gives to verify.py: as text or as a file, and a wrong one is never told as tampering."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from broker.audit import checkpoint
from broker.audit.standalone import verify
from tests import memory_log
from tests.memory_log import ORIGIN, RECEIPTS, SIGNER, Fake

LOG_KEY, RECEIPT_KEY = SIGNER.verifier().encode(), RECEIPTS.verifier().encode()
EARLIER = checkpoint.Signer.new("broker.localhost/audit/earlier", bytes(range(9, 41)))
EARLIER_KEY = EARLIER.verifier().encode()


@pytest.fixture(scope="module")
def log() -> Fake:
    """Nine events."""
    return memory_log.filled(9, every=3)


@pytest.fixture
def folder(log: Fake, tmp_path: Path) -> Path:
    """A pack of two of them, unpacked."""
    return unpack(memory_log.pack(log, [0, 2], [0]), tmp_path / "pack")


def unpack(files: dict[str, bytes], folder: Path) -> Path:
    """Write the files into a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def run(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The program as its reader starts it."""
    argv = [sys.executable, "-I", verify.__file__, *map(str, arguments)]
    return subprocess.run(
        argv, cwd=folder, capture_output=True, text=True, env={"PATH": "", "HOME": str(folder)}, check=False
    )


def verdict(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The last line."""
    assert not done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def refused(done: subprocess.CompletedProcess[str], option: str) -> str:
    """A usage error about this option, which says what a key looks like and nothing about the pack; its words."""
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = [line for line in done.stderr.splitlines() if f"error: argument {option}: " in line]
    assert "A key looks like log.example/audit/main+1a2b3c4d+" in line
    return line


def test_a_key_may_be_given_as_the_file_that_holds_it(folder: Path, tmp_path: Path) -> None:
    log_key, receipt_key = tmp_path / "vkey", tmp_path / "receipt-vkey"
    log_key.write_text(f"{LOG_KEY}\n")
    receipt_key.write_text(f"{RECEIPT_KEY}\n")
    done = run(folder, "--log-key", log_key, "--receipt-key", receipt_key)
    assert (done.returncode, done.stdout.splitlines()[-2]) == (0, "Complete and unchanged.")
    assert verdict(done)["trust"] == "given"
    done = run(folder, "--log-key", "../vkey", f"--receipt-key={RECEIPT_KEY}")
    assert (done.returncode, verdict(done)["trust"]) == (0, "given")


@pytest.mark.parametrize(
    "data",
    [
        f"{LOG_KEY}".encode(),
        f"{LOG_KEY}\r\n\r\n".encode(),
        f"\ufeff{LOG_KEY}\n".encode(),
        f"{LOG_KEY}\r\n".encode("utf-16"),
        f"{EARLIER_KEY}\n{LOG_KEY}\n{LOG_KEY}\n".encode(),
        f"{RECEIPT_KEY}\n{LOG_KEY}\n".encode(),
    ],
    ids=["no end of line", "Windows", "mark", "UTF-16", "keys of two logs", "both keys"],
)
def test_a_file_holds_its_keys_however_it_was_saved(folder: Path, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "keys").write_bytes(data)
    done = run(folder, "--log-key", tmp_path / "keys", "--log-key", LOG_KEY, "--receipt-key", RECEIPT_KEY)
    assert (done.returncode, verdict(done)["trust"]) == (0, "given")


@pytest.mark.parametrize("option", ["--log-key", "--receipt-key", "--witness"])
@pytest.mark.parametrize(
    "text",
    ["", "vkey", "no/such/file", "x" * 5000, f"{LOG_KEY[:-4]}AAA=", LOG_KEY.rpartition("+")[0], "a\udce9+b+c"],
    ids=["empty", "name", "path", "long", "changed", "cut off", "not UTF-8"],
)
def test_what_is_neither_key_nor_file_is_a_usage_error(folder: Path, option: str, text: str) -> None:
    assert "this is neither a key nor the name of a file that is there" in refused(run(folder, option, text), option)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "the file holds no key"),
        (b"<!doctype html><title>Not found</title>", "what stands in the file is no key"),
        (f"{LOG_KEY}\n{RECEIPT_KEY[:-8]}\n".encode(), "what stands in the file is no key"),
        (bytes(range(256)), "what stands in the file is no key"),
    ],
    ids=["empty", "page", "cut off", "binary"],
)
def test_a_file_that_holds_something_else_is_a_usage_error(folder: Path, tmp_path: Path, data: bytes, why: str) -> None:
    (tmp_path / "vkey").write_bytes(data)
    assert why in refused(run(folder, "--log-key", tmp_path / "vkey"), "--log-key")


def test_a_folder_is_no_file_of_keys(folder: Path, tmp_path: Path) -> None:
    assert "the file cannot be read (IsADirectoryError)" in refused(run(folder, "--log-key", tmp_path), "--log-key")


def test_the_two_keys_given_the_wrong_way_round_are_a_usage_error(folder: Path) -> None:
    said = refused(run(folder, "--log-key", RECEIPT_KEY), "--log-key")
    assert "this is the key of a log's receipts, which --receipt-key takes" in said
    said = refused(run(folder, "--receipt-key", LOG_KEY), "--receipt-key")
    assert "this is the key of a log, which --log-key takes" in said


def test_a_log_named_receipt_keeps_its_keys_apart(folder: Path) -> None:
    """Both names end alike: the log's own is told by its shape."""
    name = "broker.localhost/audit/receipt"
    own, receipts = (checkpoint.Signer.new(each, bytes(32)).verifier().encode() for each in (name, f"{name}/receipt"))
    assert verify.parse(["--log-key", own, "--receipt-key", receipts]).log_key == [own]
    refused(run(folder, "--log-key", receipts), "--log-key")
    refused(run(folder, "--receipt-key", own), "--receipt-key")


def test_another_operators_key_still_fails_the_pack(folder: Path, tmp_path: Path) -> None:
    stranger = tmp_path / "vkey"
    stranger.write_text(checkpoint.Signer.new(ORIGIN, bytes(32)).verifier().encode())
    done = run(folder, "--log-key", stranger)
    assert (done.returncode, verdict(done)["file"]) == (1, "log.vkey")


def test_the_key_of_an_earlier_log_does_not_sign_for_this_one(log: Fake, tmp_path: Path) -> None:
    files = memory_log.pack(log, [], [])
    size, root = log.tree.size, log.tree.root()
    files["checkpoint"] = checkpoint.sign(checkpoint.text_of(log.notes[-1][1]), [EARLIER]).encode()
    files = memory_log.signed({name: files[name] for name in files if not name.startswith("manifest.")}, size, root)
    place = unpack(files, tmp_path / "pack")
    done = run(place, "--log-key", EARLIER_KEY, "--log-key", LOG_KEY, "--receipt-key", RECEIPT_KEY)
    assert (done.returncode, verdict(done)["file"]) == (1, "checkpoint")


def test_an_export_is_checked_with_its_own_log_s_key_of_several(log: Fake, tmp_path: Path) -> None:
    (tmp_path / "vkey").write_text(f"{EARLIER_KEY}\n{LOG_KEY}\n")
    place = tmp_path / "export"
    place.mkdir()
    done = run(memory_log.export(log, place), "--log-key", tmp_path / "vkey")
    assert (done.returncode, verdict(done)["trust"]) == (0, "given")
    assert EARLIER_KEY not in done.stdout
    done = run(place, "--log-key", EARLIER_KEY)
    assert (done.returncode, verdict(done)["kind"]) == (1, "signature")


def test_help_says_what_a_key_is_where_it_is_found_and_how_it_ends(folder: Path) -> None:
    done = run(folder, "--help")
    shown = " ".join(done.stdout.split())
    assert "log.example/audit/main+1a2b3c4d+" in shown
    for each in ("/log/vkey", "/log/receipt-vkey", "or the name of a file", "exit code", "2 "):
        assert each in shown
