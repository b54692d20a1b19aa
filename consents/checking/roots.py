"""The roots that a stranger needs to check our seal, as files and fingerprints."""

from collections.abc import Sequence
from dataclasses import dataclass

from asn1crypto import pem as armour
from asn1crypto.x509 import Certificate
from django.core.exceptions import ImproperlyConfigured

from consents.loa.trusting import trust


@dataclass(frozen=True)
class Roots:
    """The roots of our seals, and of the timestamps in them."""

    seals: Sequence[Certificate]
    stamps: Sequence[Certificate]


def certificates() -> Roots | None:
    """Give this installation's roots; None where it has none yet."""
    try:
        found = trust()
    except (ImproperlyConfigured, OSError, ValueError):
        return None
    return Roots(found.roots, found.tsa_roots)


def fingerprint() -> str:
    """Give the SHA-256 of the seal's root as people read it aloud: pairs of capitals with colons."""
    found = certificates()
    if found is None or not found.seals:
        return ""
    return str(found.seals[0].sha256.hex(":")).upper()


def pem(roots: Sequence[Certificate]) -> bytes:
    """Write certificates as one PEM file."""
    return b"".join(armour.armor("CERTIFICATE", each.dump()) for each in roots)
