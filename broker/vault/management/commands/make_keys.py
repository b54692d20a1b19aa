"""Make the key file."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.vault import keyring


class Command(BaseCommand):
    """Write a file of fresh random keys, readable by its owner alone."""

    help = (
        "Make the key file named by BROKER_KEY_FILE. Refuses where one exists: losing it loses all sealed data. "
        "--rotate adds a new wrapping key to it: then start every process again and run rewrap_keys. "
        "Example: manage.py make_keys"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the option."""
        parser.add_argument("--rotate", action="store_true", help="add a new wrapping key; the old ones stay")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make the file, or say that it is there; or add a key to it."""
        if options["rotate"]:
            number = keyring.rotate(settings.KEY_FILE)
            self.stdout.write(f"Wrapping key {number} is current. Copy the file to where its copy is kept.")
            return
        try:
            keyring.write_new(settings.KEY_FILE)
        except FileExistsError:
            raise CommandError(f"{settings.KEY_FILE} exists; keys are never replaced.") from None
        self.stdout.write(f"Made {settings.KEY_FILE}. Keep a copy apart from the database and its backups.")
