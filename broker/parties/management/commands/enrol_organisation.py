"""Enrol a recipient of data."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email, validate_slug
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import enrol_organisation
from broker.parties.models import Organisation
from broker.terms import PURPOSES, SERVICE


class Command(BaseCommand):
    """Writes an organisation that customers may share with; verify its contact address before."""

    help = (
        "Enrol an organisation. Its contact address counts as verified from here on. "
        "Example: ./run manage enrol_organisation acme --name 'Acme Energy' --address '1 Main St, Town, MO 00000' "
        "--email data@acme.example"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what every letter names."""
        parser.add_argument("slug")
        parser.add_argument("--name", required=True)
        parser.add_argument("--address", required=True)
        parser.add_argument("--email", required=True)
        parser.add_argument("--phone", default="")
        parser.add_argument("--about", default="", help="what it does, in one sentence that customers read")
        parser.add_argument("--about-es", default="", help="the same in Spanish, for customers who read that")
        parser.add_argument(
            "--purpose",
            action="append",
            choices=list(PURPOSES),
            help="what it may ask customers for; give it once for each; without it: any",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Enrol it, or say what is wrong."""
        try:
            validate_slug(options["slug"])
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError("The slug takes letters, digits and hyphens; the e-mail must be an address.") from error
        if Organisation.objects.filter(slug=options["slug"]).exists():
            raise CommandError("An organisation with this slug is enrolled already.")
        enrol_organisation(
            options["slug"],
            options["name"],
            actor=SERVICE("console"),
            now=timezone.now(),
            address=options["address"],
            contact_email=options["email"],
            phone=options["phone"],
            about=options["about"],
            about_es=options["about_es"],
            purposes=options["purpose"],
        )
        log.finish_here()
        self.stdout.write(f"Enrolled. Customers begin at /share/with/{options['slug']}/")
