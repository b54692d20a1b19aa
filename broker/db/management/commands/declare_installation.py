"""Say once, for ever, whether this database is a rehearsal or live."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.db import installation


class Command(BaseCommand):
    """Writes the one row that keeps rehearsal and live data apart."""

    help = (
        "Declare this database: 'rehearsal' or 'live'. It can never be changed. "
        "Example: ./run manage declare_installation live"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the mode."""
        parser.add_argument("mode", choices=["rehearsal", "live"])

    def handle(self, *_args: Any, **options: Any) -> None:
        """Declare, or say why not."""
        try:
            installation.declare(options["mode"])
        except installation.AlreadyDeclared as error:
            raise CommandError("This database was declared before and stays what it is.") from error
        self.stdout.write(f"This database is {options['mode']}, for ever.")
