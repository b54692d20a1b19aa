"""Scan texts for portal credentials: JSON lines in, verdicts out."""

import errno
import json
import os
import secrets
import stat
import sys
import time
from argparse import RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
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
EXAMPLE = """
a line of IN:
  {"id": "1", "text": "my password is ...", "inlet": "web_form"}
and its line of OUT:
  {"id": "1", "verdict": "block", "rule": "...", "us": 412}

  id       as the line of IN has it (text or a whole number); null where the line is malformed
  verdict  "block" or "allow"; what a person would have to look at first is "block"
  rule     id of the rule that found something; null where nothing was found; input.malformed: the line could not
           be read, so nothing was looked for; input.unchecked: looking failed, so the text does not count as clean
  us       microseconds that looking at this text took; 0 where the line is malformed

inlets, the way that a text comes by:
  INLETS

Every line of IN gets its line of OUT, in order; further keys of a line are not read. Lines are UTF-8. A malformed
line counts as "block": how many there were, and what is wrong with the first one, is said on standard error at the
end. OUT takes its name when all lines are answered; until then, and after a failure, an earlier OUT stays as it is.

exit code:
  0  every line was answered, whatever the verdicts are: read them, and standard error for malformed lines
  1  IN cannot be read, OUT cannot be written, or both are the same file
  2  wrong arguments, or a command line that looks like a portal login itself

  manage.py scan_credentials texts.jsonl verdicts.jsonl
  manage.py scan_credentials - - < texts.jsonl
"""


class Command(BaseCommand):
    """Answers each line of IN with one line in OUT, in order; never repeats a text."""

    help = (
        'Scan texts for portal credentials. IN holds JSON lines {"id", "text", "inlet"};\n'
        'OUT gets {"id", "verdict", "rule", "us"} for each, in order.'
    )

    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show fields, exit codes and examples as they are written."""
        names = sorted(INLETS)
        more = EXAMPLE.replace("INLETS", f"{', '.join(names[:5])},\n  {', '.join(names[5:])}")
        parser = super().create_parser(prog_name, subcommand, epilog=more, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare IN and OUT."""
        parser.add_argument("IN", help="file of JSON lines; - for standard input")
        parser.add_argument("OUT", help="file for the verdicts, not IN itself; - for standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Go through the lines one at a time, so that memory stays small."""
        # Django's wrapper would add line ends of its own.
        standard = getattr(self.stdout, "_out", self.stdout)
        count, malformed = 0, Malformed()
        with _reading(options["IN"]) as source:
            if _is_one_file(source, options["OUT"], standard):
                raise CommandError("IN and OUT are the same file; the verdicts would overwrite the texts.")
            with _writing(options["OUT"], standard) as target:
                for count, answer in enumerate(answers(_lines(source, options["IN"]), malformed.note), 1):
                    target.write(json.dumps(answer) + "\n")
                    if count % PROGRESS_EVERY == 0:
                        self.stderr.write(f"{count} lines")
        if not count:
            self.stderr.write(f"{_in(options['IN'])} holds no line: nothing was scanned.")
        elif malformed.count:
            self.stderr.write(malformed.sentence(count))


class Malformed:
    """What there is to say of the lines that could not be read: how many, and why the first; never what is in them."""

    def __init__(self) -> None:
        self.count, self.first, self.why = 0, 0, ""

    def note(self, line: int, why: str) -> None:
        """Count a line."""
        if not self.count:
            self.first, self.why = line, why
        self.count += 1

    def sentence(self, lines: int) -> str:
        """Say it in one line, so that nobody takes these verdicts for passwords that were found."""
        were = "lines was malformed and counts" if self.count == 1 else "lines were malformed and count"
        return (
            f'{self.count} of {lines} {were} as "block" (input.malformed). The first is line {self.first}: {self.why}.'
        )


def answers(source: Iterator[bytes], malformed: Callable[[int, str], None] | None = None) -> Iterator[dict[str, Any]]:
    """Give one verdict per line; what cannot be read counts as blocked, and `malformed` gets its number and why."""
    for number, raw in enumerate(source, 1):
        asked = _asked(raw)
        if isinstance(asked, str):
            if malformed is not None:
                malformed(number, asked)
            yield MALFORMED
        else:
            yield _verdict(*asked)


def _asked(raw: bytes) -> tuple[str | int, str, str] | str:
    """Read id, text and inlet of a line, or say what is wrong with it, without a word of it."""
    if not raw.strip():
        return "it is empty" if raw else f"it is longer than {LONGEST_LINE:,} bytes"
    try:
        line = json.loads(raw)
    except UnicodeDecodeError:
        return "it is not UTF-8"
    except ValueError:
        return "it is not JSON"
    except RecursionError:
        return "it is nested too deeply"
    if not isinstance(line, dict):
        return "it is no JSON object"
    ident, text, inlet = line.get("id"), line.get("text"), line.get("inlet")
    if not isinstance(ident, str | int):
        return '"id" is missing, or neither text nor a whole number'
    if not isinstance(text, str):
        return '"text" is missing or no text'
    if not isinstance(inlet, str):
        return '"inlet" is missing or no text'
    return (ident, text, inlet) if inlet in INLETS else 'its "inlet" is not one of those that --help lists'


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


def _in(name: str) -> str:
    return "IN (standard input)" if name == "-" else f"IN ({name})"


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn a failure of a file into the command's own, with its name and the reason."""
    try:
        yield
    except OSError as error:
        raise CommandError(f"{what}: {error.strerror or type(error).__name__}") from None


@contextmanager
def _reading(name: str) -> Iterator[BinaryIO]:
    with _refusing(f"cannot read {_in(name)}"):
        if name == "-":
            yield sys.stdin.buffer
        else:
            with open(name, "rb") as file:
                yield file


def _lines(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Give each line; an empty one, which is malformed, for one that is too long, which is passed over in pieces."""
    # Here too: a failure inside the loop that writes would be told as one of OUT.
    with _refusing(f"cannot read {_in(name)}"):
        while raw := file.readline(LONGEST_LINE):
            whole = len(raw) < LONGEST_LINE or raw.endswith(b"\n")
            yield raw if whole else b""
            while not whole:
                raw = file.readline(LONGEST_LINE)
                whole = len(raw) < LONGEST_LINE or raw.endswith(b"\n")


def _is_one_file(source: BinaryIO, target: str, standard: Any) -> bool:
    """Say whether the verdicts would go into the file that the texts come from, by whatever path, link or stream."""
    try:
        asked = os.fstat(source.fileno())
        told = os.fstat(standard.fileno()) if target == "-" else os.stat(target)
    except OSError:  # nothing there yet, or a stream that is no file
        return False
    # One terminal, or /dev/null, may well be both.
    return stat.S_ISREG(asked.st_mode) and os.path.samestat(asked, told)


@contextmanager
def _writing(name: str, standard: Any) -> Iterator[TextIO]:
    with _refusing(f"cannot write OUT ({'standard output' if name == '-' else name})"):
        if name == "-":
            yield standard
            standard.flush()
        elif (path := Path(name)).exists() and not path.is_file():
            with path.open("w", encoding="utf-8") as file:
                yield file
        else:
            with _whole(Path(os.path.realpath(name))) as file:
                yield file


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Write beside the file and give it the name at the end: a failure on the way loses nothing that was there."""
    before = path.stat() if path.exists() else None
    if before and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    beside = path.with_name(f".scan_credentials.{secrets.token_hex(8)}")
    try:
        with beside.open("x", encoding="utf-8") as file:
            if before:
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
