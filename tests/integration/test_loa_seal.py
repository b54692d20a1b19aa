"""The sealed letter: what was shown is its beginning, a stranger's programs accept it, and no change passes."""

import hashlib
import io
import json
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from broker import sandbox
from broker.audit import tlogproof
from broker.rehearsal.timestamp_authority import TimestampAuthority
from broker.transport.timestamp import TimestampUnavailable, stamper
from consents.ceremony.stated import CODE, KNOWLEDGE, LINK, method_words
from consents.loa.increment import NotOurLetter
from consents.loa.judgement import NotValid, Trust
from consents.loa.render import render_letter
from consents.loa.seal_key import make_seal_files, read_certificates, write_new
from consents.loa.validation import FIELD, validate_sealed
from tests.loa_desk import Desk, open_desk
from tests.loa_samples import LEAVES, LOG_KEY, LOG_PROOF, SIGNED_AT, facts

FLIPS = 200


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


# --- what it is --------------------------------------------------------------------------------------


def test_what_was_shown_is_the_beginning_of_what_was_sealed(presented: bytes, sealed: bytes) -> None:
    assert sealed.startswith(presented)
    assert len(sealed) > len(presented)


def test_our_own_check_accepts_it_and_says_who_and_when(desk: Desk, sealed: bytes) -> None:
    report = desk.check(sealed)
    assert report.sealed_by == "The Data Desk"
    assert "Rehearsal timestamp authority" in report.timestamped_by
    assert re.fullmatch("[0-9a-f]{64}", report.certificate_sha256)


def test_pdfsig_calls_it_valid_and_whole(sealed: bytes, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(sealed)
    said = subprocess.run(["pdfsig", "letter.pdf"], cwd=tmp_path, capture_output=True, text=True).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said
    assert "Signature #2" not in said


def test_qpdf_finds_no_fault_and_no_encryption(sealed: bytes, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(sealed)
    done = subprocess.run(["qpdf", "--check", "letter.pdf"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "not encrypted" in done.stdout


def test_another_checker_finds_no_error_against_pdf_ua(presented: bytes, sealed: bytes, tmp_path: Path) -> None:
    for name, data in (("presented", presented), ("sealed", sealed)):
        (tmp_path / f"{name}.pdf").write_bytes(data)
        checker = Path(sys.executable).parent / "pdfua"
        done = subprocess.run([checker, "check", f"{name}.pdf"], cwd=tmp_path, capture_output=True, text=True)
        assert "errors=0" in done.stdout, done.stdout + done.stderr
        warned = set(re.findall(r"\[WARN \] (\S+)", done.stdout))
        assert warned <= {"UA-15-003"}  # WeasyPrint gives a row's header no scope; its place says what it heads


def test_pdfsig_trusts_it_where_its_root_was_taken_in(desk: Desk, sealed: bytes, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(sealed)
    (tmp_path / "keys").mkdir()

    def run(*command: str) -> str:
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    run("certutil", "-N", "-d", "sql:keys", "--empty-password")
    assert "Certificate is Trusted." not in run("pdfsig", "-nssdir", "sql:keys", "letter.pdf")
    run("certutil", "-A", "-d", "sql:keys", "-n", "root", "-t", "CT,C,C", "-a", "-i", str(desk.folder / "root"))
    assert "Certificate is Trusted." in run("pdfsig", "-nssdir", "sql:keys", "letter.pdf")


def test_it_certifies_that_nothing_may_change(sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed)) as document:
        signature = document.Root.Perms.DocMDP
        assert signature.Reference[0].TransformParams.P == 1
        assert signature.SubFilter == "/ETSI.CAdES.detached"
        assert document.pdf_version == "1.7"  # PDF/A-3 is built on it


def test_the_evidence_is_attached_beside_the_record_in_order(presented: bytes, sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed)) as document:
        names = document.Root.Names.EmbeddedFiles.Names
        found = [str(name) for name in list(names)[::2]]
        assert found == ["consent-record.json", "log-entry.tlog-proof", "signature-evidence.json"]
        assert [str(spec.AFRelationship) for spec in document.Root.AF] == ["/Data", "/Supplement", "/Supplement"]
        proof, evidence = names[3].EF.F.read_bytes().decode(), json.loads(names[5].EF.F.read_bytes())
    assert evidence["presented_sha256"] == hashlib.sha256(presented).hexdigest()
    assert evidence["presented_bytes"] == len(presented)
    assert evidence["signer_name"] == "Jolene E. Sample"
    assert evidence["signed_at"] == "2026-11-24T20:15:30.000+00:00"
    assert evidence["meaning"] == "I authorize this release."
    assert evidence["letter"] == facts().number
    assert "one factor" in evidence["method"]
    assert proof == LOG_PROOF
    read = tlogproof.parse(proof)
    assert tlogproof.verify(read, LEAVES[1], [LOG_KEY.verifier()], origin=LOG_KEY.name).size == 2


def test_the_block_shows_name_time_with_zone_and_meaning(sealed: bytes, tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(sealed)
    command = ["pdftotext", "-raw", "letter.pdf", "-"]
    text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "Jolene E. Sample" in text
    assert "Signed electronically on November 24, 2026 at 14:15:30 CST (2026-11-24 20:15:30 UTC)" in text
    assert "Meaning of this signature: I authorize this release." in text
    assert "Sealed by The Data Desk" in text
    assert "Entry 1 of the log broker.example/audit/main (2 entries then); the proof is attached" in " ".join(
        text.split()
    )


def test_without_a_proof_of_the_log_nothing_is_sealed(desk: Desk, presented: bytes) -> None:
    for proof in ("", LOG_PROOF.partition("\n\n")[2], LOG_PROOF.replace("index", "place")):
        with pytest.raises(tlogproof.BadTlogProof):
            desk.seal(presented, log_proof=proof)


def test_the_block_lies_in_the_box_and_in_the_structure(sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed)) as document:
        widget = document.Root.AcroForm.Fields[0]
        left, bottom, right, top = (float(value) for value in widget.Rect)
        assert right - left > 450
        assert top - bottom > 80
        key = int(widget.StructParent)
        numbers: list[Any] = list(document.Root.StructTreeRoot.ParentTree.Nums)
        element = numbers[numbers.index(key) + 1]
        assert element.S == "/Form"
        assert element.K[0].Obj.objgen == widget.objgen
        assert element.P.S == "/Div"
        assert "Jolene E. Sample" in str(widget.TU)
        assert document.Root.StructTreeRoot.ParentTreeNextKey == key + 1
        assert widget.P.Tabs == "/S"
        fonts = widget.AP.N.Resources.XObject.SignatureBlock.Resources.Font
        assert all(
            "/FontFile2" in f.DescendantFonts[0].FontDescriptor or "/FontFile3" in f.DescendantFonts[0].FontDescriptor
            for f in fonts.values()
        )


def test_both_conformance_claims_are_still_there_once(sealed: bytes) -> None:
    with pikepdf.open(io.BytesIO(sealed)) as document:
        xmp = document.Root.Metadata.read_bytes().decode()
    assert xmp.count("<rdf:RDF") == 1
    assert len(re.findall(r'pdfuaid:part(="1"|>1<)', xmp)) == 1
    assert len(re.findall(r'pdfaid:part(="3"|>3<)', xmp)) == 1
    assert len(re.findall(r'pdfaid:conformance(="A"|>A<)', xmp)) == 1


def test_one_seal_after_another_does_not_grow(desk: Desk, presented: bytes) -> None:
    sizes = {len(desk.seal(presented)) for _ in range(5)}
    assert max(sizes) - min(sizes) < 64


@pytest.mark.parametrize("name", ["W" * 80, "Ñandú Łukasiewicz-O’Connor", "<b>{{ x }}</b> & 'Sons'", "x " * 40])
def test_long_and_strange_names_are_sealed_as_they_are(desk: Desk, presented: bytes, name: str) -> None:
    longest = method_words([LINK, CODE, KNOWLEDGE], "declared")
    sealed = desk.seal(presented, name, evidence={"letter": facts().number, "method": longest})
    desk.check(sealed)
    with pikepdf.open(io.BytesIO(sealed)) as document:
        assert name in str(document.Root.AcroForm.Fields[0].TU)


# --- what does not pass --------------------------------------------------------------------------------


def test_no_flipped_bit_passes(desk: Desk, sealed: bytes) -> None:
    whole, chance = hashlib.sha256(sealed).digest(), random.Random(20261124)
    first, last = _contents(sealed)
    signed = [place for place in range(len(sealed)) if not first <= place < last]
    for place in chance.sample(signed, FLIPS):
        changed = bytearray(sealed)
        changed[place] ^= 1 << chance.randrange(8)
        with pytest.raises(NotValid):
            desk.check(bytes(changed))
    for place in chance.sample(range(len(sealed)), FLIPS):
        changed = bytearray(sealed)
        changed[place] ^= 1 << chance.randrange(8)
        assert hashlib.sha256(changed).digest() != whole  # what the signature's own padding would let pass


def _contents(sealed: bytes) -> tuple[int, int]:
    found = re.findall(rb"/ByteRange \[\s*0 (\d+) (\d+) (\d+)", sealed)
    first, second, _length = (int(value) for value in found[-1])
    return first, second


def _more_text(data: bytes) -> bytes:
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(data))
    writer.root["/Lang"] = writer.root["/Lang"].__class__("es")
    writer.update_root()
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


CHANGES: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("junk after the end", lambda data: data + b"\n% more"),
    ("an increment", _more_text),
    ("cut", lambda data: data[:-1]),
    ("half", lambda data: data[: len(data) // 2]),
    ("nothing", lambda _data: b""),
    ("not a PDF", lambda _data: b"%PDF-1.7 hello"),
]


@pytest.mark.parametrize(("change", "make"), CHANGES, ids=[name for name, _ in CHANGES])
def test_no_later_change_passes(desk: Desk, sealed: bytes, change: str, make: Callable[[bytes], bytes]) -> None:
    with pytest.raises(NotValid):
        desk.check(make(sealed))


def test_what_was_only_presented_is_not_sealed(desk: Desk, presented: bytes) -> None:
    with pytest.raises(NotValid, match="seal"):
        desk.check(presented)


def test_a_stranger_who_trusts_another_root_does_not_accept_it(desk: Desk, sealed: bytes, tmp_path: Path) -> None:
    write_new(tmp_path / "other", make_seal_files("Another Desk", now=datetime.now(UTC), crl_url="x:").root)
    other = read_certificates(tmp_path / "other")
    with pytest.raises(NotValid, match="root_unknown"):
        validate_sealed(sealed, Trust(other, desk.tsa_roots, desk.trust.crls))
    with pytest.raises(NotValid, match="timestamp_wrong"):
        validate_sealed(sealed, Trust(desk.roots, other, desk.trust.crls))


def test_a_seal_without_a_timestamp_is_not_accepted(desk: Desk, presented: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(presented))
    meta = signers.PdfSignatureMetadata(field_name=FIELD, md_algorithm="sha256", certify=True)
    with pytest.raises(NotValid, match="timestamp"):
        desk.check(signers.sign_pdf(writer, meta, desk.key.signer).getvalue())


def test_a_second_signature_is_not_accepted(desk: Desk, sealed: bytes) -> None:
    writer = IncrementalPdfFileWriter(io.BytesIO(sealed))
    with pytest.raises(Exception, match=r"(?i)forbids all changes"):
        signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="More"), desk.key.signer)


@pytest.mark.parametrize("fault", ["down", "wrong_nonce", "wrong_digest", "garbage"])
def test_without_a_good_timestamp_nothing_is_sealed(desk: Desk, presented: bytes, fault: str) -> None:
    desk.authority.fault = fault
    with pytest.raises(TimestampUnavailable):
        desk.seal(presented)
    desk.authority.fault = ""
    assert desk.check(desk.seal(presented))


def test_a_slow_authority_is_left_for_the_next(
    desk: Desk, presented: bytes, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr("broker.transport.timestamp.TIMEOUT_SECONDS", 0.2)
    with TimestampAuthority(fault="slow") as slow:
        settings.ALLOWED_EGRESS = [*settings.ALLOWED_EGRESS, slow.url.removeprefix("http://").rstrip("/")]
        begun = time.monotonic()
        sealed = desk.seal(presented, timestamper=stamper([slow.url, desk.authority.url]))
        assert slow.asked == 1
        assert time.monotonic() - begun < 25
    assert desk.check(sealed)


def test_an_authority_that_is_not_on_the_list_is_not_asked(desk: Desk, presented: bytes, settings: Any) -> None:
    settings.ALLOWED_EGRESS = []
    asked = desk.authority.asked
    with pytest.raises(TimestampUnavailable, match="not on the list"):
        desk.seal(presented)
    assert desk.authority.asked == asked


def test_a_time_without_a_zone_and_a_foreign_file_are_refused(desk: Desk, presented: bytes) -> None:
    with pytest.raises(ValueError, match="zone"):
        desk.seal(presented, signed_at=SIGNED_AT.replace(tzinfo=None))
    blank = pikepdf.new()
    blank.add_blank_page()
    kept = io.BytesIO()
    blank.save(kept)
    with pytest.raises(NotOurLetter):
        desk.seal(kept.getvalue())


def test_a_typed_name_that_cannot_be_printed_is_refused(desk: Desk, presented: bytes) -> None:
    with pytest.raises(sandbox.Refused, match=r"letter\.unprintable"):
        desk.seal(presented, "李小龍")
