"""The queue of writers: in turn, with a deadline, and never lost to a fork."""

import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db.utils import OperationalError

from broker.db.sqlite3.queue import WriteQueue

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from broker.db.sqlite3.queue import WriteQueue
queue = WriteQueue(sys.argv[1], 30)
queue.take()
print("held", flush=True)
sys.stdin.read()
"""
WAITING = """
import pathlib, sys
from broker.db.sqlite3.queue import WriteQueue
queue = WriteQueue(sys.argv[1], 30)
queue.take()
pathlib.Path(sys.argv[2]).write_text("was here")
queue.give()
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "db.sqlite3"


@pytest.fixture
def holder(database: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the turn until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_free_turn_is_taken_and_given(database: Path) -> None:
    one, other = WriteQueue(database, 0), WriteQueue(database, 0)
    one.take()
    with pytest.raises(OperationalError, match="busy"):
        other.take()
    assert not other.held
    one.give()
    other.take()
    other.close()
    one.close()


def test_a_stopped_holder_costs_the_deadline_and_not_more(database: Path, holder: subprocess.Popen[str]) -> None:
    holder.send_signal(signal.SIGSTOP)
    queue = WriteQueue(database, 0.2)
    with pytest.raises(OperationalError):
        queue.take()
    assert not queue.held
    holder.send_signal(signal.SIGCONT)
    holder.communicate("")
    queue.take()
    queue.close()


def test_a_killed_holder_holds_nothing(database: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    queue = WriteQueue(database, 5)
    queue.take()
    queue.close()


def gate_is_free(database: Path) -> bool:
    """Say whether nobody stands in the gate."""
    with open(f"{database}.gate", "a") as probe:
        try:
            fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def test_who_waits_in_the_gate_is_next(database: Path, tmp_path: Path) -> None:
    """Whoever gives the turn back cannot take it again past another process that stands in the gate."""
    first, again, trace = WriteQueue(database, 30), WriteQueue(database, 30), tmp_path / "trace"
    first.take()
    waiting = subprocess.Popen([sys.executable, "-c", WAITING, str(database), str(trace)], cwd=ROOT)
    try:
        while gate_is_free(database):
            assert waiting.poll() is None
        first.give()
        again.take()
        assert trace.read_text() == "was here"
    finally:
        first.close()
        again.close()
        assert waiting.wait() == 0


def test_a_forked_child_neither_keeps_nor_frees_its_parents_turn(database: Path) -> None:
    queue, other = WriteQueue(database, 0), WriteQueue(database, 0)
    queue.take()
    ready, done = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ready[1], b"y" if queue.held else b"n")
        os.read(done[0], 1)
        os._exit(0)
    try:
        assert os.read(ready[0], 1) == b"n"
        with pytest.raises(OperationalError):
            other.take()  # the fork has freed nothing
        queue.close()
        other.take()  # and the living child holds nothing
        other.close()
    finally:
        os.write(done[1], b"x")
        os.waitpid(child, 0)


def test_an_interrupted_wait_leaves_no_lock(database: Path) -> None:
    holder, queue = WriteQueue(database, 0), WriteQueue(database, 30)
    holder.take()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(KeyboardInterrupt):
            queue.take()
    finally:
        signal.signal(signal.SIGALRM, before)
    holder.give()
    other = WriteQueue(database, 0)
    other.take()
    for each in (other, queue, holder):
        each.close()
