"""The officer's part of the play: the log, and an evidence pack that two people make and a stranger checks."""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from broker.demo import environment
from broker.demo.visitor import UnexpectedPage, Visitor
from broker.demo.waiting import wait_for

if TYPE_CHECKING:
    from broker.demo.play import Case


def look(case: "Case") -> None:
    """Sign in and look at the log."""
    officer = _signed_in(case, "officer")
    home, page = officer.get("/console/").text, officer.get("/console/log/").text
    if "data.read" not in page or "Does not match" in home:
        raise UnexpectedPage("the officer's page does not show the reads, or the log does not match")


def pack(case: "Case") -> None:
    """Ask for a pack of her consent, have another person approve it, and check what comes out without us."""
    officer, approver = _signed_in(case, "officer"), _signed_in(case, "approver")
    asked: dict[str, object] = {
        "place": "3", "kind": "consent", "scope_id": case.report.ids["consent"], "redaction": "open", "letters": "on",
        "mails": "on", "received": "on", "recipient": "A court, in this rehearsal", "basis": "audit",
        "purpose": "To show what was done under her permission",
    }  # fmt: skip
    place = officer.submit("/console/packs/new/", asked).url.path
    if not re.fullmatch(r"/console/packs/[0-9a-f-]{36}/", place):
        raise UnexpectedPage("the pack was not asked for")
    named = re.search(r"<h1>[^<]*(E-\d{4}-\d+)", officer.get(place).text)
    act = act_of(named[1] if named else "", approver.get("/console/approvals/").text)
    confirmed = approver.field(approver.get(f"{act}?sure=1"), "confirmed")
    approver.submit(act, {"decision": "approve", "confirmed": confirmed}, action=f"{act}decide/")
    wait_for("the evidence pack", lambda: "download/" in officer.get(place).text, pause=2)  # each look is an event
    made = officer.submit(place, action=f"{place}download/").content
    kept = environment.DATA / "rehearsal" / "evidence-pack.zip"
    kept.write_bytes(made)
    case.report.paths["pack"] = str(kept)
    _check(kept)


def act_of(number: str, page: str) -> str:
    """Give the address of the approval of this pack: in a rehearsal that goes on others can wait beside it."""
    found = re.search(rf'"(/console/approvals/[0-9a-f-]{{36}}/)">[^<]*\b{re.escape(number)}\b', page)
    if not number or found is None:
        raise UnexpectedPage("the pack does not wait for the approver")
    return found[1]


def _check(made: Path) -> None:
    """Unpack and run the pack's own program in a Python that knows nothing of us."""
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(made) as archive:
            archive.extractall(folder)
        argv = [sys.executable, "-I", "verify.py"]
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False, env={})
    verdict = json.loads(done.stdout.splitlines()[-1]) if done.stdout else {}
    if done.returncode or not verdict.get("ok"):
        raise UnexpectedPage(f"the evidence pack does not verify: {verdict}")


def _signed_in(case: "Case", name: str) -> Visitor:
    person = Visitor(case.web)
    person.submit("/login/", {"username": name, "password": case.seeded.logins[name]})
    return person
