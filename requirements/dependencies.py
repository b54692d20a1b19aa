"""Name the direct dependencies that nobody looked at for 30 days; ends with 1 where there are any.

For a person and for a report, never for a test: a test that fails because a day went by says nothing of the code.
"""

import csv
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

LIST = Path(__file__).resolve().parents[1] / "docs" / "dependencies.csv"
LONGEST = timedelta(days=30)


def old(today: date) -> list[str]:
    """Give a line for each dependency whose last look is too old, and for each that has a newer version."""
    with LIST.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [
        f"{row['name']} {row['locked']}: newest known {row['newest_known']}, looked at {row['looked_at']}"
        for row in rows
        if today - date.fromisoformat(row["looked_at"]) > LONGEST or row["newest_known"] != row["locked"]
    ]


if __name__ == "__main__":
    found = old(datetime.now(ZoneInfo("America/Chicago")).date())
    sys.stdout.writelines(f"{line}\n" for line in found)
    sys.exit(1 if found else 0)
