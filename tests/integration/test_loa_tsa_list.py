"""A timestamp authority that publishes a list of revoked certificates, as real ones do: fetched, kept, believed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from broker import sandbox
from broker.rehearsal.serving import HttpServer, Reply, Request
from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.transport.errors import TransportError
from broker.transport.timestamp import stamper
from consents import archiving
from consents.loa.archive import archived, list_addresses
from consents.loa.judgement import NotValid, Trust
from consents.loa.render import render_letter
from consents.loa.seal_key import read_certificates
from tests.loa_desk import Desk, open_desk
from tests.loa_samples import facts

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


@dataclass
class Publisher:
    """The authority's own root, and the list that it serves over HTTP."""

    root_key: rsa.RSAPrivateKey
    root: x509.Certificate
    serial: int = 0
    served: bytes = b""
    asked: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        self.asked.append(request.path)
        return Reply(body=self.served, headers={"Content-Type": "application/pkix-crl"})

    def publish(self, *, revoked: bool = False, ended: bool = False, armoured: bool = False) -> None:
        """Sign a list: of nobody, of this authority's certificate, or one whose time is over."""
        now = datetime.now(UTC) - (timedelta(days=30) if ended else timedelta())
        made = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.subject)
            .last_update(now - timedelta(hours=2))
            .next_update(now + timedelta(days=7))
        )
        if revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(self.serial)
            made = made.add_revoked_certificate(entry.revocation_date(now - timedelta(hours=1)).build())
        self.served = made.sign(self.root_key, hashes.SHA256()).public_bytes(PEM if armoured else DER)


@dataclass(frozen=True)
class World:
    """A desk whose authority publishes a list; `sealed` is a letter that it stamped."""

    desk: Desk
    publisher: Publisher
    place: str
    list_url: str
    sealed: bytes

    @property
    def trust(self) -> Trust:
        return self.desk.trust

    def archive(self) -> Any:
        """Archive the letter as the job does: fetch the lists, then stamp."""
        lists = archiving._lists(self.sealed)
        return archived(self.sealed, self.trust, stamper([self.desk.authority.url]), now=datetime.now(UTC), crls=lists)[
            1
        ]


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(
    subject: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey, *extensions: tuple[Any, bool]
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=300))
    )
    for extension, critical in extensions:
        made = made.add_extension(extension, critical=critical)
    return made.sign(issuer_key, hashes.SHA256())


def kept_file(folder: Path, publisher: Publisher, list_urls: list[str]) -> Path:
    """Write the authority's key and certificates; its certificate says where the list is."""
    key = rsa.generate_private_key(65537, 2048)
    places = [x509.DistributionPoint([x509.UniformResourceIdentifier(each)], None, None, None) for each in list_urls]
    made = certificate(
        "An authority",
        key,
        "An authority's root",
        publisher.root_key,
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True),
        (x509.CRLDistributionPoints(places), False),
    )
    publisher.serial = made.serial_number
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "kept.pem"
    path.write_bytes(private + made.public_bytes(PEM) + publisher.root.public_bytes(PEM))
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder, key = tmp_path_factory.mktemp("tsa"), rsa.generate_private_key(65537, 2048)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    ca = x509.BasicConstraints(ca=True, path_length=0)
    root = certificate("An authority's root", key, "An authority's root", key, (ca, True), (usage, True))
    publisher = Publisher(key, root)
    server = HttpServer(publisher.answer)
    server.start()
    url = f"{server.url}/authority.crl"
    with (
        open_desk(folder) as plain,
        pytest.MonkeyPatch.context() as patch,
        TimestampAuthority(
            root_file=folder / "its-root", kept=kept_file(folder, publisher, ["ldap://directory.example/list", url])
        ) as authority,
    ):
        from django.conf import settings

        desk = Desk(plain.key, plain.roots, read_certificates(folder / "its-root"), authority, plain.folder)
        patch.setattr(settings, "ALLOWED_EGRESS", [desk.place])
        publisher.publish()
        sealed = desk.seal(render_letter(facts(), rehearsal=True).pdf)
        yield World(desk, publisher, server.url.removeprefix("http://"), url, sealed)
    server.stop()
    sandbox.close()


@pytest.fixture
def w(made: World, settings: Any) -> World:
    settings.ALLOWED_EGRESS = [made.desk.place, made.place]
    made.publisher.publish()
    made.publisher.asked.clear()
    return made


def test_the_list_is_read_from_where_the_authoritys_certificate_says(w: World) -> None:
    assert list_addresses(w.sealed) == [w.list_url]  # a directory (LDAP) is no place that we ask


@pytest.mark.parametrize("armoured", [False, True], ids=["DER", "PEM"])
def test_a_letter_is_archived_with_the_list_in_it(w: World, armoured: bool) -> None:
    w.publisher.publish(armoured=armoured)
    assert w.archive().genuine
    assert w.publisher.asked == ["/authority.crl"]


@pytest.mark.parametrize(
    ("wrong", "why"), [({"revoked": True}, "certificate_revoked"), ({"ended": True}, "revocation_unknown")]
)
def test_a_list_that_speaks_against_it_archives_nothing(w: World, wrong: dict[str, bool], why: str) -> None:
    w.publisher.publish(**wrong)
    with pytest.raises(NotValid, match=why):
        w.archive()


@pytest.mark.parametrize("served", [b"", b"<html>welcome</html>", b"0" * 2000], ids=["nothing", "a page", "rubbish"])
def test_what_is_no_list_is_asked_for_again_later(w: World, served: bytes) -> None:
    w.publisher.served = served
    with pytest.raises(TransportError):
        w.archive()


def test_a_place_that_is_not_on_the_allow_list_is_not_asked(w: World, settings: Any) -> None:
    settings.ALLOWED_EGRESS = [w.desk.place]
    with pytest.raises(TransportError):
        w.archive()
    assert w.publisher.asked == []
