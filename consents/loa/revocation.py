"""The list of revoked seal certificates (RFC 5280, section 5): made by our own root, good for a week.

The list lies beside the root's certificate, and the root's key too as long as the operator leaves it there.
"""

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from asn1crypto import pem
from asn1crypto.crl import CertificateList
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

GOOD_FOR, RENEW_AFTER = timedelta(days=7), timedelta(days=1)


@dataclass(frozen=True)
class Revoked:
    """A certificate that no longer counts, by its serial number, and since when."""

    serial: int
    since: datetime


def list_file(root_file: Path) -> Path:
    """Give where the list lies: beside the root's certificate."""
    return root_file.with_name(f"{root_file.stem}.crl.pem")


def root_key_file(root_file: Path) -> Path:
    """Give where the root's key lies; whoever takes it off this machine renews the list elsewhere."""
    return root_file.with_name(f"{root_file.stem}.key.pem")


def make_list(root: bytes, root_key: bytes, revoked: tuple[Revoked, ...], *, now: datetime) -> bytes:
    """Sign a list (PEM) of these certificates."""
    certificate = x509.load_pem_x509_certificate(root)
    key = serialization.load_pem_private_key(root_key, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(now - timedelta(hours=1))  # clocks differ
        .next_update(now + GOOD_FOR)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.serial).revocation_date(each.since)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def revoked_in(data: bytes) -> tuple[Revoked, ...]:
    """Give what a list (PEM) holds."""
    return tuple(Revoked(each.serial_number, each.revocation_date_utc) for each in x509.load_pem_x509_crl(data))


def read_lists(root_file: Path) -> list[CertificateList]:
    """Give the list beside this root; none where there is none (a seal that names one is then not believed)."""
    try:
        data = list_file(root_file).read_bytes()
    except FileNotFoundError:
        return []
    return [CertificateList.load(der) for _, _, der in pem.unarmor(data, multiple=True)]


def renew(root_file: Path, *, now: datetime, also: tuple[Revoked, ...] = (), at_once: bool = False) -> bool:
    """Replace the list by a fresh one when it is a day old; says whether it did.

    What was revoked stays revoked. `FileNotFoundError` where the root's key is kept elsewhere and a list is due.
    """
    target = list_file(root_file)
    try:
        old = target.read_bytes()
        due = now - x509.load_pem_x509_crl(old).last_update_utc > RENEW_AFTER
        before = revoked_in(old)
    except FileNotFoundError:
        due, before = True, ()
    if not (due or at_once):
        return False
    data = make_list(root_file.read_bytes(), root_key_file(root_file).read_bytes(), (*before, *also), now=now)
    data += _of_older_roots(target)
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    fresh.write_bytes(data)
    os.replace(fresh, target)
    return True


def _of_older_roots(target: Path) -> bytes:
    """Give the lists behind the first: an older root's, as its keeper brought it, stays."""
    if not target.exists():
        return b""
    lists = list(pem.unarmor(target.read_bytes(), multiple=True))[1:]
    return b"".join(pem.armor(kind, der) for kind, _, der in lists)
