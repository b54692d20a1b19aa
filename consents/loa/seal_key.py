"""The key of the seal: read from files now; any pyHanko `Signer` (token, cloud) fits the same place.

The seal is the operator's, over the customer's electronic signature; it never claims to be the customer's own.
"""

import os
import stat
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from asn1crypto import keys, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consents.loa.revocation import make_list

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer

ROOT_YEARS, SEAL_YEARS = 10, 3


class SealKeyUnsafe(RuntimeError):
    """The key file can be read by others, or is not there."""


@dataclass(frozen=True)
class SealKey:
    """What makes a seal: the signer, and the operator's name as the certificate says it."""

    signer: "Signer"
    name: str


@dataclass(frozen=True)
class SealFiles:
    """A new key with its certificates, the root's key, and the first list of revoked certificates, as PEM."""

    key: bytes
    certificate: bytes
    root: bytes
    root_key: bytes
    crl: bytes


def read_seal_key(key_file: Path, certificate_file: Path, root_file: Path) -> SealKey:
    """Read the seal's key; refuses a file that anybody but its owner may read."""
    # Not at the top: whoever reads certificates imports this file at every start, and pyHanko costs 0.2 s there.
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    try:
        mode = key_file.stat().st_mode
    except FileNotFoundError:
        raise SealKeyUnsafe("there is no seal key yet: run make_seal_key") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SealKeyUnsafe("the seal's key file must be readable by its owner alone (0600)")
    certificate, roots = read_certificates(certificate_file)[0], read_certificates(root_file)
    private = keys.PrivateKeyInfo.load(_unarmored(key_file.read_bytes()))
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    for root in roots:  # the newest first; letters of before hang on an older one
        store.register(root)
    return SealKey(SimpleSigner(certificate, private, store), certificate.subject.native["organization_name"])


def read_certificates(path: Path) -> list[asn1_x509.Certificate]:
    """Read every certificate of a PEM file; there must be at least one."""
    found = [asn1_x509.Certificate.load(der) for kind, _, der in pem.unarmor(path.read_bytes(), multiple=True)]
    if not found:
        raise ValueError("no certificate in the file")
    return found


def make_seal_files(organisation: str, *, now: datetime, crl_url: str) -> SealFiles:
    """Make an own root and the seal's certificate under it (EC P-256), and an empty list of revoked certificates.

    `crl_url` is where the list will be found (RFC 5280, section 4.2.1.13).
    """
    root_key, root_name = ec.generate_private_key(ec.SECP256R1()), _name(organisation, "document seal root")
    root = (
        _builder(root_name, root_name, root_key.public_key(), now, ROOT_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    root_pem, root_key_pem = root.public_bytes(serialization.Encoding.PEM), _private(root_key)
    key, certificate = make_seal_under(root_pem, root_key_pem, organisation, now=now, crl_url=crl_url)
    return SealFiles(key, certificate, root_pem, root_key_pem, make_list(root_pem, root_key_pem, (), now=now))


def make_seal_under(
    root: bytes, root_key: bytes, organisation: str, *, now: datetime, crl_url: str
) -> tuple[bytes, bytes]:
    """Make a seal's key and its certificate (PEM) under this root; the first one, or one that follows another.

    Raises ValueError where the key is not the root's.
    """
    issuer, issuer_key = x509.load_pem_x509_certificate(root), serialization.load_pem_private_key(root_key, None)
    if not isinstance(issuer_key, ec.EllipticCurvePrivateKey) or issuer_key.public_key() != issuer.public_key():
        raise ValueError("this is not the root's key")
    seal_key = ec.generate_private_key(ec.SECP256R1())
    seal = (
        _builder(_name(organisation, "document seal"), issuer.subject, seal_key.public_key(), now, SEAL_YEARS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        # nonRepudiation (called content commitment today): PAdES readers ask for it.
        .add_extension(_usage(digital_signature=True, content_commitment=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .add_extension(_list_at(crl_url), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return _private(seal_key), seal.public_bytes(serialization.Encoding.PEM)


def write_new(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a file that must not exist yet, readable by its owner alone from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def put_in_place(path: Path, data: bytes) -> None:
    """Let a file take the place of another in one step, readable by its owner alone."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    write_new(fresh, data)
    os.replace(fresh, path)


def _builder(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, now: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks differ
        .not_valid_after(now + timedelta(days=366 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _list_at(url: str) -> x509.CRLDistributionPoints:
    place = x509.UniformResourceIdentifier(url)
    return x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)])


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _name(organisation: str, what: str) -> x509.Name:
    common = f"{organisation[: 64 - len(what) - 1]} {what}"
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _usage(**allowed: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names})


def _unarmored(data: bytes) -> bytes:
    return bytes(pem.unarmor(data)[2])
