"""The officer's pages: register of holds, what is due, what was destroyed and its certificate."""

import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log, signer
from broker.console.holds import retention
from broker.console.holds.models import Disposal, LegalHold
from broker.parties.models import Role, User
from broker.terms import Actor
from consents.actions import move
from consents.lifecycle import State
from tests import clock
from tests.integration.audit_support import acts, headers, integrate, log_world
from tests.integration.holds_support import YEAR, keep, log_keys
from tests.requests_world import World, world

FAR = date(YEAR + 20, 1, 1)


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    with log_world(settings, tmp_path) as made:
        yield made
        log.close_lanes()


@pytest.fixture
def her() -> World:
    return world()


def person(role: Role) -> User:
    return User.objects.create_user(f"{role}-{uuid.uuid4().hex[:6]}", full_name="Sam Test", role=role)


@pytest.fixture
def officer() -> Client:
    browser = Client()
    browser.force_login(person(Role.OFFICER), backend="django.contrib.auth.backends.ModelBackend")
    return browser


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
    from broker import vault

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
    from broker import vault

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


def test_erasing_what_is_held_is_refused_and_logged(her: World, officer: Client) -> None:
    log.append("parties.read", actor=her_actor(her), subject=her.customer.id, body={})
    place(officer, her)
    facts = {"customer": str(her.customer.id), "reason": "Her mail of today"}
    page = officer.post("/console/retention/erase/", facts, follow=True).content.decode()
    assert "A legal hold keeps this" in page
    assert not Approval.objects.exists()
    refused = [head for head in headers() if head.act == "hold.refused"]
    assert [(head.res, head.obj) for head in refused] == [("denied", "hold")]


@pytest.mark.parametrize("role", [Role.STAFF, Role.APPROVER, Role.OPERATOR])
def test_the_pages_are_the_officers_alone(her: World, role: Role) -> None:
    browser = Client()
    browser.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
    for address in ("/console/holds/", "/console/retention/"):
        assert browser.get(address).status_code == 404
        assert Client().get(address).status_code == 302
