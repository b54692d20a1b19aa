"""What a court asks of a signature is in the pack that opens the letters: the record, the pages, the disclosure."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.utils import timezone

from broker.console.packs import handing
from broker.console.packs.lifecycle import Contents, Redaction
from broker.terms import SERVICE
from consents.ceremony.disclosure import disclosure
from consents.ceremony.models import PageSnapshot
from consents.models import Consent
from tests.integration.grant_support import EMAIL, Desk, desk
from tests.integration.test_packs_grant import pack_of
from tests.packs_world import check, unpack

__all__ = ["desk"]


def handed(desk: Desk, redaction: Redaction, contents: Contents) -> dict[str, bytes]:
    """The files of a pack that was handed out."""
    data = handing.hand_out(pack_of(desk, redaction, contents), actor=SERVICE("tests"), now=timezone.now())
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return {"": data, **{name: pack.read(name) for name in pack.namelist()}}


@pytest.mark.granted
def test_a_pack_with_letters_holds_how_each_was_signed(desk: Desk, tmp_path: Path) -> None:
    desk.grant()
    consent = Consent.objects.get()
    rows = PageSnapshot.objects.filter(consent=consent)
    pack = handed(desk, Redaction.OPEN, Contents(letters=True))
    here = f"signing/{consent.number}/"
    pages = {name: data for name, data in pack.items() if name.startswith(f"{here}pages/")}
    assert sorted(hashlib.sha256(data).digest() for data in pages.values()) == sorted(bytes(r.sha256) for r in rows)
    assert any("I sign and authorize this release" in data.decode() for data in pages.values())

    record = json.loads(pack[f"{here}record.json"])
    canonical = json.dumps(record["bundle"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    commitment = hashlib.sha256(bytes.fromhex(record["salt"]) + canonical).hexdigest()
    letter = pack[f"letter/{consent.letter.number}-delivered.pdf"]
    with pikepdf.open(io.BytesIO(letter)) as document:
        evidence = json.loads(document.attachments["signature-evidence.json"].get_file().read_bytes())
    assert commitment == record["commitment"] == evidence["evidence_sha256"]
    granted = next(each for each in json.loads(pack["records/events.json"]) if each["act"] == "consent.granted")
    assert commitment in json.dumps(granted), "the log's own entry binds us to it"
    hashes = {each["sha256"] for each in record["bundle"]["text_shown"]["pages"]}
    assert hashes == {hashlib.sha256(data).hexdigest() for data in pages.values()}

    agreed = json.loads(pack[f"{here}disclosure.json"])
    shown = disclosure("en")
    assert (agreed["sha256"], agreed["text"]) == (shown.sha256, [each.text for each in shown.items])
    certificate = pack[f"{here}certificate.html"].decode()
    for said in (EMAIL, "The process, in plain words", "under penalty of perjury", commitment, "one factor"):
        assert said in certificate, said
    assert "does not fit" not in certificate
    assert f"signing/{consent.number}/" in pack["report.html"].decode()
    found = check(unpack(pack[""], tmp_path / "whole"))
    assert found["ok"], found["text"]
    (tmp_path / "whole" / here / "certificate.html").write_text("Another story.")
    changed = check(tmp_path / "whole")
    assert not changed["ok"]
    assert changed["file"] == f"{here}certificate.html"


@pytest.mark.granted
def test_the_template_of_a_letter_is_in_the_pack_and_has_the_hash_that_the_letter_states(desk: Desk) -> None:
    """Acceptance test 35: with these files every word of the letter can be set again."""
    desk.grant()
    consent = Consent.objects.get()
    pack = handed(desk, Redaction.OPEN, Contents(letters=True))
    folder = f"template/{consent.text_version.replace(' ', '-')}/"
    said = json.loads(pack[f"{folder}template.json"])
    whole = hashlib.sha256()
    for each in said["files"]:
        data = pack[folder + each["name"]]
        assert hashlib.sha256(data).hexdigest() == each["sha256"]
        whole.update(hashlib.sha256(data).digest())
    for each in said["typefaces"]:
        whole.update(bytes.fromhex(each["sha256"]))
    whole.update(" ".join(said["programs"]).encode())
    assert whole.hexdigest() == said["sha256"]
    with pikepdf.open(io.BytesIO(pack[f"letter/{consent.letter.number}-delivered.pdf"])) as document:
        stated = json.loads(document.attachments["consent-record.json"].get_file().read_bytes())
    assert said["sha256"] in json.dumps(stated)
    assert said["version"] == consent.text_version
    record = json.loads(pack[f"signing/{consent.number}/record.json"])
    assert record["bundle"]["template"]["sha256"] == said["sha256"]
    assert "Service address" in pack[f"{folder}letter.html"].decode()
    assert not [name for name in handed(desk, Redaction.MASKED, Contents()) if name.startswith("template/")]


@pytest.mark.granted
def test_without_the_letters_only_hashes_are_listed_and_headers_say_nothing(desk: Desk) -> None:
    desk.grant()
    consent = Consent.objects.get()
    masked = handed(desk, Redaction.MASKED, Contents())
    assert not [name for name in masked if name.startswith("signing/")]
    listed: list[dict[str, Any]] = json.loads(masked["records/documents.json"])["signings"]
    assert [each["commitment"] for each in listed] == [bytes(consent.signing_record.commitment).hex()]
    assert {each["sha256"] for each in listed[0]["pages"]} == {row.digest for row in consent.page_snapshots.all()}
    headers = handed(desk, Redaction.HEADERS, Contents())
    assert "records/documents.json" not in headers
    assert bytes(consent.signing_record.commitment).hex().encode() not in headers["report.html"]
