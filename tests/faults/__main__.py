"""`./run faults SUITE`: a whole matrix or machine; the result as one JSON document, to be committed.

Without a suite each runs, one after the other, and writes its own.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUITES = {
    "log": [
        "tests/faults/test_log_tamper.py",
        "tests/faults/test_log_clean.py",
        "tests/faults/test_log_machine.py",
        "tests/faults/test_audit_kill.py",
        "tests/faults/test_log_kill_matrix.py",
        "tests/faults/test_signer_files.py",
        "tests/faults/test_log_disk_full.py",
    ],
    "clock": ["tests/faults/test_clock_properties.py", "tests/faults/test_skewed_clocks.py"],
    "consents": ["tests/faults/test_consent_machine.py"],
    "letter": ["tests/faults/test_letter_tamper.py"],
    "restore": [
        "tests/faults/test_restore_large.py",
        "tests/integration/test_backup.py",
        "tests/integration/test_older_copy.py",
        "tests/integration/test_upgrade.py",
    ],
    "upgrade": ["tests/faults/tried_upgrade.py"],
    "batches": ["tests/faults/test_batch_decisions.py"],
    "points": ["tests/faults/test_points.py"],
    "guards": ["tests/authz/test_guards.py"],
    "install": ["tests/install/tried.py"],
    "mail": ["tests/faults/test_send_faults.py", "tests/faults/test_send_killed.py"],
}


def main() -> int:
    """Run one suite whole and write what was found."""
    parser = argparse.ArgumentParser(prog="./run faults", description=__doc__)
    parser.add_argument("suite", nargs="?", choices=sorted(SUITES), help="default: each, one after the other")
    parser.add_argument("--seed", type=int, default=None, help="of the random edits (default: a fresh one)")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], help="on one engine alone (default: on both)")
    parser.add_argument("--workers", type=int, default=2, help="how many tests run beside each other")
    parser.add_argument(
        "--only", default="", help="of the guards: those alone whose names hold one of these, by commas"
    )
    parser.add_argument(
        "--repeats", type=int, default=None, help="of the points: each case so many times (default: once)"
    )
    parser.add_argument(
        "--sample", type=int, default=None, help="of the points: so many cases of each flow, drawn (default: all)"
    )
    parser.add_argument(
        "--from", dest="since", default="", metavar="COMMIT",
        help="of the upgrade: the code that serves at first (default: the commit before the newest migration)",
    )  # fmt: skip
    parser.add_argument(
        "--json", type=Path, default=None, help="where the result goes (default: docs/faults/SUITE.json)"
    )
    chosen = parser.parse_args()
    if chosen.since and chosen.suite != "upgrade":
        parser.error("--from is of the upgrade: ./run faults upgrade --from COMMIT")
    if chosen.suite is None:
        if chosen.only or chosen.repeats or chosen.sample or chosen.json:
            parser.error("--only, --repeats, --sample and --json are of one suite: name it")
        return each_of_all(chosen)
    if chosen.only and chosen.suite != "guards":
        parser.error("--only names guards: ./run faults guards --only …")
    if (chosen.repeats or chosen.sample) and chosen.suite != "points":
        parser.error("--repeats and --sample are of the points: ./run faults points --sample 16 --repeats 3")
    if chosen.only and chosen.json is None:
        parser.error("--only needs --json: a part of a suite never takes the place of the whole one's result")
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    target = chosen.json or ROOT / "docs" / "faults" / f"{chosen.suite}.json"
    started, clock = datetime.now(UTC), time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as lines:
        env = {
            **os.environ,
            "FAULTS": "whole",
            "FAULTS_SEED": str(seed),
            "FAULTS_ONLY": chosen.only,
            "FAULTS_FROM": chosen.since,
            "FAULTS_RESULT": lines.name,
        }
        if chosen.repeats:
            env["FAULTS_REPEATS"] = str(chosen.repeats)
        if chosen.sample:
            env["FAULTS_SAMPLE"] = str(chosen.sample)
        argv = [sys.executable, "-m", "pytest", "-n", str(chosen.workers), *SUITES[chosen.suite]]
        argv += ["-k", chosen.engine] if chosen.engine else []
        done = subprocess.run(argv, cwd=ROOT, env=env, check=False)
        found = [json.loads(line) for line in Path(lines.name).read_text().splitlines()]
    result = {
        "suite": chosen.suite,
        "engine": chosen.engine or "both",
        **({"only": chosen.only} if chosen.only else {}),
        **({"sample": f"{chosen.sample} cases of each flow, drawn by the seed"} if chosen.sample else {}),
        "ok": done.returncode == 0,
        "commit": commit(),
        "seed": seed,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock),
        "results": sorted(found, key=lambda each: (each["name"], each["engine"], each.get("flow", ""))),
    }
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({key: result[key] for key in ("suite", "ok", "commit", "seed", "seconds")}))
    return done.returncode


def each_of_all(chosen: argparse.Namespace) -> int:
    """Run every suite in a process of its own, whatever the one before found; 1 where one of them is not well."""
    asked = [] if chosen.seed is None else [f"--seed={chosen.seed}"]
    ours = [*asked, f"--workers={chosen.workers}", *([f"--engine={chosen.engine}"] if chosen.engine else [])]
    programs = {name: ["tests.faults", name, *ours] for name in sorted(SUITES)}
    programs["mutants"] = ["tests.faults.mutants", *asked]  # a program of its own, on one engine
    bad = [
        name
        for name, argv in programs.items()
        if subprocess.run([sys.executable, "-m", *argv], cwd=ROOT, check=False).returncode
    ]
    print(json.dumps({"suites": len(programs), "ok": not bad, "bad": bad}))
    return 1 if bad else 0


def commit() -> str:
    """Give the commit that is run; a tree with changes says so."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    return head.stdout.strip() + (" with changes" if changed.stdout.strip() else "")


if __name__ == "__main__":
    raise SystemExit(main())
