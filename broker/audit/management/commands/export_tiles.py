"""Export the log as tlog-tiles."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import export

PROGRESS_EVERY = 25_600  # entries: a hundred bundles


class Command(BaseCommand):
    """Writes the log at a signed size for other people's verifiers."""

    help = (
        "Write the log as C2SP tlog-tiles into an empty folder: checkpoint, tile/, log.vkey, checkpoints/. Bundles "
        "hold sealed entries and are not public. Example: manage.py export_tiles out/ --size 512"
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("dir", metavar="DIR", type=Path)
        parser.add_argument("--size", type=int, help="a size that was signed (default: the newest)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write, and say what was written."""
        try:
            done = export.write(options["dir"], options["size"], tick=self._tick)
        except export.CannotExport as error:
            raise CommandError(str(error)) from None
        self.stdout.write(json.dumps(export.last_line(done)))
        if not done.ok:
            raise SystemExit(1)

    def _tick(self, done: int) -> None:
        if done % PROGRESS_EVERY == 0:
            self.stderr.write(f"{done:,} entries written")
