"""Make the log's signing key."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from broker.audit import entry, signer


class Command(BaseCommand):
    """Makes the key and the first lock file; refuses where there is either."""

    help = (
        "Make the log's signing key, its public key and the signer's first lock file in SIGNER_DIR. Refuses where "
        "one exists. Example: manage.py make_log_key"
    )
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make them and print the public key."""
        if not entry.is_origin(settings.LOG_ORIGIN):
            raise CommandError("LOG_ORIGIN is not of the form <host>/audit/<id>")
        try:
            made = signer.make_key(Path(settings.SIGNER_DIR), settings.LOG_ORIGIN)
        except signer.CannotSign as error:
            raise CommandError(str(error)) from None
        self.stdout.write(made.encode())
