"""Enrol the first compliance officer."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse
from django.utils import timezone

from broker.audit import log
from broker.parties import full_names
from broker.parties.models import Role, User
from broker.parties.staff import renew_enrolment, start_enrolment


class Command(BaseCommand):
    """Prints a one-time link on the server's console; whoever holds the console is trusted."""

    help = (
        "Enrol a compliance officer (or, with --role, other staff) by a one-time link, valid 24 hours. "
        "Example: ./run manage enroll_officer --username okoch --name 'O. Koch'"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", default="", help="the full name; not needed with --again")
        parser.add_argument("--again", action="store_true", help="a fresh link for a person who has one already")
        parser.add_argument("--role", default=Role.OFFICER, choices=[str(r.value) for r in Role if r != Role.ANALYST])

    def handle(self, *_args: Any, **options: Any) -> None:
        known = User.objects.filter(username=options["username"], is_active=True).first()
        if bool(known) != options["again"]:
            raise CommandError(
                "That user name is taken; --again prints a fresh link for it." if known else "No such user yet."
            )
        if full_names.is_mixed(options["name"]):
            raise CommandError("Write the full name in the letters of one alphabet.")
        if known:
            token = renew_enrolment(known, now=timezone.now())
        else:
            token = start_enrolment(options["username"], options["name"], Role(options["role"]), now=timezone.now())
        log.finish_here()
        self.stdout.write(f"{settings.PUBLIC_URL}{reverse('enrol', args=[token])}")
        self.stdout.write("Open this link within 24 hours, on the device that shall hold the passkey, and make one.")
