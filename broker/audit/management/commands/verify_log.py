"""Verify the whole log."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import auditing, log


class Command(BaseCommand):
    """Verifies every entry, tile, checkpoint and lane; exit code 0 or 1."""

    help = (
        "Verify the whole log. The last line is JSON: ok, size, root, first_bad, kind. Exit code 0 if it holds, 1 if "
        "not. Example: manage.py verify_log --json"
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--json", action="store_true", help="print the JSON line alone")
        parser.add_argument("--origin", metavar="NAME", help="a log that was declared lost, as far as it goes")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Verify and say so."""
        try:
            lost = options["origin"] not in (None, settings.LOG_ORIGIN)
            result = auditing.verify_lost(options["origin"]) if lost else auditing.verify_database()
        except LookupError:
            raise CommandError("this database holds no such log") from None
        except log.LogUnavailable as error:
            self.stdout.write(json.dumps({"ok": False, "size": 0, "root": "", "first_bad": None, "kind": "origin"}))
            raise CommandError(str(error)) from None
        except (OSError, ValueError):
            self.stdout.write(json.dumps({"ok": False, "size": 0, "root": "", "first_bad": None, "kind": "signature"}))
            raise CommandError("the log's public key is missing or broken") from None
        if not options["json"]:
            self.stdout.write(f"{result.leaves} entries read, signed up to {result.size}")
            for note in result.notes:
                self.stdout.write(note)
        self.stdout.write(json.dumps(auditing.verdict_line(result)))
        if not result.ok:
            raise SystemExit(1)
