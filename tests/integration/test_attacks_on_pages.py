"""What an attacker tried on the API and on a recipient's pages, and what comes of it now."""

import json
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from broker.parties.models import Application, Role
from consents.stopping.models import Attestation
from requests_app.models import DataRequest, ReceivedFile
from requests_app.recipients import key_views
from requests_app.recipients.models import SignUp
from requests_app.upload.models import ShareDraft
from tests.integration.test_joining import APPLY, proven
from tests.integration.test_own_data import her
from tests.integration.test_paper import paper_form
from tests.integration.test_recipient_asks import asking
from tests.integration.test_recipient_many import form
from tests.integration.test_release import delivered, revoke
from tests.integration.test_upload_preview import hand_over, month_bill
from tests.joint_world import person
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, World, coop, world

EIGHT = 8


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def at_once(w: World, send: Callable[[Client], Any]) -> list[int]:
    """Send eight at one moment, each from a browser of the same person."""
    person = analyst(w.organisation)
    browsers, gate, found = [browser_of(person) for _ in range(EIGHT)], threading.Barrier(EIGHT), []

    def one(browser: Client) -> None:
        try:
            gate.wait(30)
            found.append(send(browser).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[each]) for each in browsers]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return found


def test_the_first_press_of_an_organisation_made_many_times_at_once_asks_once(w: World) -> None:
    said = form([ACCOUNT])
    assert at_once(w, lambda browser: browser.post("/recipient/requests/many/", said)) == [200] * EIGHT
    assert DataRequest.objects.count() == 1
    assert Application.objects.filter(operations=[]).count() == 1


def test_many_presses_at_once_make_no_more_keys_than_there_may_be(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_views, "MOST_KEYS", 3)
    said = {"name": "Server", "operations": ["data"], "data_types": ["bill"], "days": "30"}
    found = at_once(w, lambda browser: browser.post("/recipient/keys/new/", said))
    assert sorted(found) == [200] * 2 + [422] * 6
    assert key_views.Application.objects.exclude(operations=[]).count() == 3


@pytest.mark.parametrize("name", ["\ud800", "Da\x00na", "\u202eanaD", "Dana\r\nReed", "\u200b"])
def test_a_word_of_deletion_has_a_name_that_can_be_read(w: World, name: str) -> None:
    request = delivered(w).request_id
    assert w.get(f"data-requests/{request}/readings").status_code == 200
    revoke(w)
    answer = w.call("post", f"consents/{w.consent.id}/deletion", {"name": name})
    assert (answer.status_code, answer.json()["code"]) == (400, "ask.invalid")
    assert not Attestation.objects.exists()
    assert w.call("post", f"consents/{w.consent.id}/deletion", {"name": "Dána Reed"}).status_code == 200


@pytest.mark.parametrize("path", ["data-requests", "decisions/check", "consent-asks", "webhook-endpoints"])
def test_half_a_character_is_no_text(w: World, path: str) -> None:
    headers = {"Authorization": f"Bearer {w.key}", "Idempotency-Key": uuid.uuid4().hex}
    for body in ({"purpose": "\ud800"}, {"\udc00": 1}, ["x", {"a": ["\udfff"]}]):
        answer = w.call("post", path, json.dumps(body), headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "ask.invalid")
    whole = w.call("post", "decisions/check", w.ask(purpose="\U0001f600"), headers=headers)
    assert whole.json()["codes"] == ["purpose.mismatch"]


@pytest.mark.parametrize("sign", ["\r\nBcc: x@evil.example", "\u202e", "\u200b", "\u2028", "\x07", "\ud7fb字"])
def test_an_organisation_has_a_name_that_letters_can_show(committing: str, sign: str) -> None:
    browser = Client()
    proven(browser)
    for field in ("legal_name", "address", "contact_name", "about", "about_es"):
        said = {**APPLY, field: f"Prairie{sign}Books"}
        if field.startswith("about") and sign.startswith(("\r", "\u2028")):
            continue  # it may have lines
        assert browser.post("/join/apply/", said).status_code == 422, field
    assert not SignUp.objects.exists()
    assert browser.post("/join/apply/", {**APPLY, "about": "We keep books.\r\nOf farms."}).status_code == 302


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "9999-12-30"])
def test_a_day_that_nobody_can_mean_is_no_day(w: World, day: str) -> None:
    ana = browser_of(analyst(w.organisation))
    said = {**asking(), "history_from": "2025-01-01", "history_last": "2025-02-01"}
    for field in ("ends_last", "history_last", "history_from"):
        assert ana.post("/recipient/asks/new/", {**said, field: day}).status_code == 422, field
    for field in ("first", "last"):
        assert ana.post("/recipient/requests/many/", form([ACCOUNT], **{field: day})).status_code == 422, field
    staff = browser_of(person(Role.STAFF)[0])
    days = {"history_from": day, "history_through": day, "last_day": day, "signed_on": day, "received_on": day}
    assert staff.post("/admin/paper/enter/", {**paper_form("ABCD-EFGH"), **days}).status_code == 422
    manual = delivered(w)
    file = ReceivedFile.objects.get(message__manual=manual)
    choice = {"data_type": "usage_daily", "first_day": day, "last_day": day, "decision": "accept"}
    assert staff.post(f"/admin/files/{file.id}/", choice).status_code < 500


@pytest.mark.parametrize("sign", ["\x00", "\u202e", "\r\n", "<b>", "=1+1|"])
def test_a_files_name_is_shown_as_words_alone(committing: str, sign: str) -> None:
    w = world(onward_recipients=[])
    client = her(w)
    answer = hand_over(w, {f"a{sign}z.pdf": month_bill(2025, 9)}, client)
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert "<b>z" not in page.content.decode()


def test_saved_and_thrown_away_at_one_moment_is_one_of_the_two_and_whole(committing: str) -> None:
    w = world(onward_recipients=[])
    client = her(w)
    place = hand_over(w, {f"{n}.pdf": month_bill(2025, n) for n in (8, 9)}, client)["Location"]
    gate, found = threading.Barrier(EIGHT), []

    def one(number: int) -> None:
        own = Client()
        own.cookies = client.cookies
        try:
            gate.wait(30)
            found.append(own.post(place, {"act": ("save", "throw")[number % 2]}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(EIGHT)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [302] * EIGHT
    draft = ShareDraft.objects.get()
    assert ReceivedFile.objects.count() == (2 if draft.how == "saved" else 0)
