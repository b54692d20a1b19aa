"""Put the certificate of the seal on the list of revoked certificates."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consents.loa.revocation import Revoked, renew
from consents.loa.seal_key import read_certificates


class Command(BaseCommand):
    """Revokes from now on; nothing takes it back."""

    help = (
        "Revoke the certificate at SEAL_CERT_FILE, because its key was stolen or lost. From now on nothing is sealed "
        "with it, and letters that were not archived before are no longer believed. The root's key must lie beside "
        "SEAL_ROOT_FILE. Example: manage.py revoke_seal --yes"
    )

    def add_arguments(self, parser: Any) -> None:
        """Ask for a word, because nothing takes it back."""
        parser.add_argument("--yes", action="store_true", help="really do it")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Refuse without the word, and where the list cannot be signed here."""
        if not options["yes"]:
            raise CommandError("nothing was revoked: say --yes")
        serial = read_certificates(settings.SEAL_CERT_FILE)[0].serial_number
        now = timezone.now()
        try:
            renew(settings.SEAL_ROOT_FILE, now=now, also=(Revoked(serial, now),), at_once=True)
        except FileNotFoundError:
            raise CommandError("the root's key is not on this machine; nothing was revoked") from None
        self.stdout.write(f"Revoked: certificate {serial:x}. Run make_seal_key --replace before sealing goes on.")
