"""What a file proves by itself: whose seal it bears, whether it is whole, and when it was sealed.

No database and no Django: it runs in the sandbox for files that come from outside, and in the jobs for our own.
The profile is PAdES (ETSI EN 319 142-1): B-T as delivered, B-LTA as archived.
"""

import hashlib
import io
from collections.abc import Sequence
from datetime import UTC, datetime

from asn1crypto.crl import CertificateList
from asn1crypto.x509 import Certificate
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.errors import DisallowedAlgorithmError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import (
    DocumentTimestampStatus,
    PdfSignatureStatus,
    SignatureCoverageLevel,
    TimestampSignatureStatus,
)

from consents.loa.judgement import Judgement, NotValid, SealReport, Trust
from consents.loa.reading import LetterReader

FIELD = "BrokerSeal"
SEAL_USAGE = frozenset({"digital_signature", "non_repudiation"})

_CERTIFICATE: dict[object, str] = {
    AdESIndeterminate.REVOKED_NO_POE: "certificate_revoked",
    AdESIndeterminate.REVOKED_CA_NO_POE: "certificate_revoked",
    AdESIndeterminate.OUT_OF_BOUNDS_NO_POE: "certificate_expired",
    AdESIndeterminate.EXPIRED: "certificate_expired",
    AdESIndeterminate.CHAIN_CONSTRAINTS_FAILURE: "certificate_usage",
    AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND: "root_unknown",
    AdESIndeterminate.TRY_LATER: "revocation_unknown",
    # A certificate that names a list, and no list of its issuer at hand: our own have nothing else that could fail.
    AdESIndeterminate.CERTIFICATE_CHAIN_GENERAL_FAILURE: "revocation_unknown",
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE: "algorithm_weak",
    AdESIndeterminate.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "algorithm_weak",
}


def inspect(data: bytes, trust: Trust, *, now: datetime) -> Judgement:
    """Judge a file; never raises for what a file holds: what could not be proven is a problem."""
    try:
        return _inspect(data, trust, now)
    except DisallowedAlgorithmError:
        return Judgement("algorithm_weak")
    except Exception:  # noqa: BLE001 - whatever a changed file provokes in a parser means: not proven
        return Judgement("unreadable")


def validate_sealed(data: bytes, trust: Trust, *, now: datetime | None = None) -> SealReport:
    """Give what is proven of a sealed letter, or raise `NotValid`; what could not be proven is a failure."""
    found = inspect(data, trust, now=now or datetime.now(UTC))
    if not found.genuine:
        raise NotValid(found.problem)
    assert found.timestamp
    return SealReport(found.sealed_by, found.certificate_sha256, found.timestamp, found.timestamped_by)


def _inspect(data: bytes, trust: Trust, now: datetime) -> Judgement:
    reader = LetterReader(io.BytesIO(data), strict=True)
    every = reader.embedded_signatures
    seals = [each for each in every if each.sig_object_type == "/Sig"]
    stamps = [each for each in every if each.sig_object_type == "/DocTimeStamp"]
    if not seals:
        return Judgement("no_seal", archive_stamps=len(stamps))
    seal = seals[0]
    kept = _kept_crls(reader)
    stamped = _stamped(stamps, trust, kept, now)
    # The oldest archive stamp proves that the seal was good then; its certificate may run out, or be revoked, later.
    then = stamped[0].timestamp if stamped else now
    status = validate_pdf_signature(
        seal,
        signer_validation_context=trust.for_seals(then, kept),
        ts_validation_context=trust.for_stamps(then, kept),
        key_usage_settings=KeyUsageConstraints(key_usage=set(SEAL_USAGE)),
    )
    return _judgement(data, seals, status, stamped)


def _stamped(
    stamps: Sequence[EmbeddedPdfSignature], trust: Trust, kept: Sequence[CertificateList], now: datetime
) -> list[DocumentTimestampStatus]:
    """Check each archive stamp as of the time of the next one, the last as of now."""
    found: list[DocumentTimestampStatus] = []
    then = now
    for each in reversed(stamps):
        found.insert(0, validate_pdf_timestamp(each, trust.for_stamps(then, kept)))
        then = found[0].timestamp
    return found


def _judgement(
    data: bytes,
    seals: Sequence[EmbeddedPdfSignature],
    status: PdfSignatureStatus,
    stamped: Sequence[DocumentTimestampStatus],
) -> Judgement:
    seal, token = seals[0], status.timestamp_validity
    end = int(seal.byte_range[2]) + int(seal.byte_range[3])
    last = stamped[-1] if stamped else status
    whole = last.coverage == SignatureCoverageLevel.ENTIRE_FILE
    return Judgement(
        problem=_problem(seals, status, stamped, whole=whole),
        field=seal.field_name,
        signatures=len(seals),
        archive_stamps=len(stamped),
        intact=bool(status.intact),
        valid=bool(status.valid),
        trusted=bool(status.trusted) and _is_for_seals(status.signing_cert),
        unchanged=bool(status.docmdp_ok),
        whole=whole,
        timestamp=token.timestamp if token else None,
        timestamp_sound=_sound(token),
        timestamped_by=_name(token.signing_cert) if token else "",
        sealed_by=status.signing_cert.subject.native.get("organization_name", ""),
        certificate_sha256=status.signing_cert.sha256.hex(),
        sealed_bytes=end,
        sealed_sha256=hashlib.sha256(data[:end]).hexdigest(),
        stamped_at=tuple(each.timestamp for each in stamped),
        stamp_ends=stamped[-1].signing_cert.not_valid_after if stamped else None,
    )


def _problem(
    seals: Sequence[EmbeddedPdfSignature],
    status: PdfSignatureStatus,
    stamped: Sequence[DocumentTimestampStatus],
    *,
    whole: bool,
) -> str:
    token = status.timestamp_validity
    checks = [
        ("other_seal", len(seals) == 1 and seals[0].field_name == FIELD),
        ("changed", bool(status.intact)),
        ("signature_wrong", bool(status.valid)),
        (_CERTIFICATE.get(status.trust_problem_indic, "certificate_wrong"), bool(status.trusted)),
        ("certificate_usage", _is_for_seals(status.signing_cert)),
        ("changed_afterwards", bool(status.docmdp_ok)),
        ("not_the_whole_file", whole),
        ("timestamp_missing", token is not None),
        ("timestamp_wrong", _sound(token)),
        ("archive_wrong", all(_sound(each) for each in stamped)),
        ("not_valid", bool(status.bottom_line)),
    ]
    return next((why for why, good in checks if not good), "")


def _is_for_seals(certificate: Certificate) -> bool:
    """Both uses are asked for; pyHanko is content with one of them."""
    usage = certificate.key_usage_value
    return usage is not None and set(usage.native) >= SEAL_USAGE


def _sound(token: TimestampSignatureStatus | None) -> bool:
    return token is not None and bool(token.intact and token.valid and token.trusted)


def _kept_crls(reader: LetterReader) -> list[CertificateList]:
    """Give the revocation lists that were archived with a letter."""
    if "/DSS" not in reader.root:
        return []
    store = reader.root["/DSS"]
    lists = store["/CRLs"] if "/CRLs" in store else []  # noqa: SIM401 - `get` would give a reference
    return [CertificateList.load(lists[place].data) for place in range(len(lists))]


def _name(certificate: Certificate) -> str:
    return str(certificate.subject.human_friendly)
