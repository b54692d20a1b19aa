"""Scan texts for portal credentials: JSON lines in, verdicts out."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.inlets.members import members
from broker.looking import Unchecked, look

INLETS = frozenset(
    {
        "web_form",
        "email_reply",
        "pdf_upload",
        "admin_note",
        "api_json",
        "csv_upload",
        "outbound_email",
        "url_param",
        "nectar_call",
    }
)
MALFORMED = {"id": None, "verdict": "block", "rule": "input.malformed", "us": 0}
PROGRESS_EVERY = 10_000
LONGEST_LINE = 16 * 1024 * 1024  # bytes; no inlet takes a text of a tenth of it


class Command(BaseCommand):
    """Answers each line of IN with one line in OUT, in order; never repeats a text."""

    help = (
        'Scan texts for portal credentials. IN holds JSON lines {"id", "text", "inlet"}; OUT gets '
        '{"id", "verdict": "block" or "allow", "rule", "us"} for each, in order. "-" is standard input or output. '
        f"Inlets: {', '.join(sorted(INLETS))}. Example: manage.py scan_credentials texts.jsonl verdicts.jsonl"
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare IN and OUT."""
        parser.add_argument("IN", help='file of JSON lines, or "-"')
        parser.add_argument("OUT", help='file for the verdicts, or "-"')

    def handle(self, *_args: Any, **options: Any) -> None:
        """Go through the lines one at a time, so that memory stays small."""
        try:
            with _reading(options["IN"]) as source, _writing(options["OUT"], self.stdout) as target:
                for count, answer in enumerate(answers(source), 1):
                    target.write(json.dumps(answer) + "\n")
                    if count % PROGRESS_EVERY == 0:
                        self.stderr.write(f"{count} lines")
        except OSError as error:
            raise CommandError(f"cannot read or write: {error.strerror}") from None


def answers(source: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """Give one verdict per line; what cannot be read counts as blocked."""
    for raw in source:
        asked = _asked(raw)
        yield MALFORMED if asked is None else _verdict(*asked)


def _asked(raw: bytes) -> tuple[str | int, str, str] | None:
    try:
        line = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if not isinstance(line, dict):
        return None
    ident, text, inlet = line.get("id"), line.get("text"), line.get("inlet")
    if not isinstance(ident, str | int) or not isinstance(text, str) or not isinstance(inlet, str):
        return None
    return (ident, text, inlet) if inlet in INLETS else None


def _verdict(ident: str | int, text: str, inlet: str) -> dict[str, Any]:
    start = time.perf_counter_ns()
    try:
        found = look(text, inlet)
        if found is None and inlet == "api_json" and (together := members(text)) is not None:
            found = look(together, inlet)
        rule = found.rule if found else None
    except Unchecked:
        rule = "input.unchecked"
    spent = (time.perf_counter_ns() - start) // 1000
    return {"id": ident, "verdict": "block" if rule else "allow", "rule": rule, "us": spent}


@contextmanager
def _reading(name: str) -> Iterator[Iterator[bytes]]:
    if name == "-":
        yield _lines(sys.stdin.buffer)
        return
    with open(name, "rb") as file:
        yield _lines(file)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Give each line; an empty one, which is malformed, for one that is too long, which is passed over in pieces."""
    while raw := file.readline(LONGEST_LINE):
        whole = len(raw) < LONGEST_LINE or raw.endswith(b"\n")
        yield raw if whole else b""
        while not whole:
            raw = file.readline(LONGEST_LINE)
            whole = len(raw) < LONGEST_LINE or raw.endswith(b"\n")


@contextmanager
def _writing(name: str, standard: Any) -> Iterator[TextIO]:
    if name == "-":
        # Django's wrapper would add line ends of its own.
        yield getattr(standard, "_out", standard)
        return
    with open(name, "w", encoding="utf-8") as file:
        yield file
