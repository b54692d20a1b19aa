"""Scenarios S02, S03, S05, S06 and S12 of the field guide: no, not yet, later, in Spanish, under an older text."""

import hashlib
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from broker.audit import log, query
from broker.demo.visitor import text_of
from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor
from consents import actions, rules
from consents.ceremony.models import SigningRecord
from consents.lifecycle import State
from consents.models import Consent, LetterFile
from requests_app.models import Decision, Message
from tests.integration.audit_support import acts
from tests.integration.grant_support import ACCOUNT, DATA, EMAIL, NAME, Desk, desk, last_day
from tests.requests_world import World, coop, run_job, world
from tests.scenarios.test_joint import ask

__all__ = ["desk"]


def bodies(act: str) -> list[dict[str, Any]]:
    """Give what the events of an act say about the one customer, oldest first."""
    her = Customer.objects.get()
    under = log.append_read(
        "log.read", actor=Actor("s", uuid.uuid4()), subject=her.id, purpose="support", obj="event", body={}
    )
    return [dict(each.body) for each in query.for_subject(her.id, under=under) if each.act == act]


def test_s01_one_consent_of_that_scope_a_receipt_and_its_evidence_in_the_log(desk: Desk) -> None:
    """Given the link of a recipient, when she signs, then that and nothing else is allowed, and all of it is proven."""
    desk.grant()
    consent = Consent.objects.get()
    assert (consent.state, consent.recipient, consent.purpose) == (State.ACTIVE, desk.organisation, "rate_comparison")
    assert consent.data_types == ["bill", "usage_daily"]
    assert (consent.history_from, consent.history_to) == (date(2025, 1, 1), date(2026, 1, 1))
    assert (consent.forward, consent.onward_recipients) == (None, [])
    receipt = desk.mail(f"Receipt {consent.number}")
    assert "application/pdf" in {each["type"] for each in receipt["attachments"]}
    (granted,) = bodies("consent.granted")
    assert granted["text_version"] == consent.text_version
    assert granted["letter_sha256"] == bytes(consent.text_sha256).hex()
    assert granted["evidence_sha256"] == bytes(SigningRecord.objects.get().commitment).hex()


def test_s02_a_no_is_recorded_with_a_receipt_and_keeps_no_account(desk: Desk) -> None:
    """Given the wizard, when "No, do not share" is pressed, then the recipient is told only "declined"."""
    person, path = desk.visitor(), f"/share/with/{desk.organisation.slug}/"
    desk.enter(person)
    desk.answer(person)
    assert "You said no" in person.submit("/share/terms/", action=f"{desk.url}{path}no/").text
    told, receipt = desk.mail("declined", "inbox@recipient.example"), desk.mail("you chose not to share")
    for secret in (EMAIL, NAME, "51000042", "0042"):
        assert secret not in f"{told['subject']}{told['text']}"
    assert acts().count("consent.declined") == 1
    assert "OB-" in receipt["subject"]
    assert [row.objects.count() for row in (Consent, Customer, UtilityAccount)] == [0, 0, 0]


def test_s03_without_the_agreement_or_the_opened_letter_nothing_is_signed(desk: Desk) -> None:
    """Given the last pages, when either is missing, then the page says what is missing, and no consent exists."""
    person = desk.visitor()
    desk.enter(person)
    person.submit("/share/account/", ACCOUNT)
    person.submit("/share/data/", DATA)
    asked = {"purpose": "rate_comparison", "last_day": last_day()}
    person.submit("/share/purpose/", asked)
    page = desk.agree(person, expect=422, agrees=None)
    assert "Something needs another look" in page
    desk.agree(person)
    person.get("/share/read/")
    assert "Something needs another look" in _unopened(person)
    assert not Consent.objects.exists()
    assert acts().count("consent.granted") == 0


def _unopened(person: Any) -> str:
    """Type a word without having seen the one that the letter shows."""
    page = person.get("/share/read/")
    fields = {"letter_sha256": person.field(page, "letter_sha256"), "word": "ZZZZ"}
    return str(person.submit("/share/read/", fields, expect=422).text)


def test_s05_a_year_later_the_letter_is_the_one_whose_hash_was_logged(desk: Desk) -> None:
    """Given a receipt, when its PDF is downloaded later, then hash and text are those of the signing.

    Also when the consent is over and the letter has an archive copy with a later time stamp.
    """
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    shown = desk.read(person)
    desk.sign(person, opens=False)
    desk.work()
    consent = Consent.objects.get()
    (sealed,), (granted,) = bodies("letter.sealed"), bodies("consent.granted")
    kept = LetterFile.objects.get(letter__consent=consent, kind="delivered")
    person.submit(f"/my/{consent.id}/stop/")
    assert LetterFile.objects.filter(letter__consent=consent, kind="archived").exists()
    later = person.get(f"/my/{consent.id}/letter.pdf").content
    assert hashlib.sha256(later).hexdigest() == sealed["delivered_sha256"] == bytes(kept.sha256).hex()
    assert hashlib.sha256(shown).hexdigest() == sealed["presented_sha256"] == granted["letter_sha256"]
    assert later.startswith(shown)


def test_s06_in_spanish_from_the_switch_to_the_receipt(desk: Desk, settings: Any, tmp_path: Path) -> None:
    """Then receipt, mails and letter are Spanish, the mail to the co-op is English, and the hashes are logged."""
    person = desk.visitor()
    person.http.cookies.set("django_language", "es")
    person.submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL})
    person.submit("/share/code/", {"code": desk.mail("enlace y")["codes"][0]})
    desk.answer(person)
    shown = desk.read(person)
    assert "Gracias" in desk.sign(person, opens=False)
    consent = Consent.objects.get()
    receipt = desk.mail("Comprobante")
    assert "Usted dio permiso a" in receipt["text"]
    assert "Receipt" not in receipt["subject"]
    letter = text_of(shown)
    for words in ("Autorización de acceso a datos", "The Spanish text was signed and governs", "For the billing desk"):
        assert words in letter
    assert consent.letter.language == consent.customer.language == "es"
    assert ask(desk, "51000042", consent=str(consent.id)) == "route"
    hers = {name: getattr(settings, name) for name in ("ALLOWED_EGRESS", "SMTP_HOST", "SMTP_PORT")}
    with coop(tmp_path, settings) as mailbox:
        manual = consent.requests.get().manual
        assert run_job("manual.send", manual.id) == "done"
        mail, wire = mailbox.mails.message(1), mailbox.mails.raw(1)
    for name, value in hers.items():  # the played co-op is gone; her mailbox is there again
        setattr(settings, name, value)
    assert "Data access request" in str(mail["Subject"])
    assert "member authorization enclosed" in str(mail["Subject"])
    (sealed,), (granted,) = bodies("letter.sealed"), bodies("consent.granted")
    assert granted["letter_sha256"] == hashlib.sha256(shown).hexdigest() == sealed["presented_sha256"]
    assert granted["disclosure"]["locale"] == "es"
    english = hashlib.sha256(wire).hexdigest()
    assert english in [each.get("sha256") for each in bodies("request.state")]
    assert bytes(Message.objects.get(direction="out").sha256).hex() == english
    (enclosed,) = [part.get_content() for part in mail.iter_attachments()]
    assert hashlib.sha256(enclosed).hexdigest() == sealed["delivered_sha256"]
    person.submit(f"/my/{consent.id}/stop/")
    assert "usted dejó de compartir" in desk.mail("dejó de compartir")["subject"]


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> World:
    """A consent for bills alone, signed with the text of its day."""
    return world(data_types=["bill"], onward_recipients=[])


def test_s12_an_older_text_gives_what_it_allowed_and_no_more(w: World, monkeypatch: Any) -> None:
    """Rules 7 and 8 read what was signed; a newer text widens nothing until it is signed itself.

    The text's version stands in each decision and cannot be changed afterwards.
    """
    monkeypatch.setattr(actions, "TEMPLATE_VERSION", "loa 99.0.0")
    monkeypatch.setattr(rules, "DISCLOSURE", "esign 99.0.0")
    assert w.post(w.ask(data_types=["bill"])).status_code == 202
    assert Decision.objects.get().text_version == w.consent.text_version == "test"
    assert w.post(w.ask(data_types=["usage_daily"])).json()["code"] == "scope.data_type"
    assert w.post(w.ask(data_types=["bill"], purpose="billing_review")).json()["code"] == "purpose.mismatch"
    for change in ({"text_version": "loa 99.0.0"}, {"data_types": ["bill", "usage_daily"]}):
        with pytest.raises(DatabaseError, match="signed consent"), transaction.atomic():
            Consent.objects.filter(id=w.consent.id).update(**change)
    assert Consent.objects.get().state == State.ACTIVE
