"""Make the key of the seal, once; or one that follows it, under the same root."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from consents.loa.revocation import list_file, root_key_file
from consents.loa.seal_key import make_seal_files, make_seal_under, put_in_place, read_certificates, write_new


class Command(BaseCommand):
    """Makes an own root and the certificate of the seal; never overwrites what letters hang on.

    `--replace` makes a new key and certificate under the root that is there: before the old one ends, or after it was
    revoked. Root, its fingerprint on every letter, and the list of revoked certificates stay, and so does every letter
    that the old key sealed. The old certificate is kept beside the new one; the old key is gone.
    """

    help = (
        "Make the seal's key and certificates at SEAL_KEY_FILE, SEAL_CERT_FILE and SEAL_ROOT_FILE, and beside the root "
        "its key and its list of revoked certificates. "
        "Publish the root's fingerprint where the utility can find it. --replace: a new key and certificate under the "
        "same root, when the old one ends or was revoked. Example: manage.py make_seal_key"
    )

    def add_arguments(self, parser: Any) -> None:
        """Say it when a key is to follow another."""
        parser.add_argument("--replace", action="store_true", help="make the key that follows the one there is")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Refuse where any of the files exists: old letters hang on the old root."""
        if options["replace"]:
            self._replace()
            return
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

    def _replace(self) -> None:
        root, place = settings.SEAL_ROOT_FILE, settings.SEAL_CERT_FILE
        try:
            old = read_certificates(place)[0]
            roots = root.read_bytes(), root_key_file(root).read_bytes()
        except FileNotFoundError as missing:
            raise CommandError(f"{Path(str(missing.filename)).name} is not here; nothing was changed") from None
        crl_url = settings.PUBLIC_URL + reverse("seal-crl")
        try:
            key, certificate = make_seal_under(*roots, settings.OPERATOR_NAME, now=timezone.now(), crl_url=crl_url)
        except ValueError as wrong:
            raise CommandError(f"{wrong}; nothing was changed") from None
        kept = place.with_name(f"{place.stem}.{old.serial_number:x}.pem")
        if not kept.exists():
            write_new(kept, place.read_bytes())
        # Cut short between the two, key and certificate do not fit, nothing is sealed, and to run it again mends it.
        put_in_place(settings.SEAL_KEY_FILE, key)
        put_in_place(place, certificate)
        self.stdout.write(f"New seal: certificate {read_certificates(place)[0].serial_number:x}, the same root.")
