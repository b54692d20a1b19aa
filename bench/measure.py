"""How a benchmark measures, and what it hands back."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


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


@dataclass
class Result:
    """The rows of one benchmark."""

    name: str
    rows: list[Row] = field(default_factory=list)


def median(action: Callable[[], object], *, rounds: int = 7, times: int = 1) -> float:
    """Give the median seconds of one call, over `rounds` rounds of `times` calls each."""
    spent = []
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(times):
            action()
        spent.append((time.perf_counter() - start) / times)
    return statistics.median(spent)
