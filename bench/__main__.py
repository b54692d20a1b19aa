"""Run benchmarks: each module `bench/bench_NAME.py` has a function `run() -> Result`."""

import argparse
import importlib
import json
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.measure import Result
from tests.faults.__main__ import commit

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    """Give the names of all benchmarks."""
    return sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def show(result: Result) -> None:
    """Print a table for people and a JSON line each for programs."""
    print(f"\n{result.name}")
    if result.rows:
        print(f"  {'what':<44} {'time':>12} {'baseline':>12} {'ratio':>8}")
    for row in result.rows:
        base = "" if row.baseline is None else f"{row.baseline * 1e6:.1f} us"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        print(f"  {row.what:<44} {row.seconds * 1e6:>9.1f} us {base:>12} {ratio:>8}")
    if result.figures:
        print(f"  {'what':<56} {'figure':>12} {'unit':<16} {'goal':>12}  verdict")
    for each in result.figures:
        print(f"  {each.what:<56} {each.value:>12,.6g} {each.unit:<16} {each.goal:>12}  {each.verdict}")
    for row in result.rows:
        print(json.dumps({"bench": result.name, "what": row.what, "seconds": row.seconds, "ratio": row.ratio}))
    for each in result.figures:
        line = {"bench": result.name, "what": each.what, "value": each.value, "unit": each.unit}
        print(json.dumps({**line, "goal": each.goal, "met": each.met}))


def document(name: str, result: Result, *, started: datetime, seconds: float) -> dict[str, Any]:
    """Give a result as it is committed: of which commit, when, how long it took, and the seed of what was drawn."""
    return {
        "suite": f"bench {name}",
        "ok": all(each.met is not False for each in result.figures),
        "commit": commit(),
        "seed": result.seed,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "results": [
            *({"what": row.what, "seconds": row.seconds, "baseline": row.baseline} for row in result.rows),
            *(
                {"what": each.what, "value": each.value, "unit": each.unit, "goal": each.goal, "met": each.met}
                for each in result.figures
            ),
        ],
    }


def main() -> None:
    """Run the benchmark that was named, or all."""
    parser = argparse.ArgumentParser(prog="./run bench", description="Run benchmarks. Example: ./run bench tree")
    parser.add_argument("name", nargs="?", choices=names(), help="only this one")
    parser.add_argument("--full", action="store_true", help="log: also at a million events, and longer rounds")
    parser.add_argument("--only", action="append", help="log: only this part (changes, clients, lag, large)")
    parser.add_argument("--minutes", type=float, default=10.0, help="load: how long each of its two parts takes")
    parser.add_argument("--stops", type=int, default=100, help="revoke: how many on each engine")
    parser.add_argument("--seed", type=int, help="revoke, load: of what is drawn (default: a fresh one)")
    parser.add_argument("--json", type=Path, help="also write it there as it is committed: docs/bench/NAME.json")
    asked = parser.parse_args()
    if asked.json and (not asked.name or asked.name == "load"):
        parser.error("--json goes with the name of one benchmark; load writes docs/faults/load.json by itself")
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    for name in [asked.name] if asked.name else names():
        print(f"running {name} …", file=sys.stderr, flush=True)
        module = importlib.import_module(f"bench.bench_{name}")
        more = {
            "log": {"full": asked.full, "only": asked.only},
            "load": {"minutes": asked.minutes, "seed": seed},
            "revoke": {"stops": asked.stops, "seed": seed},
        }
        started, begun = datetime.now(UTC), time.monotonic()
        result = module.run(**more.get(name, {}))
        show(result)
        if asked.json:
            whole = document(name, result, started=started, seconds=time.monotonic() - begun)
            asked.json.parent.mkdir(parents=True, exist_ok=True)
            asked.json.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
