"""Checking a sealed letter the way a sceptical stranger would: intact, trusted, whole, unchanged since."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

FIELD = "BrokerSeal"


class NotValid(Exception):
    """The file is not a letter that we sealed, whole and unchanged; `why` says which check failed."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class SealReport:
    """What was proven about a sealed letter."""

    sealed_by: str
    certificate_sha256: str
    timestamp: datetime
    timestamped_by: str


def validate_sealed(data: bytes, roots: Sequence[Certificate], tsa_roots: Sequence[Certificate]) -> SealReport:
    """Give what is proven, or raise `NotValid`; anything that could not be proven is a failure."""
    try:
        status = _status(data, roots, tsa_roots)
    except NotValid:
        raise
    except Exception as problem:  # noqa: BLE001 - whatever a changed file provokes in a parser means: not proven
        raise NotValid(f"unreadable: {type(problem).__name__}") from None
    for why, sound in _checks(status):
        if not sound:
            raise NotValid(why)
    token = status.timestamp_validity
    assert token is not None
    return SealReport(
        sealed_by=status.signing_cert.subject.native.get("organization_name", ""),
        certificate_sha256=status.signing_cert.sha256.hex(),
        timestamp=token.timestamp,
        timestamped_by=token.signing_cert.subject.human_friendly,
    )


def _status(data: bytes, roots: Sequence[Certificate], tsa_roots: Sequence[Certificate]) -> PdfSignatureStatus:
    reader = PdfFileReader(io.BytesIO(data), strict=True)
    signatures = reader.embedded_signatures
    if len(signatures) != 1 or signatures[0].field_name != FIELD:
        raise NotValid("not exactly one seal")
    # Our own root publishes no revocation list yet; the evidence of time is the token.
    return validate_pdf_signature(
        signatures[0],
        signer_validation_context=ValidationContext(trust_roots=list(roots), allow_fetching=False),
        ts_validation_context=ValidationContext(trust_roots=list(tsa_roots), allow_fetching=False),
        key_usage_settings=KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"}),
    )


def _checks(status: PdfSignatureStatus) -> list[tuple[str, bool]]:
    token = status.timestamp_validity
    return [
        ("changed", bool(status.intact)),
        ("signature", bool(status.valid)),
        ("not trusted", bool(status.trusted)),
        ("not the whole file", status.coverage == SignatureCoverageLevel.ENTIRE_FILE),
        ("changed afterwards", bool(status.docmdp_ok)),
        ("no timestamp", token is not None),
        ("timestamp", token is not None and bool(token.intact and token.valid and token.trusted)),
        ("not valid", bool(status.bottom_line)),
    ]
