"""The canary record, by hand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from broker import utilities
from broker.audit import log
from broker.parties import canary


class Command(BaseCommand):
    """Plants the canary record of this installation."""

    help = (
        "Record a customer who does not exist and whom nobody has a reason to open; from then on a job looks every "
        "five minutes whether an entry of the log touched her, and raises alarm.canary. Once for each installation. "
        "Example: manage.py plant_canary obec"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the argument."""
        parser.add_argument("utility", help="slug of the utility at which her account shall be")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Plant, and say no more than that: her id stands nowhere."""
        if options["utility"] not in utilities.ids():
            raise CommandError("There is no profile of this utility.")
        planted = canary.plant(options["utility"], now=timezone.now())
        log.finish_here()
        self.stdout.write("The canary is planted and watched." if planted else "There is a canary already.")
