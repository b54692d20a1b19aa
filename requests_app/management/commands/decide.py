"""`manage.py decide IN OUT`: decide asks from JSON lines, without a database."""

import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from requests_app.decision_lines import answers

PROGRESS_EVERY = 10_000
EXAMPLE = """
example, a line of IN (wrapped here):
  {"id": "1", "utility": "obec", "now": "2026-03-02T15:00:00Z", "consent": null,
   "ask": {"recipient": "acme", "purpose": "rate_comparison", "accounts": ["1234567"],
           "data_types": ["bill"], "from": "2025-01-01", "to": "2026-01-01", "channel": null}}
and its line of OUT:
  {"id": "1", "outcome": "refusal", "channel": null, "codes": ["consent.absent"], "nearest": []}

  manage.py decide asks.jsonl -
  manage.py decide - answers.jsonl < asks.jsonl
"""


class Command(BaseCommand):
    """Answer each line of IN with one line of OUT, in order, by the published profile and the 17 rules."""

    help = "Decide asks: one JSON line in, one JSON line out, by the published utility profile and the 17 rules."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the example as it is written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the two files."""
        parser.add_argument("input", metavar="IN", help="file of JSON lines; - for standard input")
        parser.add_argument("output", metavar="OUT", help="file of answers; - for standard output")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, decide, write."""
        source, target = options["input"], options["output"]
        if source != "-" and target != "-" and Path(source).resolve() == Path(target).resolve():
            raise CommandError("IN and OUT are the same file; the answers would overwrite the questions.")
        with ExitStack() as stack:
            try:
                lines = sys.stdin.buffer if source == "-" else stack.enter_context(Path(source).open("rb"))
                out = None if target == "-" else stack.enter_context(Path(target).open("w", encoding="utf-8"))
            except OSError as error:
                raise CommandError(f"{error.filename}: {error.strerror}") from None
            for text in self._with_progress(answers(lines)):
                (out or self.stdout).write(text + "\n")

    def _with_progress(self, texts: Iterator[str]) -> Iterator[str]:
        for count, text in enumerate(texts, 1):
            yield text
            if count % PROGRESS_EVERY == 0:
                self.stderr.write(f"{count} lines decided")
