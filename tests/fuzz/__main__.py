"""`./run fuzz mail`: 20,000 mutated mails, 5,000 mutated PDFs, PDFs that grow. `./run fuzz api`: 20,000 calls.
`./run fuzz gate`: 20,000 texts in wrappings against the decoders of the gate, and as many values of our own.

One JSON document each, to be committed.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MOST_MEMORY_MB = 512
FAR = 1_000  # between the seeds of runs side by side: each round of a run takes the next one


def main() -> int:
    """Run a suite whole and write what was found."""
    parser = argparse.ArgumentParser(prog="./run fuzz", description=__doc__)
    parser.add_argument("suite", choices=["mail", "api", "gate"])
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("--pdfs", type=int, default=5_000)
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="default: a fresh one")
    parser.add_argument("--json", type=Path, default=None, help="where it goes (default: docs/fuzz/SUITE.json)")
    parser.add_argument("--examples", type=int, default=25, help="api: of each operation and round, of both kinds")
    parser.add_argument("--requests", type=int, default=20_000, help="api: rounds go on until so many were answered")
    parser.add_argument("--side-by-side", type=int, default=2, help="api: so many runs at once share the requests")
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
    from django.core.management import call_command
    from django.test import override_settings

    from tests.fuzz import values
    from tests.fuzz.gate import scanned

    counted = scanned(chosen.texts, seed)
    made = {**values.OURS, **values.THEIRS}
    with tempfile.TemporaryDirectory() as folder, override_settings(KEY_FILE=Path(folder) / "broker.keys"):
        call_command("make_keys", verbosity=0)  # some values are signed with them
        found = {kind: len(list(values.taken(made[kind], chosen.texts))) for kind in made}
    facts = {"values_of_each_kind": chosen.texts, "kinds_of_values": len(found), "values_taken_for_a_login": found}
    return counted.ok() and not any(found.values()), {**counted.as_dict(), **facts}


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
    """Run the calls over real servers, as tests that keep what they found: side by side, each in its own world."""
    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    target = chosen.json or ROOT / "docs" / "fuzz" / "api.json"
    started, clock = datetime.now(UTC), time.monotonic()
    parts = [target.with_suffix(f".{number}.json") for number in range(chosen.side_by_side)]
    ended = [each.wait() for each in [_start(chosen, seed + FAR * number, part) for number, part in enumerate(parts)]]
    found = [json.loads(each.read_text()) for each in parts if each.exists()]
    result = {
        "suite": "api",
        "ok": not any(ended),
        "commit": _commit(),
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock),
        "seeds": [each["seed"] for each in found],
        "rounds": [each["rounds"] for each in found],
        **{name: found[0][name] for name in ("examples", "callers", "operations")},
        "requests": sum(each["requests"] for each in found),
        "statuses": _sum(each["statuses"] for each in found),
        "not_reached": sorted({name for each in found for name in each["not_reached"]}),
        "foreign": _sum(each["foreign"] for each in found),
        "good_answers": _sum(each["good_answers"] for each in found),
        "wrong": _sum(each["wrong"] for each in found),
        "first": {name: text for each in found for name, text in each["first"].items()},
    }
    target.write_text(json.dumps(result, indent=1) + "\n")
    for each in parts:
        each.unlink(missing_ok=True)
    print(json.dumps({key: result[key] for key in ("suite", "ok", "commit", "seeds", "seconds", "requests")}))
    return max(ended)


def _start(chosen: argparse.Namespace, seed: int, target: Path) -> "subprocess.Popen[bytes]":
    env = {
        **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        "FUZZ_API_EXAMPLES": str(chosen.examples),
        "FUZZ_API_REQUESTS": str(-(-chosen.requests // chosen.side_by_side)),
        "FUZZ_API_SEED": str(seed),
        "FUZZ_API_RESULT": str(target),
        "FUZZ_API_COMMIT": _commit(),
    }
    argv = [sys.executable, "-m", "pytest", "-n", "0", "-q", "tests/fuzz/test_api.py", "-k", "postgresql"]
    return subprocess.Popen(argv, cwd=ROOT, env=env)


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for each in counts:
        found.update(each)
    return dict(sorted(found.items()))


def _commit() -> str:
    """The commit that was run; a tree with changes says so."""
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    return head.stdout.strip() + (" with changes" if changed.stdout.strip() else "")


if __name__ == "__main__":
    raise SystemExit(main())
