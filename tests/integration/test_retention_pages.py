"""The officer's pages: register of holds, what is due, what was destroyed and its certificate."""

import uuid
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pdfplumber
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log, signer
from broker.console.holds import keeping, placing, retention
from broker.console.holds.models import Disposal, LegalHold
from broker.console.holds.placing import Wanted
from broker.parties.models import Role
from broker.terms import Actor
from broker.vault.models import SealedFile, VaultKey
from consents.actions import move
from consents.lifecycle import State
from requests_app import choosing, worklist, worklist_order
from requests_app.inbound.holding import HOLDER, LOGINS
from requests_app.ladder import open_tasks
from requests_app.lifecycle import ManualState
from requests_app.models import Message
from tests import clock
from tests.factories import enrol
from tests.integration.audit_support import acts, headers, integrate, logged_in_as
from tests.integration.holds_support import (
    APPROVER,
    NOW,
    OFFICER,
    YEAR,
    approve,
    desk,
    her,
    hold,
    keep,
    kept,
    log_keys,
    officer,
    person,
    year_of,
)
from tests.integration.mail_support import mail, signed_in, take
from tests.request_lives import bring
from tests.requests_world import World

__all__ = ["desk", "her", "officer"]  # fixtures
FAR = date(YEAR + 20, 1, 1)


def second_person() -> None:
    """Let the approver say yes to everything that is asked."""
    approver = Actor("s", person(Role.APPROVER).id, role="approver")
    for row in Approval.objects.filter(state="requested"):
        decide.approve(row.id, approver=approver, now=timezone.now())


def page_of_approval() -> str:
    """What the second person reads before a yes to what was asked last."""
    browser, row = Client(), Approval.objects.order_by("-requested_at")[0]
    browser.force_login(person(Role.APPROVER), backend="django.contrib.auth.backends.ModelBackend")
    return browser.get(f"/console/approvals/{row.id}/?sure=1").content.decode()


def revoke(her: World, ago: timedelta) -> None:
    """End her only permission some time ago."""
    then = timezone.now() - ago
    with transaction.atomic():
        ref = log.append("consent.revoked", actor=her_actor(her), subject=her.customer.id, body={})
        assert move(her.consent, State.REVOKED, ref=ref, now=then)


def her_actor(her: World) -> Actor:
    return Actor("c", her.customer.id)


def place(officer: Client, her: World, **more: Any) -> Any:
    facts = {
        "customer": str(her.customer.id),
        "scope": "everything",
        "reason": "Case 4 of the county court",
        "review_on": (clock.today() + timedelta(days=90)).isoformat(),
        **more,
    }
    return officer.post("/console/holds/place/", facts, follow=True)


def test_a_hold_is_placed_read_reviewed_and_released_on_pages(her: World, officer: Client) -> None:
    page = place(officer, her)
    found = LegalHold.objects.get()
    assert found.number in page.content.decode()
    assert "county court" not in page.content.decode()
    assert "county court" in officer.post(f"/console/holds/{found.id}/reason/").content.decode()
    assert acts()[-1] == "hold.read"
    day = (clock.today() + timedelta(days=300)).isoformat()
    officer.post(f"/console/holds/{found.id}/review/", {"review_on": day})
    keep()
    officer.post(f"/console/holds/{found.id}/release/", {"reason": "The court is done"})
    assert "release asked for" in officer.get("/console/holds/").content.decode()
    asked = page_of_approval()
    assert found.number in asked
    assert f"release hold {found.number}" in asked
    second_person()
    keep()
    found.refresh_from_db()
    assert (found.state, found.review_on.isoformat()) == ("released", day)
    assert {"hold.placed", "hold.listed", "hold.reviewed", "hold.applied", "hold.released"} <= set(acts())


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer": str(uuid.uuid4())},
        {"customer": "x"},
        {"review_on": "2020-01-01"},
        {"scope": "nothing"},
        {"reason": ""},
    ],
)
def test_a_hold_with_something_wrong_is_not_placed(her: World, officer: Client, wrong: dict[str, str]) -> None:
    assert place(officer, her, **wrong).status_code == 422
    assert not LegalHold.objects.exists()


@pytest.mark.parametrize("known", ["e-mail", "permission", "nobody"])
def test_a_customer_is_named_by_what_people_know_and_the_look_up_is_an_event(
    her: World, officer: Client, known: str
) -> None:
    words = {
        "e-mail": "pat@member.example",
        "permission": her.consent.number.lower(),
        "nobody": "nobody@member.example",
    }
    before = len(acts())
    place(officer, her, customer=words[known])
    since = [name for name in acts()[before:] if not name.startswith(("key.", "lane.", "vault.", "auth."))]
    assert since[0] == "log.searched"
    assert ("hold.placed" in since) is (known != "nobody")
    assert [each.subject for each in LegalHold.objects.all()] == [her.customer.id] * (known != "nobody")


def test_a_late_review_stands_out(her: World, officer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker.console.holds import views

    place(officer, her)
    assert "review is late" not in officer.get("/console/holds/").content.decode()
    monkeypatch.setattr(views, "_today", lambda: clock.today() + timedelta(days=91))
    assert "review is late" in officer.get("/console/holds/").content.decode()


def test_nothing_is_due_while_a_permission_is_in_force_but_old_case_records(her: World) -> None:
    assert {row.retention for row in retention.due_until(FAR)} == {"case"} or retention.due_until(FAR) == []
    revoke(her, timedelta(days=31))
    rows = {(row.retention, row.scope): row for row in retention.due_until(FAR)}
    assert rows["evidence", "everything"].on == date(YEAR + 8, 1, 1)
    assert retention.due_until(date(YEAR + 7, 12, 31)) == [
        row for row in retention.due_until(FAR) if row.on < date(YEAR + 8, 1, 1)
    ]


def test_what_is_due_is_asked_for_destroyed_and_certified(
    her: World, officer: Client, desk: signer.Desk, settings: Any
) -> None:
    file = vault.seal_file(b"a mail", subject=her.customer.id, name="mail.eml")
    revoke(her, timedelta(days=31))
    (due,) = [row for row in retention.due_until(clock.today()) if row.scope == "records"]
    page = officer.get("/console/retention/").content.decode()
    assert due.code in page
    officer.post("/console/retention/ask/", {"items": [due.code], "reason": "Its time is over"})
    assert "second person asked" in officer.get("/console/retention/").content.decode()
    shown = " ".join(page_of_approval().split())
    for text in ("Case records", f"case records of {YEAR}", "kept for", "Its time of keeping is over", "for ever"):
        assert text in shown
    assert "Its time is over" not in shown  # the reason stays sealed until it is asked for
    second_person()
    keep()
    row = Disposal.objects.get()
    assert (row.rule, row.scope, row.files, row.state) == ("retention", "records", 1, "finished")
    log.reset()
    with pytest.raises(vault.Destroyed):
        vault.open_file(
            file,
            under=log.append_read(
                "file.read", actor=her_actor(her), subject=her.customer.id, purpose="support", body={}
            ),
        )
    address = f"/console/retention/{row.id}/certificate.pdf"
    assert officer.get(address).status_code == 302  # not signed yet
    integrate(desk.answer)
    answer = officer.get(address)
    assert answer["Content-Type"] == "application/pdf"
    with pdfplumber.open(BytesIO(answer.content)) as pdf:
        text = "\n".join(each.extract_text() for each in pdf.pages)
    assert row.number in text
    assert settings.LOG_ORIGIN in text
    flat = text.replace("\n", "")
    assert all(key in flat for key in row.vault_keys)
    assert str(her.customer.id) not in flat
    assert "Pat Member" not in text
    assert acts()[-1] == "disposal.certified"


def test_a_hold_keeps_what_is_due_and_is_counted(her: World, officer: Client) -> None:
    vault.seal_file(b"a mail", subject=her.customer.id, name="mail.eml")
    revoke(her, timedelta(days=31))
    place(officer, her)
    (due,) = [row for row in retention.due_until(clock.today()) if row.scope == "records"]
    assert due.held
    page = officer.get("/console/retention/").content.decode()
    assert "kept by a hold" in page
    assert "0 items with 0 keys go; 1 kept by legal holds" in " ".join(page.split())
    assert officer.post("/console/retention/ask/", {"items": [due.code], "reason": "x"}).status_code == 422
    assert not Approval.objects.exists()


def test_a_request_to_erase_takes_every_year_and_leaves_evidence(her: World, officer: Client) -> None:
    log.append("parties.read", actor=her_actor(her), subject=her.customer.id, body={})
    facts = {"customer": str(her.customer.id), "reason": "Her mail of today"}
    officer.post("/console/retention/erase/", facts)
    asked = Approval.objects.get()
    assert asked.params == {"class": "case", "period": YEAR, "scope": "everything", "rule": "erasure_request"}
    second_person()
    keep()
    assert "evidence" in {name for _, name, *_ in log_keys(her.customer.id)}
    assert Disposal.objects.get().state == "finished"


def test_what_was_attached_from_the_pen_goes_there_too_with_her_records(her: World, officer: Client) -> None:
    manual = bring(her.manual(), ManualState.WAITING_ON_UTILITY)
    staff = Actor("s", uuid.uuid4(), role="staff")
    for text in ("Here it is.", "Nobody's: it stays."):
        held = Message.objects.get(id=take(mail(text, sender="clerk@elsewhere.example")).message)
        assert held.kind == "held"
        if text == "Here it is.":
            attached = choosing.attach(held, manual.number, actor=staff, now=timezone.now())
            assert isinstance(attached, Message)
    in_pen, other = Message.objects.filter(kind="held").order_by("at")
    facts = {"customer": str(her.customer.id), "reason": "Her mail of today"}
    officer.post("/console/retention/erase/", facts)
    assert "1, as they came" in page_of_approval()
    second_person()
    keep()
    assert vault.is_destroyed(attached.raw)
    assert vault.is_destroyed(in_pen.raw)
    assert not vault.is_destroyed(other.raw)
    made = Disposal.objects.get()
    assert made.state == "finished"
    assert made.files >= 2


def test_erasing_what_is_held_is_refused_and_logged(her: World, officer: Client) -> None:
    log.append("parties.read", actor=her_actor(her), subject=her.customer.id, body={})
    place(officer, her)
    facts = {"customer": str(her.customer.id), "reason": "Her mail of today"}
    page = officer.post("/console/retention/erase/", facts, follow=True).content.decode()
    assert "A legal hold keeps this" in page
    assert not Approval.objects.exists()
    refused = [head for head in headers() if head.act == "hold.refused"]
    assert [(head.res, head.obj) for head in refused] == [("denied", "hold")]


def test_held_mail_of_nobody_known_goes_when_its_months_are_over_like_everybodys(officer: Client) -> None:
    old, young = kept(HOLDER, timedelta(days=3 * 366)), kept(HOLDER, timedelta(days=1))
    (due,) = [row for row in retention.due_until(clock.today()) if row.subject == HOLDER]
    assert (due.scope, due.on, due.period) == ("records", date(year_of(old) + 2, 1, 1), year_of(old))
    page = officer.get("/console/retention/").content.decode()
    assert "Held mail of nobody known" in page
    assert str(HOLDER)[:8] + "…" not in page
    officer.post("/console/retention/ask/", {"items": [due.code], "reason": "Its time is over"})
    shown = " ".join(page_of_approval().split())
    assert "nobody&#x27;s: Held mail of nobody known" in shown
    assert "her last permission" not in shown
    second_person()
    keep()
    row = Disposal.objects.get()
    assert (row.rule, row.subject, row.files, row.state) == ("retention", HOLDER, 1, "finished")
    assert vault.is_destroyed(old)
    assert not vault.is_destroyed(young)
    assert not [row for row in retention.due_until(clock.today()) if row.subject == HOLDER]


def asked_of(due: retention.Due) -> Approval:
    """What two people can be asked about mails with a portal login; no page offers it, as they go by themselves."""
    enrol(OFFICER, APPROVER)
    wanted = Wanted(due.subject, due.retention, due.period, due.scope, "retention", due.until)
    return placing.ask_destruction(wanted, "Its time is over", officer=OFFICER, now=timezone.now())


def test_two_people_can_end_mails_with_a_portal_login_and_one_that_came_later_stays(officer: Client) -> None:
    old, young = (kept(LOGINS, timedelta(days=n), alone=True) for n in (20, 3))
    (due,) = [row for row in retention.due_until(clock.today()) if row.subject == LOGINS]
    assert (due.keys, due.until, due.scope) == (1, clock.today() - timedelta(days=20), "records")
    page = " ".join(officer.get("/console/retention/").content.decode().split())
    assert "Mail with a portal login" in page
    assert "goes by itself 10 working days after it came" in page
    asked_of(due)
    assert Approval.objects.get().params["until"] == due.until.isoformat()
    shown = " ".join(page_of_approval().split())
    assert "What came until" in shown
    assert "each goes 10 working days after it came" in shown
    second_person()
    keep()
    assert vault.is_destroyed(old)
    assert not vault.is_destroyed(young)
    row = Disposal.objects.get()
    assert (row.files, len(row.vault_keys), row.log_keys, row.state) == (1, 1, [], "finished")


def test_a_mail_with_a_portal_login_under_a_key_that_later_ones_share_goes_with_the_last() -> None:
    young = [kept(LOGINS, timedelta(days=n)) for n in (20, 2)][1]
    due = {row.period for row in retention.due_until(clock.today()) if row.subject == LOGINS}
    assert year_of(young) not in due


def test_a_destroyed_mail_waits_for_nobody_in_the_pen_and_holds_no_request_back(her: World) -> None:
    manual = her.manual()
    raw = mail(f"About {manual.number}: her SmartHub password is Rehearsal!Fence7, please look yourself.")
    with clock.travel(timezone.now() - timedelta(days=20)):
        taken = take(raw)
    assert taken.kind == "credentials"
    assert [each.id for each in worklist_order.pen()] == [each.id for each in worklist.held()] == [taken.message]
    assert open_tasks.unread(manual).exists()
    assert open_tasks.with_unread([manual.id]) == {manual.id}
    keep()
    assert worklist_order.held_count() == 0
    assert worklist.held() == []
    assert not open_tasks.unread(manual).exists()
    assert open_tasks.with_unread([manual.id]) == set()
    assert [head.act for head in headers()].count("gate.held") == 1  # the fact stays


def test_a_held_mail_that_was_destroyed_is_opened_by_nobody_and_breaks_no_page(officer: Client) -> None:
    with clock.travel(timezone.now() - timedelta(days=3 * 366)):
        taken = take(mail("Which request was it?"))
    message = Message.objects.get(id=taken.message)
    assert choosing.held(message, timezone.now())
    (due,) = [row for row in retention.due_until(clock.today()) if row.subject == HOLDER and row.scope == "records"]
    officer.post("/console/retention/ask/", {"items": [due.code], "reason": "Its time is over"})
    second_person()
    keep()
    assert not choosing.held(message, timezone.now())
    staff = signed_in()
    assert staff.post(f"/admin/held/{message.id}/")["Location"] == "/admin/"
    assert f"/admin/held/{message.id}/" not in staff.get("/admin/?tab=pen").content.decode()


def test_nobody_shortens_the_time_of_a_mail_by_asking_for_a_later_day() -> None:
    young = kept(LOGINS, timedelta(days=3), alone=True)
    enrol(OFFICER, APPROVER)
    until = clock.today()
    wanted = Wanted(LOGINS, "case", year_of(young), "records", "retention", until)
    asked = placing.ask_destruction(wanted, "Sooner", officer=OFFICER, now=NOW)
    approve(asked)
    assert keep() == 0  # approved, and it waits for the day
    assert not vault.is_destroyed(young)


@pytest.mark.parametrize(
    "wrong",
    [
        {"until": 5},
        {"until": "soon"},
        {"rule": "erasure_request"},
        {"scope": "everything"},
        {"class": "evidence"},
        {"subject": HOLDER},
    ],
    ids=str,
)
def test_a_day_until_which_things_came_is_of_mails_with_a_portal_login_alone(
    wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "destroy_logins", lambda _now: 0)  # its rule would end it all the same
    old = kept(LOGINS, timedelta(days=20), alone=True)
    until = (clock.today() - timedelta(days=20)).isoformat()
    named = {"class": "case", "period": year_of(old), "scope": "records", "rule": "retention", "until": until}
    named |= {"subject": LOGINS, **wrong}
    subject = uuid.UUID(str(named.pop("subject")))
    enrol(OFFICER, APPROVER)
    # Past the page, as whoever has the application's login can write it.
    asked = decide.request(placing.SHRED, requester=OFFICER, reason="x", now=NOW, subject=subject, params=named)
    approve(asked)
    keep()
    asked.refresh_from_db()
    assert (asked.state, Disposal.objects.count()) == ("withdrawn", 0)
    assert not vault.is_destroyed(old)


@pytest.mark.parametrize("subject", [HOLDER, LOGINS], ids=["held mail", "a portal login"])
def test_a_hold_keeps_mail_of_nobody_in_the_queue_and_in_the_database(officer: Client, subject: uuid.UUID) -> None:
    file = kept(subject, timedelta(days=3 * 366), alone=True)
    facts = {
        "customer": retention.OF_NOBODY[subject].upper(),
        "scope": "records",
        "reason": "Case 4 of the county court",
        "review_on": (clock.today() + timedelta(days=90)).isoformat(),
    }
    shown = officer.post("/console/holds/place/", facts, follow=True).content.decode()
    assert LegalHold.objects.get().subject == subject
    for page in (shown, officer.get("/console/holds/").content.decode()):
        assert f"<td>{retention.OF_NOBODY[subject]}</td>" in page.replace(' data-label="Customer"', "")
    (due,) = [row for row in retention.due_until(clock.today()) if row.subject == subject]
    assert due.held
    assert officer.post("/console/retention/ask/", {"items": [due.code], "reason": "x"}).status_code == 422
    assert not Approval.objects.exists()
    # Whoever asks past the page is refused by the keeper, and a bare statement by the database.
    enrol(OFFICER, APPROVER)
    wanted = Wanted(subject, due.retention, due.period, due.scope, "retention", due.until)
    with pytest.raises(placing.Refused, match=r"hold\.in_force"):
        placing.ask_destruction(wanted, "All the same", officer=OFFICER, now=NOW)
    key = VaultKey.objects.get(id=SealedFile.objects.get(id=file).vault_key)
    with logged_in_as("broker_keeper"), pytest.raises(DatabaseError, match="evidence"), transaction.atomic():
        VaultKey.objects.filter(id=key.id).update(wrapped=None, shredded_event=1)
    assert not vault.is_destroyed(file)


def test_what_was_approved_before_a_hold_was_placed_is_not_destroyed_under_it() -> None:
    file = kept(LOGINS, timedelta(days=20), alone=True)
    (due,) = [row for row in retention.due_until(clock.today()) if row.subject == LOGINS]
    approve(asked_of(due))
    hold(LOGINS)
    keep()
    assert Disposal.objects.get().state == "refused"
    assert not vault.is_destroyed(file)


def test_mail_of_nobody_is_nobodys_to_erase(officer: Client) -> None:
    kept(HOLDER, timedelta(days=1))
    facts = {"customer": retention.OF_NOBODY[HOLDER], "reason": "Her mail of today"}
    assert officer.post("/console/retention/erase/", facts).status_code == 422
    assert not Approval.objects.exists()


@pytest.mark.parametrize("role", [Role.STAFF, Role.APPROVER, Role.OPERATOR])
def test_the_pages_are_the_officers_alone(her: World, role: Role) -> None:
    browser = Client()
    browser.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/console/holds/", "/console/retention/"):
        assert browser.get(address).status_code == 404
        assert Client().get(address).status_code == 302
