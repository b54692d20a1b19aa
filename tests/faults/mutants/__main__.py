"""`./run faults mutants`: small mistakes in the rules, one at a time; the result as one JSON document, to be committed.

Example: `./run faults mutants --file requests_app/deadlines.py --each 0` tries every mistake of one module.
"""

import argparse
import ast
import json
import random
import secrets
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests import environment  # the environment that Django's settings read; removed when this process ends
from tests.faults.__main__ import commit
from tests.faults.mutants.mistakes import mistakes
from tests.faults.mutants.table import SUBJECTS, TABLE, Rules
from tests.faults.mutants.trying import NOTICED, SILENT, TOO_LONG, Try, begin, finished

ROOT = environment.ROOT
TARGET = ROOT / "docs" / "faults" / "mutants.json"
REASONS = Path(__file__).with_name("survivors.toml")
AT_ONCE, GOAL, PATIENCE = 2, 0.9, 600.0


def main() -> int:
    """Try them, and write what was found."""
    parser = argparse.ArgumentParser(prog="./run faults mutants", description=__doc__)
    parser.add_argument("--file", action="append", choices=[each.file for each in TABLE], help="only this module")
    parser.add_argument("--each", type=int, default=40, help="how many of each module, drawn by the seed; 0: all")
    parser.add_argument(
        "--seconds", type=float, help="of a processor, for one try (default: three times what the tests take, and 5)"
    )
    parser.add_argument("--seed", type=int, help="of the draw (default: a fresh one)")
    parser.add_argument("--only", help="only mistakes whose name holds these words")
    parser.add_argument("--json", type=Path, default=TARGET, help="where the result goes")
    asked = parser.parse_args()
    seed = secrets.randbelow(2**31) if asked.seed is None else asked.seed
    started, clock, tree = datetime.now(UTC), time.monotonic(), commit()
    chosen = [each for each in TABLE if asked.file is None or each.file in asked.file]
    modules = [_module(each, seed, asked) for each in chosen]
    totals = _totals(modules)
    result = {
        "suite": "mutants",
        "ok": all(each["ok"] for each in totals),
        "commit": tree,
        "seed": seed,
        "sample": f"{asked.each} of each module, drawn by the seed" if asked.each else "all",
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock),
        "subjects": totals,
        "results": modules,
    }
    asked.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print(json.dumps({key: result[key] for key in ("suite", "ok", "commit", "seed", "seconds", "subjects")}, indent=1))
    return 0 if result["ok"] else 1


def _module(rules: Rules, seed: int, asked: argparse.Namespace) -> dict[str, Any]:
    every = mistakes(ast.parse((ROOT / rules.file).read_text()))
    names = {each.number: each.name for each in every if not asked.only or asked.only in each.name}
    drawn = sorted(names)
    if 0 < asked.each < len(drawn):
        drawn = sorted(random.Random(f"{seed} {rules.file}").sample(drawn, asked.each))
    reasons = tomllib.loads(REASONS.read_text()).get(rules.file, {})
    begun = time.monotonic()
    verdicts = dict(_verdicts(rules, drawn, asked.seconds))
    survivors = [
        {"line": every[number].line, "mistake": names[number], "why": reasons.get(names[number])}
        for number in drawn
        if verdicts[number] == SILENT
    ]
    counts = {word: list(verdicts.values()).count(word) for word in (NOTICED, TOO_LONG, SILENT)}
    print(f"{rules.file}: {counts}", file=sys.stderr, flush=True)
    for each in survivors:
        print(f"  {each['line']}: {each['mistake']}  [{each['why'] or 'NO REASON'}]", file=sys.stderr, flush=True)
    return {
        "name": rules.file,
        "subject": rules.subject,
        "tests": list(rules.tests),
        "mistakes": len(names),
        "tried": len(drawn),
        **counts,
        "seconds": round(time.monotonic() - begun),
        "survivors": survivors,
    }


def _verdicts(rules: Rules, drawn: list[int], seconds: float | None) -> Iterator[tuple[int, str]]:
    """Try each, two at once; first the module as it is, which its tests must find right."""
    with tempfile.TemporaryDirectory() as folder:
        said = [Path(folder) / str(number) for number in range(AT_ONCE)]
        bare = begin(rules, None, PATIENCE, said[0])
        _, verdict, used = _wait([bare])
        if verdict != SILENT:
            raise SystemExit(f"{rules.file}: its own tests do not pass\n{said[0].read_text()[-3000:]}")
        limit = seconds or 3 * used + 5
        left, running, free = list(drawn), [], list(said)
        places: dict[int, Path] = {}
        while left or running:
            while left and free:
                place = free.pop()
                running.append(one := begin(rules, left.pop(0), limit, place))
                places[one.pid] = place
            one, verdict, _ = _wait(running)
            running.remove(one)
            free.append(places.pop(one.pid))
            assert one.number is not None
            yield one.number, verdict


def _wait(tries: list[Try]) -> tuple[Try, str, float]:
    while (over := finished(tries)) is None:
        time.sleep(0.02)
    return over


def _totals(modules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the score of each subject: what was noticed out of what was tried, the harmless ones counted against it."""
    found = []
    for subject in SUBJECTS:
        of = [each for each in modules if each["subject"] == subject]
        tried = sum(each["tried"] for each in of)
        if tried:
            survivors = [one for each in of for one in each["survivors"]]
            score = 1 - len(survivors) / tried
            explained = all(one["why"] for one in survivors)
            found.append({
                "subject": subject, "tried": tried, "survived": len(survivors), "score": round(score, 3),
                "ok": score >= GOAL and explained,
            })  # fmt: skip
    return found


if __name__ == "__main__":
    raise SystemExit(main())
