"""`./run history --minutes M`: 16 clients grant, read and stop while everything is killed; then it is judged."""

import argparse
import json
import secrets
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.environment import OURS, ROOT  # before Django
from tests.faults.__main__ import commit


def main() -> int:
    """Play a history and write what was found."""
    parser = argparse.ArgumentParser(prog="./run history", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--kills", type=int, default=0, help="go on until so many processes were killed")
    parser.add_argument("--every", type=float, default=2.5, help="seconds from one kill to the next, about")
    parser.add_argument("--consents", type=int, default=0, help="how many there are to be stopped (default: enough)")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--json", type=Path, default=ROOT / "docs" / "faults" / "history.json")
    chosen = parser.parse_args()
    import django

    from broker.vault import keyring

    django.setup()
    if OURS:
        from django.conf import settings

        keyring.write_new(settings.KEY_FILE)
    from tests.faults.history import honest

    seed = secrets.randbelow(2**31) if chosen.seed is None else chosen.seed
    started, clock = datetime.now(UTC), time.monotonic()
    consents = chosen.consents or 20 + round(chosen.minutes * 40)
    played = honest.played(seed, seconds=chosen.minutes * 60, kills=chosen.kills, every=chosen.every, consents=consents)
    result = {
        "suite": "history",
        "ok": not played["violations"] and not played["too_few"],
        "commit": commit(),
        "seed": seed,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock),
        **played,
    }
    chosen.json.parent.mkdir(parents=True, exist_ok=True)
    chosen.json.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({key: result[key] for key in ("suite", "ok", "kills", "calls", "stale_reads", "seed", "seconds")}))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
