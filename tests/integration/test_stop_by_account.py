"""A caller without a number at hand: staff find her permission by account and name, and each look is an event."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from broker import vault
from broker.parties.models import Role
from tests.completeness.test_desk_walk import signed_in
from tests.factories import read_event
from tests.requests_world import ACCOUNT, World, events, world


@pytest.fixture
def w(sqlite_db: str) -> World:
    return world()


@pytest.fixture
def staff(w: World) -> Client:
    return signed_in(Role.STAFF)


def form(**given: str) -> dict[str, str]:
    local = timezone.now().astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    return {"how": "phone", "day": local.date().isoformat(), "at": local.strftime("%H:%M:%S.%f"), **given}


def billed(w: World) -> str:
    row = w.consent.accounts.get()
    return str(vault.open(row.name_as_billed, under=read_event(w.consent.customer_id, obj="account")))


def test_account_and_name_find_the_permission(w: World, staff: Client) -> None:
    name = billed(w)
    wrong = staff.post("/admin/stops/enter/", form(account=ACCOUNT, name="Somebody Else"))
    assert wrong.status_code == 422
    assert "No live permission has this account and this name." in wrong.text
    before = len(events("account.read"))
    answer = staff.post("/admin/stops/enter/", form(account=ACCOUNT, name=name.upper()))
    assert answer.status_code == 302, answer.text
    w.consent.refresh_from_db()
    assert w.consent.state == "revoked"
    assert len(events("account.read")) == before + 1


def test_neither_number_nor_account_finds_nothing(w: World, staff: Client) -> None:
    answer = staff.post("/admin/stops/enter/", form(account=ACCOUNT))
    assert answer.status_code == 422
    assert "or the account and the name below" in answer.text


def test_a_wrong_time_is_said_of_the_time(w: World, staff: Client) -> None:
    later = timezone.now().astimezone(ZoneInfo(settings.DISPLAY_ZONE)) + timedelta(days=1)
    given: dict[str, Any] = form(number=w.consent.number, last_four=ACCOUNT[-4:], day=later.date().isoformat())
    answer = staff.post("/admin/stops/enter/", given)
    assert answer.status_code == 422
    assert 'id="id_at_error"' in answer.text
    assert 'id="id_day_error"' not in answer.text


def test_the_worklist_counts_on_every_link(w: World, staff: Client) -> None:
    page = staff.get("/admin/").text
    for title in ("What the co-op said", "Objections", "Held permissions", "Letters on paper", "Stops: alerts"):
        assert f"{title} (0)" in page
