"""Make the log's signing key."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import checkpoint, entry, signer


class Command(BaseCommand):
    """Makes the key and the first lock file; refuses where there is either."""

    help = (
        "Make the log's signing key, its public key and the signer's first lock file in SIGNER_DIR. Refuses where "
        "one exists. Example: manage.py make_log_key"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--former", type=Path, metavar="FILE", help="log.vkey of a log that was lost: its keys are published too"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make them and print the public key."""
        if not entry.is_origin(settings.LOG_ORIGIN):
            raise CommandError("LOG_ORIGIN is not of the form <host>/audit/<id>")
        try:
            lines = [] if options["former"] is None else options["former"].read_text("ascii").split()
            former = [checkpoint.parse_vkey(line) for line in lines]
            if any(key.name == settings.LOG_ORIGIN for key in former):
                raise CommandError("these are keys of this log; a new key of an old log is a rotation")
            made = signer.make_key(Path(settings.SIGNER_DIR), settings.LOG_ORIGIN, former=former)
        except (signer.CannotSign, OSError, ValueError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(made.encode())
