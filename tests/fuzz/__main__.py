"""`./run fuzz mail`: 20,000 mutated mails, 5,000 mutated PDFs, PDFs that grow. `./run fuzz api`: 20,000 calls.
`./run fuzz gate`: 20,000 texts in wrappings against the decoders of the gate.

One JSON document each, to be committed.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY_MB = 512


def main() -> int:
    """Run a suite whole and write what was found."""
    parser = argparse.ArgumentParser(prog="./run fuzz", description=__doc__)
    parser.add_argument("suite", choices=["mail", "api", "gate"])
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--pdfs", type=int, default=5_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="default: a fresh one")
    parser.add_argument("--json", type=Path, default=None, help="where it goes (default: docs/fuzz/SUITE.json)")
    parser.add_argument("--examples", type=int, default=500, help="api: of each operation, well formed and malformed")
    chosen = parser.parse_args()
    if chosen.suite == "api":
        return _api(chosen)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broker.settings")
    import django

    django.setup()
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    started, clock = datetime.now(UTC), time.monotonic()
    ok, found = _gate(chosen, seed) if chosen.suite == "gate" else _mail(chosen, seed)
    result = {
        "suite": chosen.suite,
        "ok": ok,
        "commit": _commit(),
        "seed": seed,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock),
        **found,
    }
    target = chosen.json or ROOT / "docs" / "fuzz" / f"{chosen.suite}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({key: result[key] for key in ("suite", "ok", "commit", "seed", "seconds")}))
    return 0 if ok else 1


def _gate(chosen: argparse.Namespace, seed: int) -> tuple[bool, dict[str, Any]]:
    from tests.fuzz.gate import scanned

    counted = scanned(chosen.texts, seed)
    return counted.ok(), counted.as_dict()


def _mail(chosen: argparse.Namespace, seed: int) -> tuple[bool, dict[str, Any]]:
    from tests.fuzz.mail import bombs_read, mails_read, pdfs_read

    counts = {"mails": mails_read(chosen.mails, seed), "pdfs": pdfs_read(chosen.pdfs, seed), "bombs": bombs_read()}
    found = {name: each.as_dict() for name, each in counts.items()}
    ok = all(
        not (each["worker_deaths"] or each["over_ten_seconds"] or each["sockets_opened"])
        and each["most_memory_mb"] < MOST_MEMORY_MB
        for each in found.values()
    )
    return ok, found


def _api(chosen: argparse.Namespace) -> int:
    """Run the calls over the real server, as a test that keeps what it found."""
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    target = chosen.json or ROOT / "docs" / "fuzz" / "api.json"
    env = {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        "FUZZ_API_EXAMPLES": str(chosen.examples),
        "FUZZ_API_SEED": str(seed),
        "FUZZ_API_RESULT": str(target),
        "FUZZ_API_COMMIT": _commit(),
    }
    argv = [sys.executable, "-m", "pytest", "-n", "0", "-q", "tests/fuzz/test_api.py", "-k", "postgresql"]
    return subprocess.run(argv, cwd=ROOT, env=env, check=False).returncode


def _commit() -> str:
    """The commit that was run; a tree with changes says so."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    return head.stdout.strip() + (" with changes" if changed.stdout.strip() else "")


if __name__ == "__main__":
    raise SystemExit(main())
