"""A grant over real HTTP, on both engines: what is asked, what is refused, what is kept."""

import io
from datetime import timedelta
from unittest.mock import Mock
from urllib.parse import urlsplit

import pikepdf
import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs
from broker.audit import entry, proofs, query, receipt_check, store, tlogproof
from broker.jobs.models import Job
from broker.parties.models import EmailLink
from broker.terms import EventRef
from consents import drafts
from consents.ceremony.pages import open_served
from consents.lifecycle import State
from consents.models import Consent, Draft, LetterFile
from tests import clock
from tests.integration.audit_support import acts, integrate
from tests.integration.grant_support import ACCOUNT, EMAIL, Desk, desk

__all__ = ["desk"]


def link_of(desk: Desk) -> str:
    """The path of the newest mailed link."""
    return next(urlsplit(link).path for link in desk.mail("link and code")["links"] if "/share/open/" in link)


def test_s01_a_grant_becomes_active_only_when_its_letter_is_sealed_and_checked(desk):
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    page = desk.sign(person)
    assert "Thank you" in page
    assert Consent.objects.get().state == State.SIGNED
    desk.work()
    consent = Consent.objects.get()
    assert consent.state == State.ACTIVE
    assert [e.state for e in consent.events.order_by("at")] == ["signed", "active"]
    kinds = {f.kind: f for f in LetterFile.objects.filter(letter__consent=consent)}
    assert set(kinds) == {"presented", "delivered", "archived"}
    assert kinds["presented"].bytes < kinds["delivered"].bytes < kinds["archived"].bytes


def test_the_signed_letter_begins_with_the_very_bytes_that_were_shown(desk):
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    shown = desk.read(person)
    desk.sign(person, opens=False)
    desk.work()
    consent = Consent.objects.get()
    delivered = person.get(f"/my/{consent.id}/letter.pdf").content
    assert delivered.startswith(shown)
    assert len(delivered) > len(shown)


def test_the_receipt_has_the_letter_a_stop_link_and_a_checkpoint_over_the_grant(desk):
    desk.grant()
    mail, consent = desk.mail("Receipt"), Consent.objects.get()
    assert [part["type"] for part in mail["attachments"]] == ["application/pdf", "text/plain"]
    assert any("/stop/" in link for link in mail["links"])
    note = query.proof_note(EventRef(consent.granted_event))
    assert note is not None
    size = int(note.splitlines()[1])
    seq = next(row.seq for row in query.newest(limit=500) if row.id == consent.granted_event)
    assert seq is not None
    assert seq < size
    assert note.splitlines()[0] in mail["text"]
    assert f"{settings.PUBLIC_URL}/check/" in mail["text"]
    assert all(key.encode() in mail["text"] for key in store.verifier_keys())


def leaf_of_the_grant() -> bytes:
    """The leaf hash of the event that records the signature, from its stored bytes."""
    event = Consent.objects.get().granted_event
    ((header, ct),) = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [event])
    return entry.leaf_hash(entry.entry_bytes(header, ct))


def test_receipt_and_letter_carry_the_proof_of_the_grant_and_the_public_page_confirms_both(desk):
    person = desk.grant()
    _letter, attached = desk.mailbox.mails.attachments(desk.mail("Receipt")["id"])
    assert attached.get_filename() == "receipt.tlog-proof"
    proof = attached.get_payload(decode=True)
    delivered = person.get(f"/my/{Consent.objects.get().id}/letter.pdf").content
    with pikepdf.open(io.BytesIO(delivered)) as document:
        inside = document.attachments["log-entry.tlog-proof"].get_file().read_bytes()
    for text in (proof, inside):
        read = tlogproof.parse(text.decode())
        signed = tlogproof.verify(read, leaf_of_the_grant(), store.verifier_keys(), origin=settings.LOG_ORIGIN)
        assert read.index < signed.size
        assert receipt_check.check(text.decode()).state == "consistent"
    page = person.submit("/check/", {"receipt": proof.decode()}).text
    assert "The log contains it, unchanged" in page


@pytest.mark.parametrize("kind", ["letter.seal", "consent.receipt"])
def test_without_a_checkpoint_nothing_is_sealed_or_sent_and_after_a_minute_it_is_an_alarm(desk, kind, monkeypatch):
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    if kind == "consent.receipt":  # sealed in time; then the log stands still, and the receipt finds no proof
        integrate(desk.signer.answer)
        jobs.run(Job.objects.get(kind="letter.seal").id, now=timezone.now() + timedelta(seconds=2))
        monkeypatch.setattr(proofs, "tlog_proof", Mock(side_effect=proofs.NotCovered))
    job = Job.objects.get(kind=kind)
    jobs.run(job.id, now=timezone.now() + timedelta(seconds=5))
    job.refresh_from_db()
    assert (job.attempts, job.waits > 0, job.last_error_code) == (0, True, "log.checkpoint_pending")
    assert acts().count("alarm.log") == 0
    late = timezone.now() + timedelta(seconds=90)
    monkeypatch.setattr(timezone, "now", lambda: late)
    for _ in range(2):
        jobs.run(job.id, now=late)
        late += timedelta(hours=1)
    job.refresh_from_db()
    assert (job.attempts, job.last_error_code) == (2, "log.checkpoint_pending")
    assert acts().count("alarm.log") == 1
    if kind == "letter.seal":
        assert Consent.objects.get().state == State.SIGNED
        assert [each.kind for each in LetterFile.objects.all()] == ["presented"]
    assert not desk.mailbox.mails.search(subject="Receipt")


def test_nothing_is_ticked_and_nothing_ticked_is_refused(desk):
    person = desk.visitor()
    desk.enter(person)
    page = person.submit("/share/account/", {**ACCOUNT, "address": "x"}).text
    assert "checked" not in page
    answer = person.submit(
        "/share/data/", {"history_from": "2025-01-01", "history_through": "2025-02-01"}, expect=422
    ).text
    assert "Tick at least one" in answer


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "123"},
        {"number": "1234567890123"},
        {"number": "5100-0042"},
        {"number": ""},
        {"name": ""},
        {"address": ""},
        {"role": ""},
        {"role": "spouse"},
        {"role": "entity"},
        {"role": "entity", "signer_name": "Ona Officer", "signer_title": "Treasurer"},
        {"role": "entity", "signer_name": "Ona Officer", "signer_title": "Treasurer", "basis": "spouse"},
        {"helped": ""},
        {"helped": "yes"},
        {"helped": "yes", "helper": "a neighbor"},
    ],
)
def test_a_wrong_account_is_refused_and_nothing_of_it_kept(desk, wrong):
    person = desk.visitor()
    desk.enter(person)
    fields = {**ACCOUNT, **wrong}
    page = person.submit("/share/account/", fields, expect=422).text
    assert "Something needs another look" in page
    assert Draft.objects.get().version == 0


@pytest.mark.parametrize(
    ("first", "last"),
    [("2025-02-29", "2025-03-01"), ("2025-03-02", "2025-03-01"), ("", "2025-03-01"), ("yesterday", "2025-03-01")],
)
def test_wrong_dates_of_the_history_are_refused(desk, first, last):
    person = desk.visitor()
    desk.enter(person)
    fields = {"data_types": ["bill"], "history_from": first, "history_through": last}
    assert "Something needs another look" in person.submit("/share/data/", fields, expect=422).text


def test_past_data_ends_today_at_the_latest(desk):
    """Days to come are new data, which she shares by a tick of its own."""
    person = desk.visitor()
    desk.enter(person)
    tomorrow, today = (clock.today() + timedelta(days=1)).isoformat(), clock.today().isoformat()
    fields = {"data_types": ["bill"], "history_from": "2025-03-01"}
    page = person.submit("/share/data/", {**fields, "history_through": tomorrow}, expect=422).text
    assert "This day has not come yet" in page
    person.submit("/share/data/", {**fields, "history_through": today})


@pytest.mark.parametrize("days", [-1, 366, 4000])
def test_a_term_that_is_over_or_longer_than_twelve_months_is_refused(desk, days):
    person = desk.visitor()
    desk.enter(person)
    fields = {"purpose": "rate_comparison", "last_day": (clock.today() + timedelta(days=days)).isoformat()}
    assert "Something needs another look" in person.submit("/share/purpose/", fields, expect=422).text


def test_signing_twice_makes_one_consent(desk):
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    assert person.http.get("/share/check/").status_code == 410
    assert Consent.objects.count() == 1


def test_what_changed_at_the_moment_of_signing_is_told_as_a_change_and_not_as_signed(desk, monkeypatch):
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.read(person)

    def meanwhile(draft):
        found = open_served(draft)
        mine = Draft.objects.select_related("link", "organisation").get(id=draft.id)
        drafts.save(mine, "data", drafts.read(mine), now=timezone.now())  # in another window of hers
        return found

    monkeypatch.setattr("consents.signing_views.open_served", meanwhile)
    page = desk.sign(person, opens=False, expect=422)
    assert "The letter changed since you opened it." in page
    assert "This was signed already." not in page
    assert not Consent.objects.exists()


def test_a_page_cannot_be_skipped(desk):
    person = desk.visitor()
    desk.enter(person)
    assert str(person.get("/share/check/").url).endswith("/share/account/")


def test_what_is_no_address_is_said_once_and_what_we_cannot_mail_to_in_its_own_words(desk):
    person = desk.visitor()
    ours, theirs = "We cannot send mail to this form of address.", "Enter a valid email address."
    for typed, said, other in (("no address", theirs, ours), ("p@é.example", ours, theirs)):
        page = person.submit(f"/share/with/{desk.organisation.slug}/", {"email": typed}).text
        assert said in page
        assert other not in page


@pytest.mark.promise("code-needed")
def test_a_scanner_that_opens_the_link_changes_nothing(desk):
    person = desk.visitor()
    person.submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL})
    path, before = link_of(desk), acts()
    for _ in range(10):
        scanner = desk.visitor()
        assert scanner.http.get(path).status_code == 200
        assert scanner.http.head(path).status_code == 200
        assert scanner.http.get("/share/account/").status_code == 410
    link = EmailLink.objects.get()
    assert (link.code_tries, link.code_used_at, acts()) == (0, None, before)


def test_five_wrong_codes_end_a_code_also_for_the_right_one(desk):
    person = desk.visitor()
    person.submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL})
    right = desk.mail("link and code")["codes"][0]
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        person.submit("/share/code/", {"code": wrong})
    assert "Five wrong tries" in person.submit("/share/code/", {"code": right}).text
    assert not Draft.objects.exists()
    assert acts().count("code.failed") == 5


def test_an_old_code_is_refused_and_a_new_one_works(desk):
    person = desk.visitor()
    person.submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL})
    code = desk.mail("link and code")["codes"][0]
    EmailLink.objects.update(code_expires_at=timezone.now() - timedelta(seconds=1))
    assert "older than 10 minutes" in person.submit("/share/code/", {"code": code}).text
    person.submit("/share/code/", action=f"{desk.url}/share/code/again/")
    fresh = desk.mail("link and code")["codes"][0]
    assert "Which account" in person.submit("/share/code/", {"code": fresh}).text


def test_a_code_works_once(desk):
    person = desk.visitor()
    desk.enter(person)
    code = desk.mail("link and code")["codes"][0]
    assert "used already" in person.submit("/share/code/", {"code": code}).text


def test_a_mailbox_gets_at_most_six_links_an_hour(desk):
    for _ in range(6):
        desk.visitor().submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL})
    page = desk.visitor().submit(f"/share/with/{desk.organisation.slug}/", {"email": EMAIL}).text
    assert "Too many e-mails" in page
    assert EmailLink.objects.count() == 6


@pytest.mark.promise("only-declined")
def test_no_is_recorded_and_keeps_nothing(desk):
    person, path = desk.visitor(), f"/share/with/{desk.organisation.slug}/"
    person.submit(path, {"email": EMAIL})
    assert "You said no" in person.submit(path, action=f"{desk.url}{path}no/").text
    assert not Consent.objects.exists()
    assert acts().count("consent.declined") == 1
    assert "declined" in desk.mail("declined", "inbox@recipient.example")["subject"]


def test_a_no_without_a_mailbox_is_recorded_and_mails_nobody(desk):
    path = f"/share/with/{desk.organisation.slug}/"
    for _ in range(3):
        assert "You said no" in desk.visitor().submit(path, action=f"{desk.url}{path}no/").text
    desk.work()
    assert acts().count("consent.declined") == 3
    assert desk.mailbox.mails.search() == []


def test_a_no_after_the_signature_is_no_answer_and_leads_to_the_stop(desk):
    """The page before is still there behind the browser's button; what was signed is ended by a stop."""
    person, path = desk.visitor(), f"/share/with/{desk.organisation.slug}/"
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    desk.work()
    consent = Consent.objects.get()
    page = person.submit(path, action=f"{desk.url}{path}no/").text
    assert "This was answered already" in page
    assert consent.number in page
    assert f'href="/my/{consent.id}/stop/"' in page
    assert "You said no" not in page
    desk.work()
    assert "consent.declined" not in acts()
    assert desk.mailbox.mails.search(subject="declined") == []


def test_a_no_in_an_older_window_after_the_signature_is_no_answer_either(desk):
    """A fresh link goes on with the draft; the window of the first link is still open."""
    older, path = desk.visitor(), f"/share/with/{desk.organisation.slug}/"
    desk.enter(older)
    person = desk.visitor()
    desk.enter(person)
    desk.answer(person)
    desk.sign(person)
    assert "This was answered already" in older.submit(path, action=f"{desk.url}{path}no/").text
    assert "consent.declined" not in acts()


def test_who_gives_a_renewal_up_keeps_what_goes_on_and_nobody_is_told(desk):
    person = desk.grant()
    desk.work()
    consent = Consent.objects.get()
    person.submit(f"/my/{consent.id}/renew/")
    person.submit("/share/code/", {"code": desk.mail(consent.number)["codes"][0]})
    page = person.submit("/share/renewal/", action=f"{desk.url}/share/with/{desk.organisation.slug}/no/").text
    assert "You said no" in page
    assert "gets nothing" not in page
    assert consent.number in page
    assert f'href="/my/{consent.id}/stop/"' in page
    desk.work()
    assert acts().count("consent.declined") == 1
    assert desk.mailbox.mails.search(subject="declined") == []
    assert desk.mailbox.mails.search(subject="chose not to share") == []
    assert person.http.get("/share/check/").status_code == 410


def test_stopping_from_the_list_ends_the_consent_at_once(desk):
    person = desk.grant()
    consent = Consent.objects.get()
    page = person.submit(f"/my/{consent.id}/stop/").text
    assert "Sharing has stopped" in page
    consent.refresh_from_db()
    assert consent.state == State.REVOKED
    assert consent.ended_at is not None
    assert "stopped" in desk.mail("you stopped sharing")["text"]


def test_the_receipts_link_shows_a_button_and_only_the_button_stops(desk):
    desk.grant()
    path = next(urlsplit(link).path for link in desk.mail("Receipt")["links"] if "/stop/" in link)
    stranger = desk.visitor()
    for _ in range(5):
        assert stranger.http.get(path).status_code == 200
        assert stranger.http.head(path).status_code == 200
    assert Consent.objects.get().state == State.ACTIVE
    assert "Sharing has stopped" in stranger.submit(path).text
    assert Consent.objects.get().state == State.REVOKED
    assert "has ended" in stranger.get(path).text


def test_another_customers_consent_does_not_exist_for_me(desk):
    desk.grant()
    consent = Consent.objects.get()
    other = desk.visitor()
    desk.enter(other, "other@member.example")
    desk.answer(other)
    desk.sign(other)
    for path in (f"/my/{consent.id}/stop/", f"/my/{consent.id}/letter.pdf", f"/my/{consent.id}/file/"):
        assert other.http.get(path).status_code == 404


def test_an_ended_consent_stays_ended_in_the_database_itself(desk):
    person = desk.grant()
    consent = Consent.objects.get()
    person.submit(f"/my/{consent.id}/stop/")
    with pytest.raises(DatabaseError), transaction.atomic():
        Consent.objects.filter(id=consent.id).update(state=State.ACTIVE)


def test_an_unknown_address_sees_the_same_pages_and_then_an_empty_list(desk):
    person = desk.visitor()
    person.submit("/my/sign-in/", {"email": "nobody@member.example"})
    code = desk.mail("link and code", "nobody@member.example")["codes"][0]
    assert "You share nothing" in person.submit("/my/code/", {"code": code}).text


def test_a_name_that_no_font_can_print_is_refused_at_once(desk):
    person = desk.visitor()
    desk.enter(person)
    page = person.submit("/share/account/", {**ACCOUNT, "name": "Gwen \U0001f50c"}, expect=422).text
    assert "cannot be printed" in page
    assert Draft.objects.get().version == 0
