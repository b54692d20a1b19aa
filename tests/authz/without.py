"""Every guard taken out, one at a time, each in a copy of the tree in which the matrix is asked."""

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Lock

import pytest

from tests.authz.guards import Guard, tests_of
from tests.authz.notices import areas_of
from tests.authz.world import shared
from tests.environment import ROOT, RUN
from tests.faults.scale import WHOLE

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "__pycache__", "*.pyc", ".mypy_cache")
PATIENCE = 300  # seconds for one guard
PATIENCE_UNCUT = 1200  # for all that would notice it, of which nothing fails


@dataclass(frozen=True)
class Verdict:
    """What came of one guard that was taken out."""

    guard: Guard
    noticed: bool
    how: str


def copied(folder: Path) -> Path:
    """Give a copy of the tree."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT, symlinks=True)
    (folder / "var").symlink_to(ROOT / "var")
    compileall.compile_dir(folder, quiet=2)  # once for all: each process that follows would begin with it
    return folder


def judge(tree: Path, guard: Guard) -> Verdict:
    """Take one guard out of a copy, see what happens, and put it back."""
    path = tree / guard.file
    before = path.read_text()
    path.write_text(guard.without)
    try:
        done = _ran(tree, _asks(guard), PATIENCE)
    finally:
        path.write_text(before)
    if done is None:
        return Verdict(guard, False, "nothing was noticed in time")
    if tests_of(guard):
        return Verdict(guard, done.returncode == pytest.ExitCode.TESTS_FAILED, _failed(done) or "nobody noticed")
    return Verdict(guard, done.returncode == 1 and bool(done.stdout.strip()), _last(done))


def _ran(tree: Path, argv: Sequence[str], seconds: float) -> subprocess.CompletedProcess[str] | None:
    """Run something in a copy; None where it was not over in time."""
    env = environment(tree)
    try:
        return subprocess.run(argv, cwd=tree, env=env, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None


def _failed(done: subprocess.CompletedProcess[str]) -> str:
    return next((line for line in done.stdout.splitlines() if line.startswith(("FAILED", "E  "))), "")


def _last(done: subprocess.CompletedProcess[str]) -> str:
    return (done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or [""])[-1]


class Uncut:
    """What would notice a guard, asked once while nothing is taken out: what fails by itself notices nothing.

    Once for each set of tests. Of the matrix once for the areas that a file serves, and in a whole run alone: each run
    of the tests asks every cell of it anyway.
    """

    def __init__(self) -> None:
        self._said: dict[tuple[str, ...], Future[str]] = {}
        self._turn = Lock()

    def fails(self, tree: Path, guard: Guard) -> str:
        """Give what fails without this guard being touched, or ""; whoever asks first runs it, the others wait."""
        tests = tests_of(guard)
        if not tests and not WHOLE:
            return ""
        key = tests or areas_of(guard.file)
        with self._turn:
            first, said = key not in self._said, self._said.setdefault(key, Future())
        if first:
            try:
                done = _ran(tree, _asks(guard), PATIENCE_UNCUT)
            except BaseException as broken:
                said.set_exception(broken)
                raise
            fine = done is not None and done.returncode == 0
            said.set_result("" if fine else "not over in time" if done is None else _failed(done) or _last(done))
        return said.result()


def environment(tree: Path) -> dict[str, str]:
    """Give the child's environment: without the place where a whole run notes what ran, for it fails on purpose."""
    ours = {name: value for name, value in os.environ.items() if name != "BROKER_RAN"}
    return {**ours, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}


def _asks(guard: Guard) -> list[str]:
    """Give what looks for the guard: the tests that it names, else the matrix."""
    if tests := tests_of(guard):
        return [sys.executable, "-m", "pytest", "-x", "-n", "0", "-rf", "-k", "not postgresql", *tests]
    return [sys.executable, "-m", "tests.authz.notices", guard.file, guard.name]


def all_of(found: Iterable[Guard], workers: int = 2) -> Iterator[Verdict]:
    """Judge each guard, in as many copies as there are workers; what breaks in one of them ends it all."""
    shared("sqlite")  # made once, before the copies ask for it
    trees: SimpleQueue[Path] = SimpleQueue()
    uncut = Uncut()

    def one(guard: Guard) -> Verdict:
        tree = trees.get()
        try:
            failing = uncut.fails(tree, guard)
            return Verdict(guard, False, f"fails with nothing taken out: {failing}") if failing else judge(tree, guard)
        finally:
            trees.put(tree)

    pool = ThreadPoolExecutor(workers)
    try:
        for tree in pool.map(copied, [RUN / "trees" / str(number) for number in range(workers)]):
            trees.put(tree)
        for done in as_completed([pool.submit(one, guard) for guard in found]):
            yield done.result()
    finally:
        pool.shutdown(cancel_futures=True)
