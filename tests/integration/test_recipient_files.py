"""Bills and files of a request on a recipient's pages, and what these pages say of a request that waits."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from broker.rehearsal.nectar import Nectar
from requests_app.models import ReceivedFile
from tests.hooks_world import endpoint
from tests.integration.nectar_support import played, shared, to_the_end
from tests.integration.test_own_data import a_bill, bills_of
from tests.integration.test_release import revoke
from tests.integration.test_share import share
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, World, events, usage, world

DAYS: dict[str, Any] = {"data_types": ["bill"], "from": "2025-09-01", "to": "2025-12-01"}


@pytest.fixture
def w(committing: str) -> World:
    return world()


@pytest.fixture
def nectar(settings: Any) -> Any:
    with played(settings, polls_until_done=0) as server:
        yield server


def test_bills_are_shown_with_their_figures_and_each_file_can_be_had(w: World) -> None:
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"))
    asked, ana = w.requested(**DAYS, channel="customer_upload"), browser_of(analyst(w.organisation))
    path = f"/recipient/requests/{asked.id}/"
    assert f"{path}bills/" in ana.get(path).content.decode()
    page = ana.get(f"{path}bills/").content.decode()
    assert "98.11" in page
    file = ReceivedFile.objects.get()
    assert f"{path}files/{file.id}/" in page
    given = ana.get(f"{path}files/{file.id}/")
    assert given.content.startswith(b"%PDF")
    assert "attachment" in given["Content-Disposition"]
    assert b"98.11" in ana.get(f"{path}bills/bills.csv").content
    assert len(events("data.read")) == 3
    revoke(w)
    for each in ("bills/", "bills/bills.csv", f"files/{file.id}/"):
        assert ana.get(f"{path}{each}").status_code == 403
    assert len(events("data.read_refused")) == 3


def test_use_leaves_as_green_button_too(w: World) -> None:
    share(w, "usage.csv", usage(ACCOUNT).encode())
    asked, ana = w.requested(channel="customer_upload"), browser_of(analyst(w.organisation))
    answer = ana.get(f"/recipient/requests/{asked.id}/data/readings.xml")
    assert answer.content.startswith(b"<?xml")
    assert (
        f'/recipient/requests/{asked.id}/data/readings.xml"'
        in ana.get(f"/recipient/requests/{asked.id}/data/").content.decode()
    )


def test_a_document_that_could_not_be_read_says_so_and_what_to_do(w: World, nectar: Nectar) -> None:
    asked, ana = w.requested(**DAYS, channel="nectar"), browser_of(analyst(w.organisation))
    nectar.order("TERMINATED")
    pull = to_the_end(shared(w))
    page = ana.get(f"/recipient/requests/{asked.id}/").content.decode()
    assert "not_read" not in page
    assert "Could not be read" in page
    assert pull.says in page
    assert "ask the customer for one" in page
    assert "Pictures and numbers" not in page
    assert "Could not be read" in ana.get("/recipient/requests/").content.decode()


def test_a_bill_that_reaches_beyond_the_days_is_named(w: World) -> None:
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"))
    asked = w.requested(**{**DAYS, "from": "2025-09-10"}, channel="customer_upload")
    page = browser_of(analyst(w.organisation)).get(f"/recipient/requests/{asked.id}/bills/").content.decode()
    assert "98.11" not in page
    assert "beyond the days that you asked for" in page


def test_messages_name_what_they_are_about_and_permissions_their_ids(w: World, settings: Any, tmp_path: Path) -> None:
    endpoint(w, "https://hooks.example.com/in")
    asked = w.requested(**DAYS, channel="customer_upload")
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"))
    ana = browser_of(analyst(w.organisation))
    page = ana.get("/recipient/webhooks/").content.decode()
    assert f'<a href="/recipient/requests/{asked.id}/">request {str(asked.id)[:8]}</a>' in page
    assert f'<a href="/recipient/permissions/#{w.consent.id}">permission {w.consent.number}</a>' in page
    permissions = ana.get("/recipient/permissions/").content.decode()
    assert f'<tr id="{w.consent.id}">' in permissions
    assert f">{w.consent.id}<" in permissions
    assert "/recipient/asks/" in ana.get("/recipient/").content.decode().partition("<h1>")[2]
