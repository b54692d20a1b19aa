"""A letter: shown, signed with its visible block, sealed with a timestamp, checked; then 200 of them in one process.

In one process with a played timestamp authority on this machine, as loa-esign.md section 5 measured it; rendering is in
the sandbox, as in production. Memory is that of this process and of the sandbox together.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import Figure, Result, processes, processor_seconds

LETTERS = 200
MEDIAN_AT_MOST = 0.30  # seconds
MEMORY_AT_MOST = 10.0  # MB; rendering leaves garbage that Python takes away from time to time, so medians are compared
SIZE_AT_MOST = 64  # bytes between the smallest and the largest of the same letter
WARM = 5


def run() -> Result:
    """Measure."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broker.settings")
    import django

    django.setup()
    from broker import sandbox

    with tempfile.TemporaryDirectory(prefix="bench-letter-") as folder:
        try:
            return _measured(Path(folder))
        finally:
            sandbox.close()


def _measured(folder: Path) -> Result:
    from django.test import override_settings

    from consents.loa.archive import archived
    from consents.loa.render import render_letter
    from consents.loa.stamping import accepts
    from tests.loa_desk import open_desk
    from tests.loa_samples import facts

    result = Result("letter")
    with open_desk(folder) as desk, override_settings(ALLOWED_EGRESS=[desk.place]):
        from broker.transport.timestamp import stamper

        trust = desk.trust
        stamps = lambda: stamper([desk.authority.url], accept=accepts(trust, lambda: datetime.now(UTC)))  # noqa: E731
        parts: dict[str, list[float]] = {"render": [], "block and seal": [], "check": []}
        whole: list[float] = []
        work: list[float] = []  # processor time, which other work on the machine does not stretch
        sizes: list[int] = []
        memory: list[float] = []
        sealed = b""
        for number in range(1, LETTERS + WARM + 1):
            begun, before = time.perf_counter(), processor_seconds(os.getpid())
            shown = _timed(parts["render"], lambda: render_letter(facts(), rehearsal=False).pdf)
            sealed = _timed(parts["block and seal"], lambda shown=shown: desk.seal(shown, timestamper=stamps()))  # type: ignore[misc]
            _timed(parts["check"], lambda sealed=sealed: desk.check(sealed))  # type: ignore[misc]
            if number > WARM:
                whole.append(time.perf_counter() - begun)
                work.append(processor_seconds(os.getpid()) - before)
                sizes.append(len(sealed))
                memory.append(_megabytes())
        spent: list[float] = []
        for _ in range(10):
            _timed(spent, lambda: archived(sealed, trust, stamps(), now=datetime.now(UTC), crls=[]))
    figure = result.figures.append
    figure(Figure("one letter: render, block, seal B-T, check (median)", statistics.median(whole), "s", MEDIAN_AT_MOST))
    figure(Figure("  processor time of it, the authority's too (median)", statistics.median(work), "s"))
    for name, times in parts.items():
        figure(Figure(f"  of it {name} (median)", statistics.median(times[WARM:]), "s"))
    figure(Figure("one letter, 95th of 100", statistics.quantiles(whole, n=20)[-1], "s"))
    figure(Figure("archive stamp B-LTA with its check (median)", statistics.median(spent), "s"))
    early, late = statistics.median(memory[LETTERS // 8 : LETTERS // 2]), statistics.median(memory[LETTERS // 2 :])
    figure(Figure("memory, second half less first half (medians)", late - early, "MB", MEMORY_AT_MOST))
    figure(Figure("memory, second half (median)", late, "MB"))
    figure(
        Figure(f"largest less smallest of {LETTERS} delivered files", max(sizes) - min(sizes), "bytes", SIZE_AT_MOST)
    )
    figure(Figure("delivered file (median)", statistics.median(sizes), "bytes"))
    return result


def _timed(into: list[float], work: Callable[[], Any]) -> Any:
    begun = time.perf_counter()
    answer = work()
    into.append(time.perf_counter() - begun)
    return answer


def _megabytes() -> float:
    """What this process and everything that it started hold in memory."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in processes(os.getpid()))
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
