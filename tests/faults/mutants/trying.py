"""Tries one mistake in a process of its own: the module is loaded with it, and its tests look whether they notice.

The parent loads what is not ours (pytest, hypothesis) once and forks for each mistake, so that a try costs what its
tests cost and not a start of everything. It never loads a module of ours: each child gets them fresh.
"""

import ast
import math
import os
import resource
import signal
import sys
import time
import types
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path

import hypothesis
import hypothesis.strategies
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers import aead

from tests.faults.mutants.mistakes import mistakes
from tests.faults.mutants.table import Rules

ROOT = Path(__file__).resolve().parents[3]
LOADED_ONCE = (hypothesis.strategies, ed25519, aead)  # before any fork, else each try would load them anew
OURS = ("broker", "consents", "requests_app")
NOTICED, SILENT, TOO_LONG = "noticed", "survived", "took too long"
_ALL_PASSED, _NOTHING_RAN = int(pytest.ExitCode.OK), int(pytest.ExitCode.NO_TESTS_COLLECTED)
_STARVED = 40  # so many times slower than a quiet machine, and nothing can be said
_MEMORY = 3 << 30  # a loop that a mistake made endless ends here or by its time

# As in conftest.py, which the children leave out: it loads Django. Always the same examples: a verdict is repeatable.
hypothesis.settings.register_profile(
    "mutants",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Try:
    """A running try: which mistake (None: the module as it is), its process, and until when it may run at all."""

    rules: Rules
    number: int | None
    pid: int
    until: float


class _WithMistake(MetaPathFinder, Loader):
    """Gives one module of ours from a changed syntax tree."""

    def __init__(self, file: str, number: int) -> None:
        self.file, self.number = file, number
        self.name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self, origin=self.file) if fullname == self.name else None

    def exec_module(self, module: types.ModuleType) -> None:
        tree = ast.parse((ROOT / self.file).read_text())
        mistakes(tree)[self.number].make()
        module.__file__ = str(ROOT / self.file)
        exec(compile(ast.fix_missing_locations(tree), module.__file__, "exec"), module.__dict__)


def begin(rules: Rules, number: int | None, seconds: float, output: Path) -> Try:
    """Begin a try with this mistake, or with none; it may take so many seconds of a processor.

    Not of the wall: what else runs on the machine would decide whether a mistake is noticed.
    """
    loaded = [name for name in sys.modules if name.partition(".")[0] in OURS]
    assert not loaded, f"a module of ours is loaded already, and would be without the mistake: {loaded[0]}"
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(seconds), math.ceil(seconds) + 5))
            code = _child(rules, number, output)
        finally:
            os._exit(code)
    return Try(rules, number, pid, time.monotonic() + _STARVED * seconds + 60)


def _child(rules: Rules, number: int | None, output: Path) -> int:
    os.setpgid(0, 0)
    os.nice(max(0, 5 - os.nice(0)))  # others come first, whether or not the run began so
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    into = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(into, 1)
    os.dup2(into, 2)
    os.chdir(ROOT)
    if number is not None:
        sys.meta_path.insert(0, _WithMistake(rules.file, number))
    hypothesis.settings.load_profile("mutants")
    if rules.django:
        import django

        django.setup()
    leaves = ["-k", f"not ({rules.leaves})"] if rules.leaves else []
    plain = ["--noconftest", "-p", "no:django", "-p", "no:xdist", "-p", "no:schemathesis", "-x", "-q", "--tb=line"]
    return int(pytest.main([*plain, *leaves, *rules.tests]))


def finished(tries: Sequence[Try]) -> tuple[Try, str, float] | None:
    """Give one of these tries that is over, its verdict and the processor's seconds; None while all still run."""
    for each in tries:
        pid, status, used = os.wait4(each.pid, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
            if code == _NOTHING_RAN:
                raise RuntimeError(f"no test ran for {each.rules.file}")
            words = {_ALL_PASSED: SILENT, -signal.SIGXCPU: TOO_LONG, -signal.SIGKILL: TOO_LONG}
            return each, words.get(code, NOTICED), used.ru_utime + used.ru_stime
        if time.monotonic() > each.until:
            os.killpg(each.pid, signal.SIGKILL)
            os.waitpid(each.pid, 0)
            raise RuntimeError(f"{each.rules.file}: the machine is too busy to say anything about number {each.number}")
    return None
