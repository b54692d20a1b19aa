"""The sandbox's end of `verify`: nothing of Django is imported here."""

from datetime import datetime
from typing import Any

from asn1crypto.crl import CertificateList
from asn1crypto.x509 import Certificate

from broker.sandbox.wire import unpack
from consents.loa import validation
from consents.loa.judgement import Trust


def inspect(payload: dict[str, Any]) -> dict[str, Any]:
    """Judge `pdf` by `roots`, `tsa_roots` and `crls` (packed DER) as of `now` (ISO 8601)."""
    now = datetime.fromisoformat(payload["now"])
    return validation.inspect(unpack(payload["pdf"]), unpacked(payload), now=now).to_json()


def unpacked(payload: dict[str, Any]) -> Trust:
    """Read roots and lists as `verify.packed` wrote them."""
    return Trust(
        roots=[Certificate.load(unpack(each)) for each in payload["roots"]],
        tsa_roots=[Certificate.load(unpack(each)) for each in payload["tsa_roots"]],
        crls=[CertificateList.load(unpack(each)) for each in payload["crls"]],
    )
