"""What bandit finds in the product, and why each of it stays: `python -m tests.security.bandit_findings`.

Exit 1 where something is found that nobody looked at, and where a line of the list is about more or fewer places than
were looked at.
It runs over all of `broker`, `consents` and `requests_app`, the rehearsal and the demo too.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("broker", "consents", "requests_app")
# Left out as a whole. As in ruff's own list: an assert is our own mistake that stops the process, and guards nothing.
SKIPPED = ("B101",)

_OWN_PROGRAM = "a list of arguments of our own, no shell; the program is named by us"
_OWN_PAGE = "a page that a template of ours escaped, handed on as what it is"
_NO_SECRET = "a word, a format or a folder of ours: no password"
_OWN_NAMES = "SQL of our own words and names; each value is a parameter"
_DEMO = "the rehearsal starts its own processes on this machine: a list of arguments, no shell"
# (test of bandit, file or folder) → why it stays. Looked at one by one; `PLACES` holds how many.
REVIEWED: dict[tuple[str, str], str] = {
    ("B105", "broker/audit/kept.py"): _NO_SECRET,
    ("B105", "broker/audit/receipts.py"): _NO_SECRET,
    ("B105", "broker/console/fact_words.py"): _NO_SECRET,
    ("B105", "broker/credentials/lexicon.py"): "words by which the gate knows a password; none is one",
    ("B105", "broker/demo/play.py"): "what the played customer types, so that the gate refuses it",
    ("B105", "broker/demo/signer_account.py"): _NO_SECRET,
    ("B105", "requests_app/api/schema.py"): _NO_SECRET,
    ("B105", "requests_app/hooks/shapes.py"): "an example of the description of the API",
    ("B110", "broker/inlets/written.py"): "a stranger's archive raises anything; what was read before it counts",
    ("B303", "broker/rehearsal/timestamp_authority.py"): "a played authority: the asker's choice, as pyHanko has it",
    ("B308", "broker/console/holds/certificate.py"): _OWN_PAGE,
    ("B308", "broker/notices/compose.py"): "made of the text of a mail, each word escaped",
    ("B308", "consents/loa/render.py"): _OWN_PAGE,
    ("B308", "consents/paper/printing.py"): _OWN_PAGE,
    ("B308", "consents/stopping/receipt.py"): _OWN_PAGE,
    ("B308", "consents/year_report.py"): _OWN_PAGE,
    ("B311", "broker/audit/anchoring.py"): "a pause, so that many do not come at one moment; nothing hangs on it",
    ("B314", "consents/loa/pdf.py"): "reads what WeasyPrint has just written",
    ("B404", "broker/audit/copies.py"): _OWN_PROGRAM,
    ("B404", "broker/demo/"): _DEMO,
    ("B404", "broker/operating/"): _OWN_PROGRAM,
    ("B404", "broker/sandbox/parent.py"): "the sandbox: Python anew, without our files, keys and network",
    ("B405", "consents/loa/pdf.py"): "reads what WeasyPrint has just written",
    ("B405", "requests_app/exports/espi.py"): "writes XML, reads none",
    ("B603", "broker/audit/copies.py"): "pg_restore, with a file that the operator names; no shell",
    ("B603", "broker/demo/"): _DEMO,
    ("B603", "broker/operating/"): _OWN_PROGRAM,
    ("B603", "broker/sandbox/parent.py"): "the sandbox: Python anew, without our files, keys and network",
    ("B606", "broker/demo/__main__.py"): _DEMO,
    ("B608", "broker/audit/bulk.py"): _OWN_NAMES,
    ("B608", "broker/audit/copies.py"): _OWN_NAMES,
    ("B608", "broker/audit/keeper.py"): _OWN_NAMES,
    ("B608", "broker/audit/lanes.py"): _OWN_NAMES,
    ("B608", "broker/audit/opening.py"): _OWN_NAMES,
    ("B608", "broker/audit/reading.py"): _OWN_NAMES,
    ("B608", "broker/audit/store.py"): _OWN_NAMES,
    ("B608", "broker/audit/strays.py"): _OWN_NAMES,
    ("B608", "broker/audit/timeline.py"): _OWN_NAMES,
    ("B608", "broker/db/evidence"): "triggers, made of names of our own tables at set-up; no value of anybody",
    ("B703", "broker/console/holds/certificate.py"): _OWN_PAGE,
    ("B703", "broker/notices/compose.py"): "made of the text of a mail, each word escaped",
    ("B703", "consents/loa/render.py"): _OWN_PAGE,
    ("B703", "consents/paper/printing.py"): _OWN_PAGE,
    ("B703", "consents/stopping/receipt.py"): _OWN_PAGE,
    ("B703", "consents/year_report.py"): _OWN_PAGE,
}  # fmt: skip

# How many places of a line were looked at, where it is more than one.
PLACES: dict[tuple[str, str], int] = {
    ("B404", "broker/demo/"): 5,
    ("B404", "broker/operating/"): 3,
    ("B603", "broker/demo/"): 6,
    ("B603", "broker/operating/"): 3,
    ("B608", "broker/audit/store.py"): 3,
    ("B608", "broker/db/evidence"): 101,
}

Finding = tuple[str, str, int]  # bandit's test, the file, the line


def look(root: Path = ROOT, packages: Iterable[str] = PACKAGES) -> list[Finding]:
    """Run bandit, and give what it finds; RuntimeError where it could not read a file."""
    argv = [sys.executable, "-m", "bandit", "-q", "-f", "json", "-s", ",".join(SKIPPED), "-r", *packages]
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)
    said = json.loads(done.stdout)
    if said["errors"]:
        raise RuntimeError(f"bandit could not read {said['errors']}")
    return sorted((each["test_id"], each["filename"], each["line_number"]) for each in said["results"])


def open_of(found: Iterable[Finding]) -> list[Finding]:
    """Give what nobody looked at."""
    return [each for each in found if not any(_is_of(each, line) for line in REVIEWED)]


def miscounted(found: Iterable[Finding]) -> list[tuple[str, str, int]]:
    """Give the lines of the list that are not about as many places as were looked at, each with how many it is about.

    More: one came that nobody looked at. Fewer: the line, or its number, has outlived what it was about.
    """
    every = list(found)
    counts = {line: sum(_is_of(each, line) for each in every) for line in REVIEWED}
    return [(*line, count) for line, count in counts.items() if count != PLACES.get(line, 1)]


def _is_of(found: Finding, line: tuple[str, str]) -> bool:
    return found[0] == line[0] and found[1].startswith(line[1])


if __name__ == "__main__":
    findings = look()
    wrong = [f"{file}:{at}: {test}, which nobody looked at" for test, file, at in open_of(findings)]
    wrong += [
        f"{file}: {test} is found {count} times, and {PLACES.get((test, file), 1)} were looked at"
        for test, file, count in miscounted(findings)
    ]
    print("\n".join(wrong) or f"{len(findings)} findings, each of them looked at; 0 open")
    sys.exit(1 if wrong else 0)
