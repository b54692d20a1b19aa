"""`./run test` ends with both of its parts, by itself or by a signal; two stubs stand in for the tests."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.environment import ROOT

# In the place of Python: says over a pipe when it runs and when it was told to end. What it starts hears no signal, and
# holds the pipe open as long as it lives.
STUB = f"""#!{sys.executable}
import os, signal, subprocess, sys
if "tests.security.ran" in sys.argv:
    sys.exit(0)
if os.environ["HOW"].isdigit():
    sys.exit(int(os.environ["HOW"]))
part, pipe = "browser" if "tests/browser" in sys.argv else "rest", int(os.environ["PIPE"])
for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
subprocess.Popen(["sleep", "infinity"], pass_fds=[pipe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
for number in (signal.SIGHUP, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)
def told(*_):
    os.write(pipe, f"{{part}} told\\n".encode())
    if os.environ["HOW"] == "hears":
        sys.exit(2)
signal.signal(signal.SIGINT, told)
os.write(pipe, f"{{part}} runs {{os.getpid()}}\\n".encode())
while True:
    signal.pause()
"""
PATIENCE = 120  # seconds after which a test that waits for what never comes fails instead


@contextmanager
def begun(folder: Path, how: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start the two parts as `./run test` does, without its set-up and checks; give it and what the stubs say."""
    program = (ROOT / "run").read_text().partition("\n# --- commands ---")[0]
    (folder / "run").write_text(f"{program}\ntests\nverdict\n")
    python = folder / ".venv" / "bin" / "python"
    for each in (python.parent, folder / "var" / "check"):
        each.mkdir(parents=True)
    python.write_text(STUB)
    python.chmod(0o755)
    said, pipe = os.pipe()
    env = {**os.environ, "HOW": how, "PIPE": str(pipe)}
    argv = ["env", "--default-signal", "sh", str(folder / "run")]
    with subprocess.Popen(argv, env=env, pass_fds=[pipe], stdout=subprocess.PIPE, text=True) as child:
        os.close(pipe)
        yield child, said
        os.close(said)


def words(said: int, lines: int) -> list[str]:
    """Read so many lines of the stubs, or all until nobody is left who could say anything."""
    found = b""
    while found.count(b"\n") < lines:
        assert select.select([said], [], [], PATIENCE)[0], f"it goes on, after {found!r}"
        if not (more := os.read(said, 1)):
            break
        found += more
    return sorted(found.decode().splitlines())


def runs(said: int) -> list[int]:
    """Wait until both parts run; give their processes."""
    found = [line.split() for line in words(said, 2)]
    assert [line[:2] for line in found] == [["browser", "runs"], ["rest", "runs"]]
    return [int(line[2]) for line in found]


def ended(processes: list[int]) -> None:
    """Leave nothing behind where a test fails."""
    for each in processes:
        with suppress(ProcessLookupError):
            os.killpg(each, signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda each: each.name)
def test_a_signal_to_the_door_ends_both_parts_and_what_they_started(tmp_path: Path, number: signal.Signals) -> None:
    with begun(tmp_path, "hears") as (child, said):
        processes = runs(said)
        try:
            child.send_signal(number)
            assert child.wait(PATIENCE) == 128 + number
            assert words(said, 99) == ["browser told", "rest told"]  # and nobody is left
        finally:
            ended(processes)


def test_a_second_signal_does_not_wait_for_what_will_not_end(tmp_path: Path) -> None:
    with begun(tmp_path, "goes on") as (child, said):
        processes = runs(said)
        try:
            child.send_signal(signal.SIGTERM)
            assert words(said, 2) == ["browser told", "rest told"]
            assert child.poll() is None
            child.send_signal(signal.SIGHUP)
            assert child.wait(PATIENCE) == 128 + signal.SIGTERM
            assert words(said, 99) == []
        finally:
            ended(processes)


@pytest.mark.parametrize(("code", "verdict"), [("0", 0), ("3", 1)])
def test_the_verdict_is_that_of_both_parts(tmp_path: Path, code: str, verdict: int) -> None:
    with begun(tmp_path, code) as (child, said):
        assert child.wait(PATIENCE) == verdict
        assert words(said, 1) == []
