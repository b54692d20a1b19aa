"""How a benchmark measures, and what it hands back."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One measured thing beside what it is compared with."""

    what: str
    seconds: float
    baseline: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the baseline this takes."""
        return self.seconds / self.baseline if self.baseline else None


@dataclass(frozen=True)
class Figure:
    """One figure in its own unit, with the goal that it should reach."""

    what: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def goal(self) -> str:
        """The goal in words; empty where there is none."""
        if self.at_most is not None:
            return f"<= {self.at_most:,g}"
        return "" if self.at_least is None else f">= {self.at_least:,g}"

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    @property
    def verdict(self) -> str:
        """That in a word."""
        return {True: "met", False: "MISSED", None: ""}[self.met]


@dataclass
class Result:
    """What one benchmark measured: times beside a baseline, and figures beside a goal; the seed of all it drew."""

    name: str
    rows: list[Row] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    seed: int | None = None  # None says that nothing was drawn


def processor_seconds(pid: int) -> float:
    """Give how long a process and everything that it started have worked, what has ended since included."""
    stats = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in processes(pid)]
    return sum(sum(map(int, each[11:15])) for each in stats) / os.sysconf("SC_CLK_TCK")


def processes(pid: int) -> list[int]:
    """Give the numbers of a process and of all that it started and that still run."""
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        for task in Path(f"/proc/{found[-1]}/task").iterdir():
            waiting += [int(child) for child in (task / "children").read_text().split()]
    return found


def median(action: Callable[[], object], *, rounds: int = 7, times: int = 1) -> float:
    """Give the median seconds of one call, over `rounds` rounds of `times` calls each."""
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            action()
        spent.append((time.perf_counter() - start) / times)
    return statistics.median(spent)
