"""Every guard taken out, one at a time, each in a copy of the tree in which the matrix is asked."""

import compileall
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.authz import standing
from tests.authz.guards import Guard
from tests.authz.world import shared
from tests.environment import ROOT, RUN

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "__pycache__", "*.pyc", ".mypy_cache")
PATIENCE = 300  # seconds for one guard


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
        done = subprocess.run(
            _asks(guard),
            cwd=tree,
            env=environment(tree),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Verdict(guard, False, "nothing was noticed in time")
    finally:
        path.write_text(before)
    if guard.kind in standing.KINDS:
        failed = next(
            (line for line in done.stdout.splitlines() if line.startswith(("FAILED", "E  "))), "nobody noticed"
        )
        return Verdict(guard, done.returncode == pytest.ExitCode.TESTS_FAILED, failed)
    last = (done.stdout.strip().splitlines() or done.stderr.strip().splitlines() or [""])[-1]
    return Verdict(guard, done.returncode == 1 and bool(done.stdout.strip()), last)


def environment(tree: Path) -> dict[str, str]:
    """Give the child's environment: without the place where a whole run notes what ran, for it fails on purpose."""
    ours = {name: value for name, value in os.environ.items() if name != "BROKER_RAN"}
    return {**ours, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}


def _asks(guard: Guard) -> list[str]:
    """Give what looks for the guard: the tests that it names, else the matrix."""
    if guard.kind in standing.KINDS:
        tests = standing.tests_of(guard.file)
        return [sys.executable, "-m", "pytest", "-x", "-n", "0", "-rf", "-k", "not postgresql", *tests]
    return [sys.executable, "-m", "tests.authz.notices", guard.file, guard.name]


def all_of(found: Iterable[Guard], workers: int = 2) -> Iterator[Verdict]:
    """Judge each guard, in as many copies as there are workers; what breaks in one of them ends it all."""
    shared("sqlite")  # made once, before the copies ask for it
    trees: SimpleQueue[Path] = SimpleQueue()

    def one(guard: Guard) -> Verdict:
        tree = trees.get()
        try:
            return judge(tree, guard)
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
