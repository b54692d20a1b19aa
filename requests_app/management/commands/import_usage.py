"""`manage.py import_usage FILE`: what an importer would read in a file, without a database; imports nothing."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.reasons import REASONS
from broker.terms import Refusal
from broker.utilities import offer, offers
from requests_app import previewing
from requests_app.inbound.quarantine_words import QUARANTINE

EXAMPLE = """
example:
  manage.py import_usage usage.csv --utility obec --json
  {"layout": "smarthub.A", "zone": "America/Chicago",
   "series": [{"role": "delivered", "unit": "kWh", "resolution": "P1D", "count": 2, "total": "72.630"}]}

  manage.py import_usage - --utility obec < usage.csv     standard input, lines for people
  manage.py import_usage usage.csv --utility obec --picture     the values of each day or month as well

Read are: the portal's CSV (layouts A to D), its ZIP and XML, Green Button XML, and PDFs. The kind is told by content.
A file that is refused gives "layout": null, "series": [] and "refused": the reason's code, and the exit code 1.
Of a file without values "series" is empty. "total" is a sum, but of power (kW) the highest value; of
"received" it is how much went back, without a sign.
"""


class Command(BaseCommand):
    """Read one file in the sandbox and say what is in it: nothing is kept, imported, logged or changed."""

    help = "Say what an importer would read in a usage file or bill: layout, zone, and the series with their totals."
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the example as it is written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and the utility."""
        parser.add_argument("file", metavar="FILE", help="a file as it was downloaded; - for standard input")
        parser.add_argument(
            "--utility",
            required=True,
            metavar="U",
            help="id of a published profile: its zone is taken, else that of decisions",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument("--picture", action="store_true", help="draw each series with its values (not with --json)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Read, say."""
        profile = offer(options["utility"])
        if profile is None:
            there = ", ".join(each.id for each in offers())
            raise CommandError(f"There is no profile of that name; there are: {there}.")
        zone = profile.tz.key
        seen = previewing.preview(_bytes(options["file"]), zone=zone)
        if isinstance(seen, Refusal):
            if options["json"]:
                refused: dict[str, object] = {"layout": None, "zone": zone, "series": [], "refused": seen.code}
                self.stdout.write(json.dumps(refused))
            raise CommandError(f"{seen.code}: {_why(seen.code)}", returncode=1)
        if options["json"]:
            self.stdout.write(json.dumps(seen.as_json()))
            return
        self._lines(seen, drawn=options["picture"], home=zone, known=profile.zone is not None)

    def _lines(self, seen: previewing.Preview, *, drawn: bool, home: str, known: bool) -> None:
        self.stdout.write(f"layout  {seen.layout}")
        self.stdout.write(f"zone    {seen.zone}" + ("" if seen.zone == home else f"  (not {home}: nobody imports it)"))
        if not known:
            self.stdout.write("        nobody told us this utility's zone: that of decisions is taken")
        if not seen.series:
            self.stdout.write("series  none: the file can be read and holds no values")
        for each in seen.series:
            facts = f"{each['count']} values of {each['resolution']}, total {previewing.total(each)} {each['unit']}"
            if (days := previewing.first_and_last(each)) is not None:
                facts += f", {days[0]} through {days[1]}"
            self.stdout.write(f"series  {each['role']}: {facts}")
            if each["missing"] or each["gaps_count"]:
                self.stdout.write(f"        {each['missing']} rows without a value, {each['gaps_count']} gaps")
            for gap in each["gaps"][:10]:
                self.stdout.write(f"        nothing from {gap['start']} to {gap['end']}")
            for line in previewing.picture(each) if drawn else ():
                self.stdout.write(f"        {line}")


def _why(code: str) -> str:
    return QUARANTINE[code] if code in QUARANTINE else str(REASONS[code].text)


def _bytes(path: str) -> bytes:
    try:
        raw = sys.stdin.buffer.read(previewing.MAX_BYTES + 1) if path == "-" else _of_file(Path(path))
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from None
    return raw


def _of_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(previewing.MAX_BYTES + 1)
