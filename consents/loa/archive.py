"""The archive's timestamp (PAdES B-LTA): what a check needs is put into the file, and the whole is stamped.

ETSI EN 319 142-1, 6.3. The bytes before stay as they are: an archived letter begins with the delivered one.
"""

import io
from datetime import datetime

from asn1crypto.crl import CertificateList
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfTimeStamper
from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import add_validation_info
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError

from consents.loa.judgement import Judgement, NotValid, Trust
from consents.loa.reading import LetterReader
from consents.loa.validation import inspect

RESERVED = 2 * 12_000  # hexadecimal digits for the token: as much in each file


def archived(
    data: bytes, believed: Trust, timestamper: TimeStamper, *, now: datetime, crls: list[CertificateList]
) -> tuple[bytes, Judgement]:
    """Add one archive stamp to a sealed or archived letter; give the bytes and what our own check says of them.

    `crls` are lists of the authorities' certificates. Raises `NotValid` when the result does not hold, and
    `TimestampUnavailable`; nothing else of the file changes.
    """
    known = [*believed.crls, *crls]
    try:
        result = _stamped(data, believed, timestamper, known, now)
    except RevokedError:
        raise NotValid("certificate_revoked") from None
    except (ValidationError, PathError):
        # A list that is missing, over or of somebody else: there may be a better one tomorrow.
        raise NotValid("revocation_unknown") from None
    if not result.startswith(data):
        raise NotValid("changed")
    judged = inspect(result, believed, now=now)
    if not judged.genuine:
        raise NotValid(judged.problem)
    return result, judged


def _stamped(
    data: bytes, believed: Trust, timestamper: TimeStamper, known: list[CertificateList], now: datetime
) -> bytes:
    filled = _with_validation_info(data, _context(believed, known, now))
    stamped = PdfTimeStamper(timestamper).timestamp_pdf(
        IncrementalPdfFileWriter.from_reader(LetterReader(io.BytesIO(filled))),
        "sha256",
        validation_context=_context(believed, known, now),
        bytes_reserved=RESERVED,
        # Before the stamp, so that it covers its own authority's certificates too and is the last thing in the file.
        dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
    )
    return bytes(stamped.getvalue())


def list_addresses(data: bytes) -> list[str]:
    """Give where the authorities that stamped this letter publish their lists of revoked certificates."""
    found: dict[str, None] = {}
    for each in LetterReader(io.BytesIO(data)).embedded_signatures:
        if each.sig_object_type == "/DocTimeStamp":
            tokens = [each.signed_data]
        else:
            tokens = list(extract_tst_data_iter(each.signer_info, signed=False))
        for part in tokens:
            for certificate in part["certificates"]:
                found.update(dict.fromkeys(_addresses(certificate.chosen)))
    return list(found)


def _addresses(certificate: Certificate) -> list[str]:
    """Give the addresses of HTTP; a directory's (LDAP) beside them say the same to those who ask there."""
    points = certificate.crl_distribution_points
    return [point.url for point in points if point.url and point.url.lower().startswith(("http://", "https://"))]


def _with_validation_info(data: bytes, context: ValidationContext) -> bytes:
    """Put certificates and lists into the file: of the seal and its timestamp, later of the last archive stamp."""
    reader = LetterReader(io.BytesIO(data))
    stamps = reader.embedded_timestamp_signatures
    newest = stamps[-1] if stamps else reader.embedded_regular_signatures[0]
    output = add_validation_info(newest, context, skip_timestamp=bool(stamps), add_vri_entry=False)
    return bytes(output.getvalue())


def _context(believed: Trust, crls: list[CertificateList], now: datetime) -> ValidationContext:
    return ValidationContext(
        trust_roots=[*believed.roots, *believed.tsa_roots],
        crls=crls,
        moment=now,
        allow_fetching=False,
        revocation_mode="hard-fail",
    )
