"""An RFC 3161 timestamp of a checkpoint: what is stamped, and its check against configured roots (rules).

Stamped is the checkpoint's text, its first lines up to the root: the signature lines may grow, the text may not. With
openssl alone: `head -n 3 checkpoint | openssl ts -verify -data /dev/stdin -in token.tsr -CAfile root.pem`.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from asn1crypto import cms, pem, tsp
from asn1crypto.x509 import Certificate
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

DIGESTS = ("sha256", "sha384", "sha512")
GRANTED = ("granted", "granted_with_mods")


class BadTimestamp(ValueError):
    """A token that proves nothing about this text; the message says which check failed."""


class Timestamp(NamedTuple):
    """What a token proves: the text existed at this time, by the word of this authority."""

    at: datetime
    authority: str


def read_certificates(data: bytes) -> list[Certificate]:
    """Read certificates from PEM. Raises ValueError."""
    return [Certificate.load(der) for _kind, _headers, der in pem.unarmor(data, multiple=True)]


def verify(
    response: bytes, text: bytes, roots: Sequence[Certificate], *, intermediates: Sequence[Certificate] = ()
) -> Timestamp:
    """Check a TimeStampResp (DER) over this text; raise `BadTimestamp` unless everything is proven.

    Checked are the imprint, the signature, the certificate's purpose, and its chain to a root **at the token's own
    time**: a certificate that expired later takes nothing away.
    """
    try:
        signed, info = _parts(response)
        at: datetime = info["gen_time"].native
        if info["message_imprint"]["hash_algorithm"]["algorithm"].native not in DIGESTS:
            raise BadTimestamp("a weak digest")
        _carry(signed, [*intermediates, *roots])
        status = _status(signed, text, roots, intermediates, at)
    except BadTimestamp:
        raise
    except Exception as problem:  # noqa: BLE001 - whatever a broken token provokes in a parser means: not proven
        raise BadTimestamp(f"unreadable: {type(problem).__name__}") from None
    for why, sound in (("imprint", status.intact), ("signature", status.valid), ("not trusted", status.trusted)):
        if not sound:
            raise BadTimestamp(why)
    return Timestamp(at, _name(status.signing_cert))


def _name(certificate: Certificate) -> str:
    """The authority's name as its certificate gives it, without the labels of its parts."""
    subject = certificate.subject.native
    parts = [subject.get("common_name"), subject.get("organization_name")]
    return ", ".join(dict.fromkeys(str(each) for each in parts if each)) or str(certificate.subject.human_friendly)


def _parts(response: bytes) -> tuple[cms.SignedData, tsp.TSTInfo]:
    answer = tsp.TimeStampResp.load(response, strict=True)
    if answer["status"]["status"].native not in GRANTED:
        raise BadTimestamp("refused")
    signed = answer["time_stamp_token"]["content"]
    return signed, signed["encap_content_info"]["content"].parsed


def _carry(signed: cms.SignedData, certificates: Sequence[Certificate]) -> None:
    """Give the token the configured certificates that it does not carry; they are not part of what is signed."""
    there = {each.chosen.dump() for each in signed["certificates"]}
    missing = [each for each in certificates if each.dump() not in there]
    if missing:
        known = [each.chosen for each in signed["certificates"]]
        signed["certificates"] = cms.CertificateSet([cms.CertificateChoices("certificate", c) for c in known + missing])


def _status(
    signed: cms.SignedData,
    text: bytes,
    roots: Sequence[Certificate],
    intermediates: Sequence[Certificate],
    at: datetime,
) -> TimestampSignatureStatus:
    # No revocation lists: none is fetched at a check that may run without any network.
    context = ValidationContext(
        trust_roots=list(roots), other_certs=list(intermediates), moment=at, allow_fetching=False
    )

    def imprint(algorithm: str) -> bytes:
        return hashlib.new(algorithm, text).digest()

    found: dict[str, Any] = asyncio.run(validate_tst_signed_data(signed, context, imprint))
    return TimestampSignatureStatus(**found)
