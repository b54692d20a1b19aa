"""List the letters that a major version of the template affects."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consents import reissue
from consents.loa import versions
from consents.loa.letter import TEMPLATE_VERSION


class Command(BaseCommand):
    """Lists letters in force by number; opens nothing and renders nothing."""

    help = (
        "List the letters in force that were signed with an older major version of the template, one JSON line each: "
        "they keep their own text until they end, and their customers are asked for a renewal. "
        "Example: manage.py list_reissue"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The version to compare with."""
        parser.add_argument("--template", default=TEMPLATE_VERSION, help="such as “loa 2.0.0” (default: ours)")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Print the list."""
        try:
            versions.read(options["template"])
        except ValueError as error:
            raise CommandError(str(error)) from None
        for each in reissue.affected(options["template"]):
            self.stdout.write(json.dumps({**each.__dict__, "ends": each.ends.isoformat()}, ensure_ascii=False))
