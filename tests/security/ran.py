"""Which tests of a whole run passed, and whether all that docs/asvs.csv names are among them.

`./run test` sets `BROKER_RAN` to a file for each of its parts. Each pytest of the run adds what it saw to that;
`python -m tests.security.ran FILE …` then looks at the sheet. A test that was skipped, or that no part of the run came
to, is not one that passed.
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SHEET = ROOT / "docs" / "asvs.csv"
VARIABLE = "BROKER_RAN"


class Ran:
    """Collects outcomes where reports of all processes arrive, and adds them to the file at the end."""

    def __init__(self, file: Path) -> None:
        self.file, self.seen = file, dict[str, str]()

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note the worst outcome of a test over its parameters and phases."""
        name = bare(report.nodeid)
        if report.outcome != "passed" or (report.when == "call" and name not in self.seen):
            self.seen[name] = report.outcome if self.seen.get(name, "passed") == "passed" else self.seen[name]

    def pytest_sessionfinish(self) -> None:
        """Add what was seen."""
        with self.file.open("a", encoding="utf-8") as out:
            out.writelines(json.dumps([name, outcome]) + "\n" for name, outcome in self.seen.items())


def bare(nodeid: str) -> str:
    """`tests/a.py::test_b[x]` → `tests/a.py::test_b`."""
    return nodeid.partition("[")[0]


def named() -> set[str]:
    """Give each test that the sheet names."""
    with SHEET.open(encoding="utf-8") as sheet:
        return {name for row in csv.DictReader(sheet) for name in row["tests"].split()}


def wanting(lines: list[str]) -> dict[str, str]:
    """Give the tests of the sheet that did not pass, each with what became of it."""
    seen: dict[str, str] = {}
    for line in lines:
        name, outcome = json.loads(line)
        seen[name] = outcome if seen.get(name, "passed") == "passed" else seen[name]
    return {name: seen.get(name, "not run") for name in sorted(named()) if seen.get(name) != "passed"}


if __name__ == "__main__":
    found = wanting([line for file in sys.argv[1:] for line in Path(file).read_text(encoding="utf-8").splitlines()])
    for test, why in found.items():
        print(f"docs/asvs.csv names {test}: {why}")
    sys.exit(1 if found else 0)
