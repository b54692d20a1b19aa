"""Make an application of a recipient and show its key, once."""

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from broker.audit import log
from broker.db import installation
from broker.parties.keys import NotNow, create_application
from broker.parties.models import Application, Organisation
from broker.terms import SERVICE


class Command(BaseCommand):
    """Writes the application; only a hash of the key is kept."""

    help = (
        "Make an application and print its key, which cannot be shown again. The key is live in a live database and "
        "a test key in a rehearsal. Example: ./run manage create_application acme --name 'Rate check' --days 365"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whose it is, its name, and how long the key works."""
        parser.add_argument("organisation", help="the slug of an enrolled organisation")
        parser.add_argument("--name", required=True)
        parser.add_argument("--days", type=int, default=365)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it, or say why not."""
        organisation = Organisation.objects.filter(slug=options["organisation"]).first()
        if organisation is None:
            raise CommandError("No organisation with this slug is enrolled.")
        if not 1 <= options["days"] <= 3650:
            raise CommandError("A key works for 1 to 3650 days.")
        mode = Application.Mode.LIVE if installation.mode() == "live" else Application.Mode.TEST
        now = timezone.now()
        expires_at = now + timedelta(days=options["days"])
        try:
            _, key = create_application(
                organisation, options["name"], mode, expires_at=expires_at, actor=SERVICE("console"), now=now
            )
        except NotNow:
            raise CommandError("A key of theirs is suspended since nobody reviewed it: let it go on first.") from None
        log.finish_here()
        self.stdout.write(key)
        self.stderr.write("Keep it now: it cannot be shown again.")
