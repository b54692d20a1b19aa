"""The paper path: a letter to print, a signed original with its scan, two people, and then a consent like any other."""

import io
import re
import uuid
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pdfplumber
import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone
from PIL import Image

from broker import vault
from broker.approvals import decide
from broker.approvals.decide import NotAllowed
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import Role
from broker.terms import SERVICE, Actor, Refusal
from consents import actions
from consents.electronic import on_paper
from consents.models import Consent, LetterFile, PaperNotice
from consents.paper import entering, granting, printing, scans
from consents.paper.entering import Original
from consents.paper.models import PaperConsent, PaperEntry, PaperLetter
from tests import clock
from tests.authz import hers
from tests.completeness.test_desk_walk import signed_in
from tests.factories import enrol
from tests.requests_world import coop, events, organisation, run_job


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 500), "white").save(out, format="JPEG")
    return out.getvalue()


def paper_pdf(pages: int = 2) -> bytes:
    made, out = pikepdf.new(), io.BytesIO()
    for _ in range(pages):
        made.add_blank_page()
    made.save(out)
    return out.getvalue()


def original(**changes: Any) -> Original:
    facts: dict[str, Any] = {
        "name": "Rosa Paper",
        "account": "40900033",
        "address": "4 Test Road, Example, MO 00000",
        "data_types": ("bill", "usage_daily"),
        "purpose": "rate_comparison",
        "history_from": date(2025, 1, 1),
        "history_to": date(2026, 1, 1),
        "ends": clock.today() + timedelta(days=100),
        "forward": False,
        "nectar": False,
        "email": "rosa@member.example",
        "signed_on": clock.today() - timedelta(days=3),
        "data": jpeg(),
        **changes,
    }
    return Original(**facts)


def person(role: str = "operator") -> Actor:
    made = Actor("s", uuid.uuid4(), role=role)
    if role != "staff":
        enrol(made)
    return made


@pytest.fixture
def letter(committing: str) -> PaperLetter:
    company, _app, _key = organisation("posted", timezone.now())
    made = printing.make(company, answers=None, language="en", actor=None, now=timezone.now())
    assert made is not None
    return PaperLetter.objects.get(code=made.code)


def entered(letter: PaperLetter, by: Actor, **changes: Any) -> PaperEntry:
    found = entering.enter(
        letter, original(**changes), received_at=timezone.now() - timedelta(days=1), actor=by, now=timezone.now()
    )
    assert isinstance(found, PaperEntry), found
    return found


def granted(letter: PaperLetter, **changes: Any) -> Consent:
    found = granting.approve(entered(letter, person(), **changes), actor=person(), now=timezone.now())
    assert run_job(granting.DELIVER, found.id) == "done"
    found.refresh_from_db()
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_anybody_gets_a_letter_to_print_with_a_code_of_its_own(sqlite_db: str, language: str) -> None:
    organisation("acme", timezone.now())
    browser = Client(headers={"accept-language": language})
    page = browser.get("/share/paper/")
    assert page.status_code == 200
    assert "Acme Advisors" in page.text
    assert not PaperLetter.objects.exists()
    answer = browser.post("/share/paper/acme/letter.pdf")
    assert answer["Content-Type"] == "application/pdf"
    made = PaperLetter.objects.get()
    assert made.language == language
    with pikepdf.open(io.BytesIO(answer.content)) as pdf:
        assert 1 <= len(pdf.pages) <= 3
        assert str(pdf.Root.Lang) == language
    assert made.code in answer["Content-Disposition"]
    assert len(events("paper.made")) == 1
    browser.post("/share/paper/acme/letter.pdf")
    assert PaperLetter.objects.values("code").distinct().count() == 2


def test_a_flood_of_letters_ends(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    organisation("acme", timezone.now())
    monkeypatch.setattr(printing, "MOST_IN_AN_HOUR", 1)
    assert Client().post("/share/paper/acme/letter.pdf").status_code == 200
    assert Client().post("/share/paper/acme/letter.pdf").status_code == 429


def test_s04_two_people_make_a_consent_whose_letter_is_the_original(letter: PaperLetter) -> None:
    first, second = person(), person()
    entry = entered(letter, first)
    assert not Consent.objects.exists()
    with pytest.raises(NotAllowed, match=r"approval\.same_person"):
        granting.approve(entry, actor=first, now=timezone.now())
    with pytest.raises(NotAllowed, match=r"approval\.role"):
        granting.approve(entry, actor=person("officer"), now=timezone.now())
    consent = granting.approve(entry, actor=second, now=timezone.now())
    assert consent.state == "signed"
    assert run_job(granting.DELIVER, consent.id) == "done"
    consent.refresh_from_db()
    assert (consent.state, consent.assurance, consent.text_version) == ("active", "L1", "paper 1.0.0")
    assert consent.letter.verification_code == letter.code
    kept = consent.letter.files.get(kind=LetterFile.Kind.DELIVERED)
    read: dict[str, Any] = {"actor": SERVICE("tests"), "subject": consent.customer_id, "obj": "letter", "body": {}}
    pdf = vault.open_file(kept.file, under=log.append_read("letter.read", purpose="operations", cnt=1, **read))
    with pikepdf.open(io.BytesIO(pdf)) as found:
        assert len(found.pages) == 2  # cover and scan
    assert run_job("consent.receipt", consent.id) in ("done", "queued")  # waits for the log's proof, then is mailed
    approval = Approval.objects.get()
    assert (approval.state, approval.requester, approval.approver) == ("executed", first.id, second.id)
    with pytest.raises(NotAllowed):
        granting.approve(entry, actor=person(), now=timezone.now())


def test_her_card_leads_to_nothing_that_is_not_there(letter: PaperLetter) -> None:
    consent = granted(letter)
    her = hers.signed_in(consent.customer_id)
    places = re.findall(rf'href="(/my/{consent.id}/[^"]*)"', her.get("/my/").content.decode())
    assert f"/my/{consent.id}/stop/" in places
    assert f"/my/{consent.id}/letter.pdf" in places
    assert [each for each in places if her.get(each).status_code != 200] == []


def test_without_an_e_mail_address_all_is_posted(letter: PaperLetter) -> None:
    consent = granted(letter, email="", data=paper_pdf())
    assert on_paper(consent.customer)
    assert PaperNotice.objects.get().template == "receipt"
    actions.revoke(consent, actor=Actor("s", uuid.uuid4(), role="staff"), how="post", now=timezone.now())
    assert consent.state == "revoked"


def test_a_refused_entry_makes_nothing_and_the_letter_can_be_entered_again(letter: PaperLetter) -> None:
    by = person()
    entry = entered(letter, by)
    again = entering.enter(letter, original(), received_at=timezone.now(), actor=by, now=timezone.now())
    assert isinstance(again, Refusal)
    assert again.code == "state.conflict"
    entering.refuse(entry, actor=person(), now=timezone.now())
    assert not Consent.objects.exists()
    assert entered(letter, by).state == "waiting"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GIF89a", "file.type"),
        (b"%PDF-1.7 broken", "file.unreadable"),
        (b"\xff\xd8\xff broken", "file.unreadable"),
        (paper_pdf(13), "file.unreadable"),
        (b"%PDF-" + b"x" * scans.MAX_BYTES, "request.too_large"),
    ],
)
def test_a_scan_that_is_none_is_not_taken(data: bytes, code: str) -> None:
    assert scans.examine(data) == ("", code)


def test_the_database_takes_no_paper_consent_without_its_approval(letter: PaperLetter) -> None:
    entry = entered(letter, person())
    consent = granted_by_hand(entry)
    with pytest.raises(DatabaseError, match="second person"), transaction.atomic():
        consent()
    for approval in (entry.approval, uuid.uuid4()):  # one that nobody has given, and one that is none
        with pytest.raises(DatabaseError, match="second person"), transaction.atomic():
            on_paper_by_hand(entry, approval)
    with pytest.raises(DatabaseError, match="signed original"), transaction.atomic():
        edited_by_hand(entry)


def on_paper_by_hand(entry: PaperEntry, approval: uuid.UUID) -> None:
    ref = log.append("consent.granted", actor=SERVICE("tests"), subject=entry.customer, body={})
    PaperConsent.objects.create(consent_id=uuid.uuid4(), entry=entry, approval=approval, audit_event_id=ref.id)


def edited_by_hand(entry: PaperEntry) -> None:
    ref = log.append("paper.entered", actor=SERVICE("tests"), subject=entry.customer, body={})
    PaperEntry.objects.filter(id=entry.id).update(signed_on=date(2020, 1, 1), audit_event_id=ref.id)


def granted_by_hand(entry: PaperEntry) -> Any:
    """Give what would write a consent with a paper letter's text, past everything of ours."""
    from tests.requests_world import world

    w = world()

    def write() -> None:
        ref = log.append("consent.granted", actor=SERVICE("tests"), subject=w.customer.id, body={})
        row = Consent.objects.get(id=w.consent.id)
        row.pk, row.number, row.stop_token_hash = uuid.uuid4(), "OB-2026-900000", uuid.uuid4().bytes * 2
        row.text_version, row.state, row.ended_at, row.audit_event_id = "paper 1.0.0", "signed", None, ref.id
        row.assurance = "L1"
        row.save(force_insert=True)

    return write


def paper_form(code: str) -> dict[str, Any]:
    """What staff write into the form, without the scan; she has no e-mail address."""
    today = clock.today()
    return {
        "code": code,
        "name": "Rosa Paper",
        "account": "40900033",
        "address": "4 Test Road",
        "email": "",
        "data_types": ["bill"],
        "history_from": "2025-01-01",
        "history_through": "2025-12-31",
        "purpose": "rate_comparison",
        "last_day": (today + timedelta(days=60)).isoformat(),
        "signed_on": (today - timedelta(days=4)).isoformat(),
        "received_on": (today - timedelta(days=2)).isoformat(),
    }


@pytest.fixture
def desk(committing: str, tmp_path: Path, settings: Any) -> Iterator[None]:
    with coop(tmp_path, settings):
        yield


def test_staff_enter_it_and_another_operator_takes_it(desk: None) -> None:
    organisation("acme", timezone.now())
    Client().post("/share/paper/acme/letter.pdf")
    letter = PaperLetter.objects.get()
    staff, operator = signed_in(Role.STAFF), signed_in(Role.OPERATOR)
    form = {**paper_form(letter.code.lower()), "scan": SimpleUploadedFile("scan.jpg", jpeg(), "image/jpeg")}
    answer = staff.post("/admin/paper/enter/", {**form, "code": "0000-0000", "purpose": ""})
    assert answer.status_code == 422
    assert 'type="checkbox" name="data_types"' in answer.text
    assert '<option value="" selected>Choose</option>' in answer.text
    form["scan"] = SimpleUploadedFile("scan.jpg", jpeg(), "image/jpeg")
    answer = staff.post("/admin/paper/enter/", form)
    assert answer.status_code == 302, answer.text
    entry = PaperEntry.objects.get()
    assert "You entered it" in staff.get(f"/admin/paper/{entry.id}/").text
    staff.post(f"/admin/paper/{entry.id}/", {"decision": "approve"})
    assert not Consent.objects.exists()
    assert "Rosa Paper" in operator.get(f"/admin/paper/{entry.id}/").text
    assert operator.post(f"/admin/paper/{entry.id}/scan/").content == jpeg()
    operator.post(f"/admin/paper/{entry.id}/", {"decision": "approve"})
    consent = Consent.objects.get()
    run_job(granting.DELIVER, consent.id)
    page = staff.get("/admin/paper/").text
    assert consent.number in page
    notice = PaperNotice.objects.get()
    assert "Print the copy of the signed letter" in page
    printed = staff.post(f"/admin/paper/post/{notice.id}/")
    assert printed["Content-Type"] == "application/pdf"
    with pdfplumber.open(io.BytesIO(printed.content)) as document:
        window = document.pages[0].extract_text()
    assert "Rosa Paper" in window
    assert "4 Test Road" in window
    staff.post(f"/admin/paper/post/{notice.id}/done/")
    notice.refresh_from_db()
    assert notice.posted_at is not None


def ran_out(entry: PaperEntry) -> datetime:
    """The day on which nobody can decide about it any more, whether or not its job ran."""
    return Approval.objects.get(id=entry.approval).expires_at


@pytest.mark.parametrize("expired", [False, True])
def test_a_letter_that_nobody_decided_about_in_time_can_be_entered_again(letter: PaperLetter, expired: bool) -> None:
    by, first = person(), entered(letter, person())
    at = ran_out(first)
    if expired:
        assert decide.expire_due(at) == 1
    late: dict[str, Any] = {"received_at": at - timedelta(days=1), "actor": by}
    early = entering.enter(letter, original(), now=at - timedelta(seconds=1), **late)
    assert isinstance(early, PaperEntry) is expired
    if not expired:
        assert isinstance(entering.enter(letter, original(), now=at, **late), PaperEntry)
    first.refresh_from_db()
    assert first.state == "refused"
    assert len(events("paper.rejected")) == 1
    second = PaperEntry.objects.get(state="waiting")
    with pytest.raises(NotAllowed, match=r"approval\.not_yours"):
        entering.take_back(second, actor=person(), now=at)
    entering.take_back(second, actor=by, now=at)
    assert Approval.objects.get(id=second.approval).state == "withdrawn"
    with pytest.raises(NotAllowed, match=r"approval\.over"):
        entering.take_back(second, actor=by, now=at)
    assert len(events("paper.rejected")) == 2


def test_what_nobody_decided_in_time_is_taken_off_the_list_by_anybody(desk: None) -> None:
    organisation("acme", timezone.now())
    Client().post("/share/paper/acme/letter.pdf")
    staff = signed_in(Role.STAFF)
    entry = entered(PaperLetter.objects.get(), person())
    at = f"/admin/paper/{entry.id}/"
    assert "Take it off the list" not in staff.get(at).text
    decide.expire_due(ran_out(entry))
    assert "Take it off the list" in staff.get(at).text
    staff.post(at, {"decision": "take_back"})
    assert "Nothing waits." in staff.get("/admin/paper/").text
