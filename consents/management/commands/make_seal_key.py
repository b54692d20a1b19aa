"""Make the key of the seal, once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from consents.loa.revocation import list_file, root_key_file
from consents.loa.seal_key import make_seal_files, read_certificates, write_new


class Command(BaseCommand):
    """Makes an own root and the certificate of the seal; never overwrites."""

    help = (
        "Make the seal's key and certificates at SEAL_KEY_FILE, SEAL_CERT_FILE and SEAL_ROOT_FILE, and beside the root "
        "its key and its list of revoked certificates. "
        "Publish the root's fingerprint where the utility can find it. Example: manage.py make_seal_key"
    )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Refuse where any of the files exists: old letters hang on the old root."""
        root = settings.SEAL_ROOT_FILE
        targets = (settings.SEAL_KEY_FILE, settings.SEAL_CERT_FILE, root, root_key_file(root), list_file(root))
        for target in targets:
            if target.exists():
                raise CommandError(f"{target.name} exists already; nothing was changed")
        crl_url = settings.PUBLIC_URL + reverse("seal-crl")
        files = make_seal_files(settings.OPERATOR_NAME, now=timezone.now(), crl_url=crl_url)
        # The key comes last: with it there, all are there.
        write_new(root, files.root)
        write_new(root_key_file(root), files.root_key)
        write_new(list_file(root), files.crl)
        write_new(settings.SEAL_CERT_FILE, files.certificate)
        write_new(settings.SEAL_KEY_FILE, files.key)
        fingerprint = read_certificates(settings.SEAL_ROOT_FILE)[0].sha256.hex()
        self.stdout.write(f"Seal key made. Root certificate SHA-256: {fingerprint}")
