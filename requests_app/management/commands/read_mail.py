"""`manage.py read_mail FILE`: what a mail is and what is in it, without a database; changes nothing."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker import sandbox
from requests_app.inbound import holding, senders
from requests_app.inbound.kinds import Kind
from requests_app.mail_reading import MAX_BYTES, unread

EXAMPLE = """
example:
  manage.py read_mail answer.eml --json
  {"kind": "answer", "parts": [{"name": "usage.csv", "type": "text/csv", "size": 812}], "why": ["has files"]}

  manage.py read_mail - < answer.eml     standard input

Names of files are shown, for they are asked for here; neither addresses nor words of the mail are.
"""


class Command(BaseCommand):
    """Read one mail in the sandbox, and say what it is: nothing is kept, sent, logged or changed."""

    help = "Say what a mail (.eml) is: answer, acknowledgement, auto_reply, delay, bounce, read_receipt, ..."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the example as it is written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file."""
        parser.add_argument("file", metavar="FILE", help="a mail as it came; - for standard input")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, judge, say."""
        answer = described(_bytes(options["file"]))
        if options["json"]:
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(f"kind   {answer['kind']}")
        for part in answer["parts"]:
            self.stdout.write(f"part   {part['name'] or '(no name)'}  {part['type']}  {part['size']} bytes")
        for why in answer["why"]:
            self.stdout.write(f"why    {why}")


def described(raw: bytes) -> dict[str, Any]:
    """Give `kind`, `parts` and `why` of a mail's bytes (design section 10); raises nothing for any bytes."""
    try:
        facts = sandbox.call("requests_app.mail_reading:read", {"raw": sandbox.pack(raw)}, wall=30.0, cpu=20)
    except (sandbox.SandboxError, ValueError) as error:
        facts = unread(raw, type(error).__name__)
    # A success report is evidence of delivery; of the eight kinds that are promised it is none.
    success = facts["kind"] in (Kind.DELIVERED, Kind.RELAYED)
    kind = Kind.UNKNOWN if success else Kind(facts["kind"])
    return {"kind": kind.value, "parts": facts["parts"], "why": _why(facts, told=kind.value != facts["kind"])}


def _why(facts: dict[str, Any], *, told: bool) -> list[str]:
    own = facts["senders"][0] if facts["senders"] else ""
    # Without a named mail server of ours no check counts; that says nothing about this mail.
    codes = [*senders.why_not(facts, own, settings.MAIL_AUTHSERV_ID), *holding.by_content(facts)]
    delivered = ["a report of success"] if told else []
    codes = [each for each in dict.fromkeys(codes) if each != "mail.receiver_unset"]
    return [*facts["signals"], *delivered, *codes, *facts["why"]]


def _bytes(path: str) -> bytes:
    try:
        raw = sys.stdin.buffer.read(MAX_BYTES + 1) if path == "-" else _of_file(Path(path))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise CommandError(f"{path}: larger than the {MAX_BYTES // 1024 // 1024} MB that the mail listener takes")
    return raw


def _of_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
