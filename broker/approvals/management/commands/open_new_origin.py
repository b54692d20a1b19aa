"""Open a new origin of the log after a declared loss."""

import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.approvals import decide, new_origin
from broker.audit import log, origins
from broker.db import owner


class Command(BaseCommand):
    """Opens the log that LOG_ORIGIN names, as the owner of the tables, with every other process stopped."""

    help = (
        "After a loss that two people have declared: open the new log that LOG_ORIGIN names. Stop every process, set "
        "LOG_ORIGIN and SIGNER_DIR, run make_log_key --former OLD/log.vkey, then this, then start again. "
        "Example: manage.py open_new_origin --approval 4f9c… --checkpoint last-known-checkpoint"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--approval", required=True, type=uuid.UUID, metavar="ID")
        parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="the last one that is known anywhere")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Open it and say so."""
        path = options["checkpoint"]
        try:
            note = None if path is None else path.read_text(encoding="utf-8")
            with owner.logged_in():
                new_origin.carry_out(options["approval"], last_note=note, now=datetime.now(UTC))
                log.close_lanes()
        except (origins.CannotOpen, log.LogUnavailable, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from None
        except decide.NotAllowed:
            raise CommandError("no open decision of two people names this log") from None
        finally:
            log.reset()
        self.stdout.write(f"{settings.LOG_ORIGIN} is open; start integrator and signer, then the rest")
