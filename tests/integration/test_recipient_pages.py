"""The pages of a recipient's people: the objects of their own organisation alone, and no data without its entry."""

import uuid
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from broker.parties.keys import authenticate_key
from broker.parties.models import Application
from broker.terms import Actor
from consents import actions
from requests_app.models import ManualRequest, Release
from tests.integration.test_approved_purposes import only
from tests.recipients_world import analyst, browser_of, delivered
from tests.requests_world import coop, events, organisation, world


@pytest.fixture
def case(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        w = world()
        yield w, delivered(w), browser_of(analyst(w.organisation))


KEY = {"name": "Bookkeeping", "operations": ["requests", "data"], "data_types": ["bill"], "days": "30"}


def test_a_key_is_shown_once_and_opens_what_was_ticked(case: Any) -> None:
    w, _manual, ana = case
    answer = ana.post("/recipient/keys/new/", KEY)
    made = Application.objects.get(name="Bookkeeping")
    key = answer.context["key"]
    assert key in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    assert (made.operations, made.data_types, made.organisation) == (["requests", "data"], ["bill"], w.organisation)
    assert authenticate_key(key, timezone.now()) == made
    for path in ("/recipient/keys/", f"/recipient/keys/{made.id}/"):
        assert key not in ana.get(path).content.decode()


def test_the_page_of_a_key_says_where_it_is_good_what_for_and_how_to_go_on(case: Any) -> None:
    w, _manual, ana = case
    only(w.organisation, "billing_review", "rate_comparison")
    made = ana.post("/recipient/keys/new/", KEY)
    row = Application.objects.get(name="Bookkeeping")
    for page in (made, ana.get(f"/recipient/keys/{row.id}/")):
        text = page.content.decode()
        assert f"{settings.PUBLIC_URL}/api/v1" in text
        assert "<code>rate_comparison</code>" in text
        assert "<code>billing_review</code>" in text
        assert "research" not in text
        for name in ("first", "testing"):
            assert f'href="/developers/guides/{name}/"' in text


def test_a_key_that_is_taken_back_opens_nothing_from_then_on(case: Any) -> None:
    _w, _manual, ana = case
    key = ana.post("/recipient/keys/new/", KEY).context["key"]
    made = Application.objects.get(name="Bookkeeping")
    assert ana.post(f"/recipient/keys/{made.id}/revoke/").status_code == 302
    assert authenticate_key(key, timezone.now()) is None
    assert "taken back" in ana.get("/recipient/keys/").content.decode()


def test_a_key_names_something_or_is_not_made(case: Any) -> None:
    _w, _manual, ana = case
    before = Application.objects.count()
    for missing in KEY:
        assert ana.post("/recipient/keys/new/", {k: v for k, v in KEY.items() if k != missing}).status_code == 422
    assert ana.post("/recipient/keys/new/", {**KEY, "operations": ["everything"]}).status_code == 422
    assert Application.objects.count() == before


def test_a_portal_login_in_the_name_of_a_key_is_turned_away(case: Any) -> None:
    _w, _manual, ana = case
    assert ana.post("/recipient/keys/new/", {**KEY, "name": "smarthub password: hunter2-hunter2"}).status_code == 403


def test_nobody_makes_keys_without_end(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _w, _manual, ana = case
    monkeypatch.setattr("requests_app.recipients.key_views.MOST_KEYS", 1)  # the world made one
    assert ana.post("/recipient/keys/new/", KEY).status_code == 422


def test_what_is_another_organisations_is_not_there_and_the_try_is_an_entry(case: Any) -> None:
    w, manual, ana = case
    other, foreign_key, _ = organisation("other", timezone.now())
    eve = browser_of(analyst(other, "eve"))
    request, mine = f"/recipient/requests/{manual.request_id}/", w.application.id
    tried = [
        eve.get(request),
        eve.get(f"{request}data/"),
        eve.get(f"{request}data/readings.csv"),
        eve.get(f"{request}data/1/months.svg"),
        eve.get(f"/recipient/keys/{mine}/"),
        eve.post(f"/recipient/keys/{mine}/revoke/"),
        ana.get(f"/recipient/keys/{foreign_key.id}/"),
    ]
    assert [each.status_code for each in tried] == [404] * 7
    assert len(events("auth.foreign")) == 7
    assert not Release.objects.exists()
    w.application.refresh_from_db()
    assert w.application.revoked_at is None
    assert manual.number not in eve.get("/recipient/requests/").content.decode()
    assert w.consent.number not in eve.get("/recipient/permissions/").content.decode()


def test_lists_show_no_whole_account_number_and_open_nothing(case: Any) -> None:
    _w, manual, ana = case
    for path in ("", "permissions/", "requests/", f"requests/{manual.request_id}/"):
        answer = ana.get(f"/recipient/{path}")
        assert answer.status_code == 200
        assert "40900017" not in answer.content.decode()
    assert len(events("recipient.shown")) == 4
    assert not events("data.read")


def test_pictures_leave_with_an_entry_of_the_customer_and_the_table_says_the_same(case: Any) -> None:
    w, manual, ana = case
    page = ana.get(f"/recipient/requests/{manual.request_id}/data/").content.decode()
    assert "<svg" in page
    assert "72.63" in page  # 49.600 + 23.030
    (read,) = events("data.read")
    (row,) = Release.objects.all()
    assert (row.application, row.consent, row.audit_event_id) == (None, w.consent, read.id)
    svg = ana.get(f"/recipient/requests/{manual.request_id}/data/1/months.svg")
    assert svg.headers["Content-Disposition"].startswith("attachment")
    assert ET.fromstring(svg.content).tag.endswith("svg")
    csv = ana.get(f"/recipient/requests/{manual.request_id}/data/1/months.csv").content.decode()
    assert csv.splitlines()[1].startswith('"2025-10-01","2025-10-31","delivered","kWh","72.630"')
    assert '"23.030"' in ana.get(f"/recipient/requests/{manual.request_id}/data/readings.csv").content.decode()
    assert len(events("data.read")) == 4


def test_a_stop_between_the_list_and_the_click_lets_nothing_leave(case: Any) -> None:
    w, manual, ana = case
    assert ana.get(f"/recipient/requests/{manual.request_id}/").status_code == 200
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    for rest in ("", "readings.csv", "1/months.svg", "1/months.csv"):
        answer = ana.get(f"/recipient/requests/{manual.request_id}/data/{rest}")
        assert answer.status_code == 403
        assert "consent.revoked" in answer.content.decode()
        assert "72.63" not in answer.content.decode()
    assert not Release.objects.exists()
    assert len(events("data.read_refused")) == 4


def test_a_picture_that_is_not_there_is_not_found(case: Any) -> None:
    _w, manual, ana = case
    for rest in ("9/months.svg", "1/hours-2025.svg", "1/months.exe"):
        assert ana.get(f"/recipient/requests/{manual.request_id}/data/{rest}").status_code == 404


def test_a_refused_request_says_why_and_what_would_be_permitted(case: Any) -> None:
    w, _manual, ana = case
    answer = w.post(w.ask(data_types=["usage_hourly"]))
    page = ana.get(f"/recipient/requests/{answer.json()['id']}/").content.decode()
    assert "Kind of data not in the permission" in page
    assert "Refused" in ana.get("/recipient/requests/").content.decode()


def test_a_long_list_goes_on(case: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    w, manual, ana = case
    monkeypatch.setattr("requests_app.recipients.listing.PAGE", 1)
    newer = w.manual(data_types=["bill"])
    first = ana.get("/recipient/requests/")
    assert newer.number in first.content.decode()
    assert manual.number not in first.content.decode()
    second = ana.get("/recipient/requests/", {"before": first.context["page"].after})
    assert manual.number in second.content.decode()
    assert ana.get("/recipient/requests/", {"before": "yesterday"}).status_code == 200
    for each in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+00:00"):
        assert ana.get("/recipient/requests/", {"before": each}).status_code == 200, each
        after = f"{each} {manual.id}".encode().hex()
        assert ana.get("/recipient/asks/", {"after": after}).status_code == (404 if "14:00" in each else 200), each


def test_an_analyst_is_led_to_these_pages_after_signing_in(case: Any) -> None:
    _w, _manual, ana = case
    assert ana.get("/after-login/").url == "/recipient/"
    assert Client().get("/recipient/").status_code == 302


def test_a_request_that_is_none_is_not_found(case: Any) -> None:
    _w, _manual, ana = case
    assert ana.get(f"/recipient/requests/{uuid.uuid4()}/").status_code == 404
    assert ManualRequest.objects.count() == 1
