"""Make the key file."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from broker.vault import keyring


class Command(BaseCommand):
    """Write a file of fresh random keys, readable by its owner alone."""

    help = (
        "Make the key file named by BROKER_KEY_FILE. Refuses where one exists: losing it loses all sealed data. "
        "Example: manage.py make_keys"
    )
    requires_system_checks: list[str] = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make the file, or say that it is there."""
        try:
            keyring.write_new(settings.KEY_FILE)
        except FileExistsError:
            raise CommandError(f"{settings.KEY_FILE} exists; keys are never replaced.") from None
        self.stdout.write(f"Made {settings.KEY_FILE}. Keep a copy apart from the database and its backups.")
