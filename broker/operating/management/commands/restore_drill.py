"""Restore an archive into an empty place and prove that it is whole."""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import integrator, log
from broker.operating import drilling


class Command(BaseCommand):
    """Drills; the last line of its output is JSON, the exit code 0 or 1."""

    help = (
        "Restore an archive into an empty place, verify its log and root, open sealed data with the keys given, serve "
        "it and have a letter checked over HTTP. The live installation is not touched. Without --into the place is "
        "made and removed; with it, it stays: that is how an installation is restored. Examples: "
        "manage.py restore_drill /srv/backups/broker-20260301T020000Z.backup --keys /mnt/copy/broker.keys; on "
        "PostgreSQL --admin-url postgresql://postgres@localhost/postgres"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the archive, the keys and the place."""
        parser.add_argument("archive", metavar="ARCHIVE", type=Path)
        parser.add_argument("--keys", metavar="FILE", type=Path, help="the copy of the key file; default: the live one")
        parser.add_argument("--into", metavar="DIR", type=Path, help="an empty folder, or one to be made")
        parser.add_argument("--database-url", default="", metavar="URL", help="an empty database, as the application")
        parser.add_argument("--owner-url", default="", metavar="URL", help="the same, as the owner of the tables")
        parser.add_argument(
            "--admin-url",
            default=os.environ.get("DRILL_ADMIN_URL", ""),  # a command line can be read by everybody on the machine
            metavar="URL",
            help="a login that may make a database (default: the variable DRILL_ADMIN_URL)",
        )
        parser.add_argument(
            "--all",
            action="store_true",
            help="open every sealed file and value, not only some, as after a change of keys; it takes about as "
            "long as writing an entry for each file, and for each person in each table",
        )
        parser.add_argument("--json", action="store_true", help="print the JSON line alone")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it, say what was found, step by step."""
        if options["database_url"] and not options["into"]:
            raise CommandError("--database-url goes with --into")
        if not options["archive"].is_dir():
            # A slip of the hand is no drill that failed: the doctor would be red until the next good one.
            raise CommandError(
                f"{options['archive']}: no archive is there; nothing was drilled, and no entry was written"
            )
        where = drilling.Where(options["into"], options["database_url"], options["owner_url"], options["admin_url"])
        keys = options["keys"] or Path(settings.KEY_FILE)
        try:
            result = drilling.run(
                options["archive"].absolute(),
                where,
                keys,
                now=datetime.now(UTC),
                progress=lambda text: print(text, file=sys.stderr),
                everything=options["all"],
            )
        except log.LogUnavailable as error:
            raise CommandError(f"The drill's entry could not be written: {error}") from None
        try:
            log.finish_here()
        except integrator.Diverged as error:
            self.stderr.write(f"The entry waits for its signature: {error}")
        if not options["json"]:
            self._say(result)
            if not options["keys"]:
                self.stdout.write("The live key file was used: a drill with its copy (--keys) proves that one, too.")
        self.stdout.write(json.dumps(result))
        if not result["ok"]:
            raise SystemExit(1)

    def _say(self, result: dict[str, Any]) -> None:
        for step in result["steps"]:
            self.stdout.write(f"{'ok  ' if step['ok'] else 'FAIL'} {step['name']:<26} {step['ms']:>7} ms")
        self.stdout.write(result["why"] or f"Restored, verified and served in {result['seconds']} s.")
