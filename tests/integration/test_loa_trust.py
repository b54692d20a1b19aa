"""What a seal is believed for: its certificate, its timestamp, and the archive's stamps over years."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm

from broker import sandbox
from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.transport.timestamp import TimestampUnavailable, stamper
from consents.archiving import next_stamp
from consents.loa import revocation
from consents.loa.archive import archived, list_addresses
from consents.loa.judgement import PROBLEMS, Judgement, NotValid, Trust
from consents.loa.render import render_letter
from consents.loa.revocation import Revoked, list_file, read_lists, renew, revoked_in, root_key_file
from consents.loa.seal_key import SealKey, make_seal_files, read_certificates, read_seal_key, write_new
from consents.loa.stamping import accepts
from consents.loa.validation import FIELD, inspect
from tests.loa_desk import Desk, open_desk
from tests.loa_samples import facts


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_desk(tmp_path_factory.mktemp("seal")) as opened:
        yield opened
    sandbox.close()


@pytest.fixture(autouse=True)
def _reachable(desk: Desk, settings: Any) -> None:
    desk.authority.fault = ""
    settings.ALLOWED_EGRESS = [desk.place]


@pytest.fixture(scope="module")
def presented() -> bytes:
    return render_letter(facts(), rehearsal=True).pdf


@pytest.fixture(scope="module")
def sealed(desk: Desk, presented: bytes) -> bytes:
    from django.test import override_settings

    with override_settings(ALLOWED_EGRESS=[desk.place]):
        return desk.seal(presented)


def now() -> datetime:
    return datetime.now(UTC)


def place(authority: TimestampAuthority) -> str:
    return authority.url.removeprefix("http://").rstrip("/")


# --- the certificate of the seal: each fault has its own code, and none passes -----------------------------


class Issuer:
    """An own root that may issue any certificate of a seal."""

    def __init__(self, folder: Path, *, made: datetime) -> None:
        self.folder, self.files = folder, make_seal_files("A Desk", now=made, crl_url="https://broker.example/x.crl")
        for name, data in (("root", self.files.root), ("key", self.files.key), ("certificate", self.files.certificate)):
            write_new(folder / name, data)
        write_new(root_key_file(folder / "root"), self.files.root_key)
        self.renew(at_once=True)

    def renew(self, *also: Revoked, at_once: bool = True) -> None:
        renew(self.folder / "root", now=now(), also=also, at_once=at_once)

    def reissue(self, usage: x509.KeyUsage) -> None:
        """Replace the seal's certificate by one for other uses."""
        old = x509.load_pem_x509_certificate(self.files.certificate)
        root_key: Any = serialization.load_pem_private_key(self.files.root_key, password=None)
        builder = x509.CertificateBuilder(
            issuer_name=old.issuer,
            subject_name=old.subject,
            public_key=old.public_key(),
            serial_number=old.serial_number,
            not_valid_before=old.not_valid_before_utc,
            not_valid_after=old.not_valid_after_utc,
            extensions=[
                x509.Extension(each.oid, each.critical, usage if isinstance(each.value, x509.KeyUsage) else each.value)
                for each in old.extensions
            ],
        )
        new = builder.sign(root_key, hashes.SHA256())
        (self.folder / "certificate").write_bytes(new.public_bytes(serialization.Encoding.PEM))

    @property
    def key(self) -> SealKey:
        return read_seal_key(self.folder / "key", self.folder / "certificate", self.folder / "root")

    @property
    def serial(self) -> int:
        return x509.load_pem_x509_certificate(self.files.certificate).serial_number

    def trust(self, desk: Desk) -> Trust:
        return Trust(read_certificates(self.folder / "root"), desk.tsa_roots, read_lists(self.folder / "root"))


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path, made=now())


def judged(desk: Desk, issuer: Issuer, presented: bytes) -> Judgement:
    return inspect(desk.seal(presented, signer=issuer.key), issuer.trust(desk), now=now())


def test_a_good_certificate_is_good(desk: Desk, issuer: Issuer, presented: bytes) -> None:
    assert judged(desk, issuer, presented).genuine


def test_a_revoked_certificate(desk: Desk, issuer: Issuer, presented: bytes) -> None:
    issuer.renew(Revoked(issuer.serial, now() - timedelta(minutes=1)))
    assert judged(desk, issuer, presented).problem == "certificate_revoked"


def test_an_expired_certificate(desk: Desk, tmp_path: Path, presented: bytes) -> None:
    old = Issuer(tmp_path, made=now() - timedelta(days=366 * 3 + 2))
    assert judged(desk, old, presented).problem == "certificate_expired"


def test_a_certificate_that_is_not_for_seals(desk: Desk, issuer: Issuer, presented: bytes) -> None:
    off = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"), False
    )
    issuer.reissue(x509.KeyUsage(digital_signature=True, content_commitment=False, key_agreement=False, **off))
    found = judged(desk, issuer, presented)
    assert found.problem == "certificate_usage"
    assert not found.trusted  # or the page would call the file a changed wrapper of a genuine letter


def test_an_unknown_root(desk: Desk, issuer: Issuer, sealed: bytes) -> None:
    assert inspect(sealed, issuer.trust(desk), now=now()).problem == "root_unknown"


def test_a_certificate_whose_list_is_missing_or_old(desk: Desk, sealed: bytes) -> None:
    assert inspect(sealed, Trust(desk.roots, desk.tsa_roots), now=now()).problem == "revocation_unknown"
    assert desk.judge(sealed, now() + timedelta(days=8)).problem == "revocation_unknown"
    assert desk.judge(sealed, now() + timedelta(days=6)).genuine


def test_a_list_that_another_root_signed_does_not_count(desk: Desk, issuer: Issuer, sealed: bytes) -> None:
    foreign = Trust(desk.roots, desk.tsa_roots, issuer.trust(desk).crls)
    assert inspect(sealed, foreign, now=now()).problem == "revocation_unknown"


def test_sha_1(desk: Desk, presented: bytes) -> None:
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha1", certify=True, docmdp_permissions=MDPPerm.NO_CHANGES
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(presented))
    weak = signers.sign_pdf(writer, meta, desk.key.signer, timestamper=stamper([desk.authority.url])).getvalue()
    assert desk.judge(weak).problem == "algorithm_weak"


def test_a_seal_in_another_field_is_another_seal(desk: Desk, presented: bytes) -> None:
    meta = signers.PdfSignatureMetadata(field_name="Other", certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    writer = IncrementalPdfFileWriter(io.BytesIO(presented))
    other = signers.sign_pdf(writer, meta, desk.key.signer, timestamper=stamper([desk.authority.url])).getvalue()
    found = desk.judge(other)
    assert (found.problem, found.field) == ("other_seal", "Other")


def test_each_problem_has_its_code_once_and_a_judgement_survives_the_sandbox(desk: Desk, sealed: bytes) -> None:
    assert len(set(PROBLEMS)) == len(PROBLEMS)
    found = desk.judge(sealed)
    assert Judgement.from_json(found.to_json()) == found
    assert found.sealed_bytes == len(sealed)


# --- the list of revoked certificates --------------------------------------------------------------------------


def test_the_list_is_renewed_when_it_is_a_day_old_and_forgets_nobody(issuer: Issuer) -> None:
    root = issuer.folder / "root"
    issuer.renew(Revoked(7, now()))
    assert not renew(root, now=now())
    later = now() + revocation.RENEW_AFTER + timedelta(hours=1)
    assert renew(root, now=later)
    assert [each.serial for each in revoked_in(list_file(root).read_bytes())] == [7]
    assert not [each for each in issuer.folder.iterdir() if each.name.startswith(".")]


def test_without_the_roots_key_a_due_list_is_not_renewed_here(issuer: Issuer) -> None:
    root_key_file(issuer.folder / "root").unlink()
    assert not renew(issuer.folder / "root", now=now())
    with pytest.raises(FileNotFoundError):
        renew(issuer.folder / "root", now=now() + timedelta(days=2))


# --- timestamps ------------------------------------------------------------------------------------------------


def test_a_clock_that_is_an_hour_off_is_passed_over(desk: Desk, presented: bytes, settings: Any) -> None:
    desk.authority.fault = "an_hour_off"
    accept = accepts(desk.trust, now)
    with pytest.raises(TimestampUnavailable, match="authority 1: wrong time"):
        desk.seal(presented, timestamper=stamper([desk.authority.url], accept=accept))
    desk.authority.fault = ""
    assert desk.judge(desk.seal(presented, timestamper=stamper([desk.authority.url], accept=accept))).genuine


def test_an_authority_that_we_do_not_trust_is_passed_over_for_one_that_we_do(
    desk: Desk, presented: bytes, settings: Any
) -> None:
    with TimestampAuthority() as stranger:
        settings.ALLOWED_EGRESS = [desk.place, place(stranger)]
        accept = accepts(desk.trust, now)
        with pytest.raises(TimestampUnavailable, match="authority 1: not trusted"):
            desk.seal(presented, timestamper=stamper([stranger.url], accept=accept))
        both = stamper([stranger.url, desk.authority.url], accept=accept)
        assert desk.judge(desk.seal(presented, timestamper=both)).genuine
        taken_unseen = desk.seal(presented, timestamper=stamper([stranger.url]))
    assert desk.judge(taken_unseen).problem == "timestamp_wrong"


def test_a_seal_without_a_timestamp_has_its_own_code(desk: Desk, presented: bytes) -> None:
    meta = signers.PdfSignatureMetadata(field_name=FIELD, certify=True, docmdp_permissions=MDPPerm.NO_CHANGES)
    bare = signers.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(presented)), meta, desk.key.signer).getvalue()
    assert desk.judge(bare).problem == "timestamp_missing"


# --- the archive -------------------------------------------------------------------------------------------------


def archive(desk: Desk, data: bytes, authority: TimestampAuthority | None = None, trust: Trust | None = None) -> bytes:
    urls = [(authority or desk.authority).url]
    return archived(data, trust or desk.trust, stamper(urls), now=now(), crls=[])[0]


def test_presented_delivered_and_archived_are_one_document_and_each_holds(
    desk: Desk, presented: bytes, sealed: bytes
) -> None:
    once = archive(desk, sealed)
    twice = archive(desk, once)
    assert sealed.startswith(presented)
    assert once.startswith(sealed)
    assert twice.startswith(once)
    assert [desk.judge(each).archive_stamps for each in (sealed, once, twice)] == [0, 1, 2]
    for each in (sealed, once, twice):
        found = desk.judge(each)
        assert found.genuine
        assert found.whole
        assert found.sealed_bytes == len(sealed)
    assert list(desk.judge(twice).stamped_at) == sorted(desk.judge(twice).stamped_at)


def test_the_archived_file_holds_certificates_and_list_and_is_still_pdf_a_and_pdf_ua(desk: Desk, sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(archive(desk, sealed))) as document:
        assert len(document.Root.DSS.CRLs) == 1
        assert len(document.Root.DSS.Certs) >= 4  # both chains: of the seal, and of the timestamp
        xmp = document.Root.Metadata.read_bytes().decode()
        assert document.pdf_version == "1.7"
        assert not document.is_encrypted
    assert xmp.count("<rdf:RDF") == 1
    assert "pdfuaid:part" in xmp
    assert "pdfaid:part" in xmp


def test_an_archived_letter_outlives_its_lists_and_its_authoritys_certificate(
    desk: Desk, sealed: bytes, settings: Any, tmp_path: Path
) -> None:
    once = archive(desk, sealed)
    in_300, in_500 = now() + timedelta(days=300), now() + timedelta(days=500)
    assert desk.judge(once, in_300).genuine, "the list of the day of the stamp is in the file"
    assert desk.judge(once, in_500).problem == "archive_wrong", "the authority's certificate has ended"
    with time_machine.travel(in_300, tick=True), TimestampAuthority(root_file=tmp_path / "next") as successor:
        settings.ALLOWED_EGRESS = [place(successor)]
        both = Trust(desk.roots, [*desk.tsa_roots, *read_certificates(tmp_path / "next")], desk.trust.crls)
        twice = archive(desk, once, successor, both)
    assert inspect(twice, both, now=in_500).genuine, "stamped again in time"


def test_a_letter_stamped_before_a_key_was_revoked_stays_good_and_one_delivered_only_does_not(
    desk: Desk, issuer: Issuer, presented: bytes
) -> None:
    delivered = desk.seal(presented, signer=issuer.key)
    kept = archive(desk, delivered, trust=issuer.trust(desk))
    later = now() + timedelta(days=2)
    renew(issuer.folder / "root", now=later, also=(Revoked(issuer.serial, now() + timedelta(days=1)),), at_once=True)
    assert inspect(delivered, issuer.trust(desk), now=later).problem == "certificate_revoked"
    assert inspect(kept, issuer.trust(desk), now=later).genuine


def test_a_letter_whose_key_was_revoked_before_is_not_archived(desk: Desk, issuer: Issuer, presented: bytes) -> None:
    delivered = desk.seal(presented, signer=issuer.key)
    issuer.renew(Revoked(issuer.serial, now() - timedelta(minutes=1)))
    with pytest.raises(Exception, match=r"(?i)revoked"):
        archive(desk, delivered, trust=issuer.trust(desk))


def test_what_was_changed_is_not_archived(desk: Desk, sealed: bytes) -> None:
    with pytest.raises((NotValid, ValueError)):
        archive(desk, sealed[:5000] + bytes([sealed[5000] ^ 1]) + sealed[5001:])


def test_an_archive_is_stamped_again_after_a_year_or_a_month_before_the_certificate_ends() -> None:
    at = now()
    assert next_stamp(at, at + timedelta(days=3650)) == at + timedelta(days=365)
    assert next_stamp(at, at + timedelta(days=200)) == at + timedelta(days=170)
    assert next_stamp(at, at + timedelta(days=3)) == at + timedelta(days=1)


def test_where_an_authority_publishes_its_list_is_read_from_its_certificates(desk: Desk, sealed: bytes) -> None:
    assert list_addresses(sealed) == []  # the played authority has none
