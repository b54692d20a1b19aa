"""`manage.py business_clock UTILITY IN OUT`: when an answer is due, from JSON lines, without a database."""

import sys
from argparse import RawDescriptionHelpFormatter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.utilities import find, ids
from requests_app.clock_lines import answers

PROGRESS_EVERY = 10_000
EXAMPLE = """
example, a line of IN:
  {"id": "1", "delivered_at": "2026-03-02T15:00:00Z"}
and its line of OUT (wrapped here):
  {"id": "1", "day0": "2026-03-02", "expected_from": "2026-03-09", "due": "2026-03-16",
   "due_at": "2026-03-16T21:30:00Z", "first_follow_up": "2026-03-17"}

  manage.py business_clock obec delivered.jsonl -
  manage.py business_clock obec - dates.jsonl < delivered.jsonl

`delivered_at` needs a zone (Z or an offset). A line that cannot be read is answered with nulls and
"error": "delivered_at.invalid". The calendar is that of the published profile, not an installation's own.
"""


class Command(BaseCommand):
    """Answer each line of IN with one line of OUT, in order, by the utility's published calendar."""

    help = "Say when an answer is due: one JSON line in, one JSON line out, by the utility's published calendar."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the example as it is written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the utility and the two files."""
        parser.add_argument("utility", metavar="UTILITY", help="id of a published profile, such as obec")
        parser.add_argument("input", metavar="IN", help="file of JSON lines; - for standard input")
        parser.add_argument("output", metavar="OUT", help="file of answers; - for standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, count, write."""
        source, target = options["input"], options["output"]
        profile = find(options["utility"])
        if profile is None:
            raise CommandError(f"There is no profile of that name; there are: {', '.join(ids())}.")
        if source != "-" and target != "-" and Path(source).resolve() == Path(target).resolve():
            raise CommandError("IN and OUT are the same file; the answers would overwrite the questions.")
        with ExitStack() as stack:
            try:
                lines = sys.stdin.buffer if source == "-" else stack.enter_context(Path(source).open("rb"))
                out = None if target == "-" else stack.enter_context(Path(target).open("w", encoding="utf-8"))
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from None
            for count, text in enumerate(answers(lines, profile), 1):
                (out or self.stdout).write(text + "\n")
                if count % PROGRESS_EVERY == 0:
                    self.stderr.write(f"{count} lines answered")
