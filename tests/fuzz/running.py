"""What a run of mutations does to the sandbox: how each ended, how long it took, how much memory, any socket."""

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from broker import sandbox
from broker.sandbox import parent

LONGEST = 10.0  # seconds that one file may take


@dataclass
class Count:
    """What was counted."""

    files: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    deaths: int = 0
    too_long: int = 0
    sockets: int = 0
    slowest: float = 0.0
    memory: int = 0  # of the child, at most, in kB

    def as_dict(self) -> dict[str, Any]:
        """Give it as it is kept."""
        return {
            "files": self.files,
            "worker_deaths": self.deaths,
            "over_ten_seconds": self.too_long,
            "sockets_opened": self.sockets,
            "slowest_seconds": round(self.slowest, 2),
            "most_memory_mb": round(self.memory / 1024, 1),
            "answers": dict(self.answers.most_common()),
        }


def run(count: Count, calls: Iterable[tuple[str, dict[str, Any]]]) -> list[dict[str, Any] | None]:
    """Make these calls for one file; the answers, None for one that gave none."""
    count.files += 1
    begun = time.monotonic()
    answers: list[dict[str, Any] | None] = []
    for name, payload in calls:
        answers.append(_call(count, name, payload))
    count.slowest = max(count.slowest, time.monotonic() - begun)
    child = parent._seat.child
    if child is not None and child.alive():
        count.memory = max(count.memory, _peak(child.process.pid))
    return answers


def _call(count: Count, name: str, payload: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return sandbox.call(name, payload, wall=LONGEST, cpu=int(LONGEST))
    except sandbox.Refused as no:
        count.answers[f"refused: {no.code}"] += 1
    except sandbox.TookTooLong:
        count.too_long += 1
    except sandbox.Died as end:
        if end.kind.startswith(("signal", "exit", "tripwire")):
            count.deaths += 1
            count.sockets += end.kind == "tripwire"
        count.answers[f"broke: {end.kind}"] += 1
    return None


def _peak(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/status") as status:
            return next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0
