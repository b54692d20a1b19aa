"""What is kept of a signing: each page as served, one record without a blank, and neither can be changed."""

import hashlib
import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.operating import lost
from broker.terms import SERVICE
from broker.vault import file_facts
from consents.ceremony import ending
from consents.ceremony.evidence import FIELDS, blank_fields, read_bundle
from consents.ceremony.models import PageSnapshot, ServedPage, SigningRecord
from consents.models import Consent, Draft, LetterFile
from tests import factories
from tests.integration.audit_support import acts
from tests.integration.grant_support import ACCOUNT, EMAIL, NAME, Desk, desk, last_day
from tests.integration.holds_support import bytes_of
from tests.integration.test_ceremony import answered, sign_raw

__all__ = ["desk"]


def opened(values: list[Any], consent: Consent) -> list[str]:
    """Open sealed values of a consent's evidence, as a court would have them opened."""
    event = log.append_read(
        "consent.viewed",
        actor=SERVICE("tests"),
        subject=consent.customer_id,
        purpose="compliance",
        obj="consent",
        body={},
        cnt=len(values),
    )
    return vault.open_all(values, under=event)


def words(page: str) -> str:
    """What a person reads on a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def bundle_of(consent: Consent) -> dict[str, Any]:
    """The bundle of a consent's record."""
    return dict(read_bundle(opened([SigningRecord.objects.get(consent=consent).bundle], consent)[0]).bundle)


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_word_of_the_signing_page_can_be_shown_again(desk: Desk, language: str) -> None:
    person = desk.visitor()
    person.http.cookies.set("django_language", language)
    mail = {"en": "link and code", "es": "enlace y"}[language]
    person.submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL})
    person.submit("/share/code/", {"code": desk.mail(mail)["codes"][0]})
    desk.answer(person)
    desk.read(person)
    page = person.get("/share/check/")
    desk.sign(person, opens=False)
    consent = Consent.objects.get()
    rows = list(PageSnapshot.objects.filter(consent=consent).order_by("at"))
    steps = ["start", "code", "account", "data", "purpose", "terms", "read", "check"]
    assert list(dict.fromkeys(row.step for row in rows)) == steps
    assert {row.language for row in rows} == {language}
    texts = opened([row.page for row in rows], consent)
    for row, text in zip(rows, texts, strict=True):
        assert hashlib.sha256(text.encode()).digest() == bytes(row.sha256)
        assert not re.search(r'csrfmiddlewaretoken" value="[^"]', text), "the form's token is no evidence and a secret"
    kept = next(text for row, text in zip(rows, texts, strict=True) if row.step == "check")
    assert words(kept) == words(page.text)
    assert {"en": "I sign and authorize this release", "es": "Firmo y autorizo"}[language] in words(kept)
    assert not ServedPage.objects.exists(), "what was kept for the draft went over to the consent"
    bundle = bundle_of(consent)
    assert bundle["electronic_records"]["locale"] == language
    assert bundle["intent"]["button"] in words(kept)
    every = " ".join(words(text) for text in texts)
    stated = [each["sentence"] for each in bundle["intent"]["attestations"]]
    assert len(stated) == 4
    assert [each for each in stated if each not in every] == [], "each sentence stood on a page, in its language"


def test_the_page_behind_the_mailed_link_is_kept_too(desk: Desk) -> None:
    desk.grant()
    rows = PageSnapshot.objects.order_by("at")
    assert list(dict.fromkeys(row.step for row in rows))[:4] == ["start", "code", "open", "account"]
    kept = opened([rows.get(step="open").page], Consent.objects.get())[0]
    assert "Looking at this page has changed nothing" in words(kept)


def test_of_a_renewal_no_page_is_kept_that_was_not_served(desk: Desk) -> None:
    person = desk.grant()
    old = Consent.objects.get()
    person.submit(f"/my/{old.id}/renew/")
    mail = desk.mail(old.number)
    person.submit("/share/code/", {"code": mail["codes"][0]})
    person.submit("/share/renewal/", {"number": ACCOUNT["number"], "helped": "no"})
    desk.agree(person)
    desk.sign(person)
    new = Consent.objects.exclude(id=old.id).get()
    kept = {row.step for row in PageSnapshot.objects.filter(consent=new)}
    assert "start" not in kept
    assert {"code", "renewal", "read", "check"} <= kept


def test_a_page_that_says_that_it_is_stale_is_kept_like_any_other(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    page = desk.agree(person, expect=409, disclosure="0" * 64)
    assert "This page was out of date" in page
    assert ServedPage.objects.filter(step="terms").count() == 2


def test_no_field_of_the_record_is_blank_and_what_is_missing_says_why(desk: Desk) -> None:
    desk.grant()
    bundle = bundle_of(Consent.objects.get())
    assert blank_fields(bundle) == set()
    assert {group: set(fields) for group, fields in bundle.items()} == {g: set(names) for g, names in FIELDS.items()}
    texts = [value for fields in bundle.values() for value in fields.values() if isinstance(value, str)]
    assert not [each for each in texts if each.startswith("not collected") and len(each) < len("not collected: x y")]
    assert bundle["attribution"]["email"] == EMAIL
    assert bundle["attribution"]["code_tries"] == 1
    assert bundle["attribution"]["code_failures"] == 0
    assert bundle["environment"]["ip"] == "127.0.0.1"
    assert bundle["environment"]["help"] == "no"
    assert bundle["environment"]["user_agent"].startswith("python-httpx")
    assert bundle["electronic_records"]["pdf_method"] == "word"


def test_a_blank_field_is_found() -> None:
    whole: dict[str, dict[str, Any]] = {group: dict.fromkeys(names, "x") for group, names in FIELDS.items()}
    assert blank_fields(whole) == set()
    for group, names in FIELDS.items():
        for empty in ("", None, [], {}):
            assert blank_fields({**whole, group: {**whole[group], names[0]: empty}}) == {f"{group}.{names[0]}"}
    assert blank_fields({**whole, "identity": {}}) == {f"identity.{name}" for name in FIELDS["identity"]}


def test_wrong_tries_help_and_both_names_are_in_the_record(desk: Desk) -> None:
    person = desk.visitor()
    person.submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL})
    code = desk.mail("link and code")["codes"][0]
    person.submit("/share/code/", {"code": f"{(int(code) + 1) % 1_000_000:06}"})
    person.submit("/share/code/", {"code": code})
    helped = {"helped": "yes", "helper": "Ned Neighbor", "help_kind": "reads", "name": "Inés Peña"}
    desk.answer(person, account=helped)
    desk.sign(person, typed_name="INES PENA")
    bundle = bundle_of(Consent.objects.get())
    assert (bundle["attribution"]["code_tries"], bundle["attribution"]["code_failures"]) == (2, 1)
    assert bundle["environment"]["help"] == "reads: Ned Neighbor"
    assert (bundle["attribution"]["name_typed"], bundle["attribution"]["name_shown"]) == ("INES PENA", "Inés Peña")


def test_the_granting_event_and_the_record_hold_the_same_commitment(desk: Desk) -> None:
    desk.grant()
    consent = Consent.objects.get()
    record = SigningRecord.objects.get()
    text = opened([record.bundle], consent)[0]
    kept = json.loads(text)
    canonical = json.dumps(kept["bundle"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    assert hashlib.sha256(bytes.fromhex(kept["salt"]) + canonical).digest() == bytes(record.commitment)
    changed = read_bundle(text.replace(NAME, "Other Name"))
    assert changed.commitment != bytes(record.commitment)
    assert record.disclosure == kept["bundle"]["electronic_records"]["disclosure_version"]
    presented = consent.letter.files.get(kind="presented")
    assert kept["bundle"]["text_shown"]["presented_sha256"] == file_facts(presented.file).sha256.hex()


@pytest.mark.parametrize("model", [PageSnapshot, SigningRecord])
@pytest.mark.granted
def test_the_database_itself_changes_and_deletes_no_evidence(desk: Desk, model: Any) -> None:
    desk.grant()
    row = model.objects.first()
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.filter(id=row.id).update(audit_event_id=row.audit_event_id)
    with pytest.raises(DatabaseError), transaction.atomic():
        model.objects.filter(id=row.id).delete()
    assert model.objects.filter(id=row.id).exists()


# --- what was never signed ------------------------------------------------------------------------------------------


def test_pages_of_a_draft_that_was_never_signed_go_with_it_after_seven_days(desk: Desk) -> None:
    person = answered(desk)
    draft = Draft.objects.get()
    assert ServedPage.objects.filter(draft=draft).count() > 5
    assert not ending.end(draft.id, now=draft.expires_at - timedelta(seconds=1))
    assert ending.end(draft.id, now=draft.expires_at)
    assert not Draft.objects.exists()
    assert not ServedPage.objects.exists()
    assert not PageSnapshot.objects.exists()
    assert acts().count("draft.deleted") == 1
    assert not ending.end(draft.id, now=draft.expires_at)
    assert person.http.get("/share/check/").status_code == 410


def test_no_letter_that_nobody_signed_is_left_after_the_draft(desk: Desk) -> None:
    """Each answer that changes makes another letter; the bytes of all of them go, and the entry counts them."""
    person = answered(desk)
    desk.read(person)
    person.submit("/share/purpose/", {"purpose": "solar_sizing", "last_day": last_day()})
    desk.read(person)
    draft = Draft.objects.get()
    made = vault.files_of(draft.id)
    assert len(made) >= 2
    assert all(bytes_of(each) for each in made)
    assert ending.end(draft.id, now=draft.expires_at)
    assert not any(bytes_of(each) for each in made)
    assert lost.among(made) == []
    assert vault.files_of(draft.id) == made  # that there were letters, and their hashes, stays


@pytest.mark.granted
def test_pages_of_a_signed_draft_stay_when_the_draft_goes(desk: Desk) -> None:
    desk.grant()
    before = PageSnapshot.objects.count()
    assert before >= 8
    assert ending.end(Draft.objects.get().id, now=timezone.now() + timedelta(days=8))
    assert PageSnapshot.objects.count() == before
    row = LetterFile.objects.get(kind="presented")
    event = factories.read_event(row.letter.consent.customer_id, obj="letter")
    assert hashlib.sha256(vault.open_file(row.file, under=event)).digest() == bytes(row.sha256)


def test_a_no_keeps_no_page(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    person.submit("/share/account/", {**ACCOUNT})
    path = f"/share/with/{desk.organisation.slug}/"
    answer = person.submit("/share/data/", action=f"{desk.url}{path}no/").text
    assert re.search(r"OB-\d{4}-N[0-9A-F]{8}", answer)
    assert not ServedPage.objects.exists()


def test_a_page_that_is_looked_at_again_is_kept_once(desk: Desk) -> None:
    person = desk.visitor()
    desk.enter(person)
    for _ in range(4):
        person.get("/share/account/")
    assert ServedPage.objects.filter(step="account").count() == 1


def test_a_signature_that_is_refused_keeps_no_record(desk: Desk) -> None:
    person = answered(desk)
    sign_raw(person, person.field(person.get("/share/read/"), "letter_sha256"))
    assert not SigningRecord.objects.exists()
    assert not PageSnapshot.objects.exists()


# --- the certificate of signing -------------------------------------------------------------------------------------


@pytest.mark.granted
def test_she_reads_how_her_signature_was_made_and_nobody_else_does(desk: Desk) -> None:
    person = desk.grant()
    consent = Consent.objects.get()
    page = words(person.get(f"/my/{consent.id}/how-signed/").text)
    for said in (EMAIL, "it is one factor", f"Typed: {NAME}", "word that is printed", "its hash fits", "127.0.0.1"):
        assert said in page, said
    assert "· I agree to sign electronically and to get my copy by e-mail · agreed to electronic records" in page
    assert "{'" not in page, "what several things are is written for a reader"
    kept = PageSnapshot.objects.filter(consent=consent, step="check").latest("at")
    saved = person.get(f"/my/{consent.id}/how-signed/{kept.id}/")
    assert hashlib.sha256(saved.content).digest() == bytes(kept.sha256)
    assert saved.headers["content-disposition"].startswith("attachment")
    other = desk.visitor()
    desk.enter(other, "other@member.example")
    desk.answer(other, account={"number": "51000077"})
    desk.sign(other)
    for path in (f"/my/{consent.id}/how-signed/", f"/my/{consent.id}/how-signed/{kept.id}/"):
        assert other.http.get(path).status_code == 404
        assert str(desk.visitor().get(path).url).endswith("/my/sign-in/")
