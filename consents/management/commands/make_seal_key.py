"""Make the key of the seal, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from consents.loa.seal_key import make_seal_files, read_certificates, write_new


class Command(BaseCommand):
    """Makes an own root and the certificate of the seal; never overwrites."""

    help = (
        "Make the seal's key and certificates at SEAL_KEY_FILE, SEAL_CERT_FILE and SEAL_ROOT_FILE. "
        "Publish the root's fingerprint where the utility can find it. Example: manage.py make_seal_key"
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Refuse where any of the files exists: old letters hang on the old root."""
        targets = (settings.SEAL_KEY_FILE, settings.SEAL_CERT_FILE, settings.SEAL_ROOT_FILE)
        for target in targets:
            if target.exists():
                raise CommandError(f"{target.name} exists already; nothing was changed")
        files = make_seal_files(settings.OPERATOR_NAME, now=timezone.now())
        # The key comes last: with it there, all three are there.
        write_new(settings.SEAL_ROOT_FILE, files.root)
        write_new(settings.SEAL_CERT_FILE, files.certificate)
        write_new(settings.SEAL_KEY_FILE, files.key)
        fingerprint = read_certificates(settings.SEAL_ROOT_FILE)[0].sha256.hex()
        self.stdout.write(f"Seal key made. Root certificate SHA-256: {fingerprint}")
