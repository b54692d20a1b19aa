"""A store of sealed files that speaks S3, at a place of the list; the bytes are sealed before they come here.

Settings by environment (`.env.example`): SEALED_FILES_S3 and those beside it. What is stored is never overwritten, and
nothing of it can be reached by an address: whoever reads asks as we do, and gets sealed bytes.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from django.core.exceptions import ImproperlyConfigured
from storages.backends.s3 import S3Storage

from broker.transport import lines, urls
from broker.transport.errors import EgressRefused, TransportError

SECONDS = 20  # for a connection, and for each answer


class SealedObjects(S3Storage):  # type: ignore[misc]  # it has no types
    """One bucket, path by path, at an endpoint that stands on `ALLOWED_EGRESS`."""

    def __init__(self, *, secret_key_file: str, **given: Any) -> None:
        """Take the bucket, the endpoint and the login; nothing is asked yet."""
        super().__init__(
            **given,
            secret_key=_secret(Path(secret_key_file)),
            addressing_style="path",
            signature_version="s3v4",
            file_overwrite=False,
            default_acl=None,
            querystring_auth=True,
            client_config=Config(
                connect_timeout=SECONDS,
                read_timeout=SECONDS,
                retries={"max_attempts": 3, "mode": "standard"},
                proxies={},
                s3={"addressing_style": "path"},
                signature_version="s3v4",
            ),
        )

    @property
    def connection(self) -> Any:
        """Give the connection, if the endpoint may be reached; raises `EgressRefused`."""
        require(self.endpoint_url)
        return super().connection

    def url(self, *_args: Any, **_more: Any) -> str:
        """Refuse: no address leads to a sealed file."""
        raise TransportError("a sealed file has no address")


def _secret(path: Path) -> str:
    """Read the login's secret; ImproperlyConfigured where the file is not there, or not its owner's alone."""
    try:
        if path.stat().st_mode & 0o077:
            raise ImproperlyConfigured("S3_SECRET_KEY_FILE can be read by others: chmod 600")
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"S3_SECRET_KEY_FILE: {error.strerror}") from None


def require(endpoint: str | None) -> None:
    """Raise `EgressRefused` where the endpoint is not listed, leads elsewhere, or is not spoken to over TLS."""
    place = urlsplit(endpoint or "")
    host = place.hostname or ""
    port = place.port or (443 if place.scheme == "https" else 80)
    addresses = lines.checked(host, port)
    if place.scheme != "https" and not all(urls.is_loopback(each) for each in addresses):
        raise EgressRefused("files leave this machine over TLS alone", "egress.inside")
