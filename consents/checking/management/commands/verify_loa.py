"""Judge a letter's file: against the database, or by the seal alone."""

import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from json import dumps
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from consents.actions import central_today
from consents.checking import files
from consents.checking.comparing import stated_in
from consents.checking.standing import standing
from consents.lifecycle import State, shown
from consents.loa.code import read_code
from consents.loa.judgement import Judgement
from consents.loa.verify import LARGEST, judge
from consents.rules import through

EXIT = {"exact": 0, "genuine": 0, "not_in_force": 3, "changed": 4, "unconfirmed": 5, "altered": 6}
# What other programs are told (`--json`): one word for each of the three things that can be true of a file.
WORD = {"exact": "exact", "changed": "changed_wrapper", "unconfirmed": "not_ours", "altered": "not_ours"}
MEANS = {
    "exact": "byte for byte a file that we issued",
    "genuine": "intact, sealed by us at the time named, and nothing was added (the database was not asked)",
    "changed": "the signed part is genuine; something was added or changed afterwards: use the exact copy",
    "unconfirmed": "record and seal do not vouch for it together: do not rely on it",
    "altered": "not ours, or altered: do not rely on it",
}
EXIT_CODES = """
exit codes:
  0  exact, and in force today (--offline: genuine)
  3  exact, and not in force today, or only the copy shown before signing
  4  the signed part is genuine; something was added or changed afterwards
  5  record and seal do not vouch for it together
  6  altered or not ours, or of another letter than that of --code
  1, 2  it could not look: no such file, too large, a wrong option

With --json, 0 says that the file is exact, whatever the state of its consent: read "state" too. An exact file of
another letter than --code's, and a file that is not exact, end with 4 or above, as without it.

examples:
  manage.py verify_loa letter.pdf
  manage.py verify_loa letter.pdf --json
  manage.py verify_loa - --code CODE < letter.pdf
"""


class Command(BaseCommand):
    """`verify_loa FILE [--code CODE] [--offline | --json]`; `-` reads standard input.

    Plain lines, then one line of JSON. Exit code 0: exact, and in force today (offline: genuine). 3: exact, and not in
    force, or only the copy shown before signing. 4: changed wrapper. 5: not confirmed. 6: altered or not ours, or of
    another letter than the code's. 1 and 2: the command could not look.

    `--json`: one line `{"result","copy","state",…}` and nothing else. `result` is `exact`, `changed_wrapper` or
    `not_ours`; `copy` (of an exact file) is `presented`, `delivered` or `archived`; `state` that of its consent today.
    `ahead` names a letter under our seal that the database does not know: it may be older than the letter (a backup).
    Exit code 0: an exact file of the code's letter, whatever its state. 4 and above: any other.
    """

    help = "Judge a letter's file as the public page does (--offline: by the seal alone)."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the exit codes and the examples as they are written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXIT_CODES, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file, the code it should have, and whether to ask the database."""
        parser.add_argument("file", type=Path, help="the PDF file; - reads standard input")
        parser.add_argument("--code", help="the code on the letter that this file should be")
        parser.add_argument("--offline", action="store_true", help="ask no database: the seal alone")
        parser.add_argument("--json", action="store_true", help="one line for programs: result, copy, state")

    def handle(
        self, *_args: Any, file: Path, code: str | None = None, offline: bool = False, json: bool = False, **_o: Any
    ) -> None:
        """Judge, say it in words and as JSON, and end with the exit code."""
        if code is not None and read_code(code) is None:
            raise CommandError("--code: one character is wrong or missing")
        if code is not None and offline:
            raise CommandError("--code needs the database")
        if json and offline:
            raise CommandError("--json says the state, which needs the database")
        data = _bytes(file)
        found = _by_seal(data) if offline else _by_database(data, read_code(code) if code else None)
        lines = found.pop("lines")
        if json:
            found = _for_programs(found)
        else:
            for line in lines:
                self.stdout.write(line)
        self.stdout.write(dumps({"file": file.name, **found}, sort_keys=True))
        if found["exit"]:
            raise SystemExit(found["exit"])


def _for_programs(found: dict[str, Any]) -> dict[str, Any]:
    """Say the same in the words that other programs know."""
    result = WORD[found["result"]]
    right = result == "exact" and found.get("code_fits", True)
    said = ("sha256", "letter", "ahead", "differs", "code_fits", "seal")
    more: dict[str, Any] = {name: found[name] for name in said if name in found}
    kind = found["kind"] if result == "exact" else ""
    state = found.get("state") if result != "not_ours" else None
    return {
        "result": result,
        "copy": kind or None,
        "state": state,
        **more,
        "exit": 0 if right else max(found["exit"], 4),
    }


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        data = sys.stdin.buffer.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise CommandError("larger than any letter of ours")
        return data
    try:
        if file.stat().st_size > LARGEST:
            raise CommandError(f"{file.name}: larger than any letter of ours")
        return file.read_bytes()
    except OSError as problem:
        raise CommandError(f"{file.name}: {problem.strerror}") from None


def _by_seal(data: bytes) -> dict[str, Any]:
    seal = judge(data)
    result = "genuine" if seal.genuine else "changed" if seal.intact and seal.valid and seal.trusted else "altered"
    return {
        "result": result,
        "exit": EXIT[result],
        "seal": _seal(seal),
        "lines": [f"{result.upper()}: {MEANS[result]}", *_said(seal)],
    }


def _by_database(data: bytes, code: str | None) -> dict[str, Any]:
    verdict = files.judged(data, now=timezone.now())
    found: dict[str, Any] = {
        "result": verdict.result,
        "exit": EXIT[verdict.result],
        "kind": verdict.kind,
        "sha256": verdict.sha256,
        "seal": _seal(verdict.seal),
    }
    lines = [f"{verdict.result.upper()}: {MEANS[verdict.result]}"]
    if verdict.kind:
        lines.append(f"copy: {verdict.kind}" + (" (not signed yet)" if verdict.kind == "presented" else ""))
    if verdict.letter is not None:
        consent = verdict.letter.consent
        worth = standing(
            consent.state,
            starts=consent.starts,
            ends=consent.ends,
            today=central_today(timezone.now()),
            differs=verdict.differs,
        )
        today = shown(State(consent.state), consent.ends, central_today(timezone.now()))
        found |= {"letter": verdict.letter.number, "standing": worth.value, "differs": list(verdict.differs)}
        found |= {"state": today.value}
        lines.append(f"letter: {verdict.letter.number}")
        lines.append(f"today: {worth.value} (last day {through(consent.ends)})")
        if verdict.differs:
            lines.append(f"our rows differ from what was sealed: {', '.join(verdict.differs)}")
        if verdict.result == "exact" and not (worth.in_force and verdict.kind != "presented"):
            found["exit"] = EXIT["not_in_force"]
        if code is not None:
            found["code_fits"] = verdict.letter.verification_code == code
    else:
        if verdict.seal.genuine and (number := (stated_in(data) or {}).get("letter")):
            found["ahead"] = number
            lines.append(f"ahead: our seal is on letter {number}, unknown to this database: is that an old copy?")
        if code is not None:
            found["code_fits"] = False
    if found.get("code_fits") is False:
        lines.append("this file is not the letter of that code")
        found["exit"] = max(found["exit"], EXIT["altered"])
    return {**found, "lines": [*lines, *_said(verdict.seal)]}


def _seal(seal: Judgement) -> dict[str, Any]:
    facts = seal.to_json()
    names = ("problem", "timestamp", "timestamped_by", "sealed_by", "certificate_sha256", "archive_stamps", "whole")
    return {name: facts[name] for name in names}


def _said(seal: Judgement) -> list[str]:
    if not seal.sealed_by:
        return [f"seal: {seal.problem}"]
    at = seal.timestamp.isoformat(timespec="seconds") if seal.timestamp else "unknown"
    proven = "" if seal.timestamp_sound else " (not proven)"
    return [
        f"seal: {seal.problem or 'in order'}",
        f"sealed by: {seal.sealed_by}, certificate {seal.certificate_sha256}",
        f"sealed at: {at}{proven}, by {seal.timestamped_by or 'nobody'}",
        f"archive stamps: {seal.archive_stamps}",
    ]
