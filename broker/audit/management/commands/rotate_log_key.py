"""The steps of a new signing key, on the signer's side."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import rotation
from broker.audit.checkpoint import BadNote
from broker.audit.signer import CannotSign


class Command(BaseCommand):
    """Prepares, starts or ends a rotation while the signer is stopped; opens no database."""

    help = (
        "Rotate the log's signing key, as the signer's user, with the signer stopped. `prepare` makes the next key and "
        "prints its public half; `manage.py announce_log_key` puts that into the log; `start --announced SIZE` lets "
        "both keys sign; `retire` ends the old one 90 days later. Example: manage.py rotate_log_key prepare"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("step", choices=["prepare", "start", "retire"])
        parser.add_argument("--announced", type=int, default=0, metavar="SIZE", help="what announce_log_key printed")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do one step and print the public keys, current first."""
        folder, now = Path(settings.SIGNER_DIR), datetime.now(UTC)
        try:
            if options["step"] == "prepare":
                keys = [rotation.prepare(folder)]
            elif options["step"] == "start":
                keys = rotation.start(folder, announced=options["announced"], now=now)
            else:
                keys = rotation.retire(folder, now=now)
        except (CannotSign, BadNote) as error:
            raise CommandError(str(error)) from None
        for key in keys:
            self.stdout.write(key.encode())
