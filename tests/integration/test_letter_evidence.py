"""What the delivered letter itself says of its signing: the methods that were used, and what binds us to the record."""

import hashlib
import io
import json
from typing import Any

import pikepdf
import pytest

from broker import vault
from broker.audit import log
from broker.demo.visitor import text_of
from consents.ceremony.models import SigningRecord
from consents.checking import inside
from consents.models import Consent
from consents.sealing import SEALER
from tests.integration.grant_support import EMAIL, NAME, Desk, desk
from tests.integration.test_ceremony_evidence import opened

__all__ = ["desk"]


def delivered(consent: Consent) -> bytes:
    """The file that goes to the utility."""
    ref = log.append_read(
        "letter.read", actor=SEALER, subject=consent.customer_id, purpose="operations", obj="letter", body={}
    )
    return vault.open_file(consent.letter.files.get(kind="delivered").file, under=ref)


def attached(pdf: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The letter's record, and how it was signed."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        read = [json.loads(document.attachments[name].get_file().read_bytes()) for name in (inside.RECORD, EVIDENCE)]
    return read[0], read[1]


EVIDENCE = inside.EVIDENCE


@pytest.mark.granted
def test_the_delivered_letter_commits_us_to_the_record_and_names_what_was_used(desk: Desk) -> None:
    desk.grant()
    desk.work()
    consent = Consent.objects.select_related("letter").get()
    assert consent.state == "active"
    record, evidence = attached(delivered(consent))
    kept = json.loads(opened([SigningRecord.objects.get().bundle], consent)[0])
    canonical = json.dumps(kept["bundle"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert evidence["evidence_sha256"] == hashlib.sha256(bytes.fromhex(kept["salt"]) + canonical).hexdigest()
    assert kept["salt"] not in json.dumps(evidence), "without the salt nothing can be guessed from it"
    assert evidence["methods"] == ["email_link", "email_code", "knowledge_typed", "pdf_word"]
    assert evidence["attestations"] == kept["bundle"]["intent"]["attestations"]
    assert evidence["disclosure"]["sha256"] == kept["bundle"]["electronic_records"]["sha256"]
    assert evidence["email_masked"] == "g***@member.example"
    assert evidence["identity"] == kept["bundle"]["identity"]
    assert evidence["identity"]["public_id"] == consent.number
    assert evidence["identity"]["consent_id"] == str(consent.id)
    assert (evidence["button"], evidence["adoption"]) == ("I sign and authorize this release", "typed name")
    assert evidence["template"]["renderer"].startswith("WeasyPrint")
    assert evidence["template"]["sha256"] == record["processing"]["privacy_notice"]["sha256"]
    for private in (EMAIL, "127.0.0.1", kept["bundle"]["environment"]["user_agent"]):
        assert private not in json.dumps(evidence), "address and browser stay out of the utility's file"
    facts = inside.facts(record, evidence)
    assert (facts["signer"], facts["letter"]) == (NAME, consent.letter.number)
    assert facts["text"] == evidence["presented_sha256"]


def test_the_letter_names_her_mailbox_so_that_the_utility_knows_it_again_and_cannot_write_to_it(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    shown = text_of(desk.read(person))
    assert "E-mail g***@member.example" in shown
    assert EMAIL not in shown


def test_a_mailbox_that_is_longer_than_a_line_is_left_out(desk: Desk) -> None:
    person, long = desk.visitor(), f"gwen@{'m' * 60}.example"
    desk.enter(person, long)
    desk.answer(person)
    assert "g***@" not in text_of(desk.read(person))
    assert "g***@" in person.get("/share/check/").text


def test_a_letter_that_was_fetched_and_not_read_by_its_word_says_so(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.read(person, word=None, declared="on")
    desk.sign(person, opens=False)
    desk.work()
    evidence = attached(delivered(Consent.objects.select_related("letter").get()))[1]
    assert evidence["methods"][-1] == "pdf_declared"
    assert "the signer said so after fetching it" in evidence["method"]


def test_a_record_that_is_not_the_one_committed_to_seals_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    with monkeypatch.context() as patched:
        patched.setattr("consents.ceremony.evidence.Gathered.commitment", b"\1" * 32)
        desk.sign(person)
    desk.work()
    consent = Consent.objects.get()
    assert consent.state == "signed"
    assert not consent.letter.files.filter(kind="delivered").exists()
