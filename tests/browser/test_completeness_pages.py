"""Requested versus received, and too much data, as a customer, staff and an officer see them: axe, keys, widths."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext

from broker.parties.models import Role
from consents.session import CUSTOMER
from requests_app.completeness.models import Cut
from requests_app.models import ReceivedFile
from requests_app.receive import receive
from tests import bills
from tests.browser.test_every_page import apart, as_person, visit
from tests.integration.test_held_files import signed_in
from tests.requests_world import World, coop, reply, run_job, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),
]


def made() -> tuple[World, str, str, str]:
    """A year of bills of which three months came, with one that nobody shared."""
    w = world(history_from=date(2025, 1, 1), history_to=date(2026, 1, 1))
    manual = w.manual(**{"data_types": ["bill", "usage_daily"], "from": "2025-01-01", "to": "2026-01-01"})
    run_job("manual.send", manual.id)
    mail = bills.mail_with(reply(manual, csv=False), bills.year(date(2024, 12, 1), date(2025, 4, 1)))
    receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    desk, file = signed_in(Role.STAFF), ReceivedFile.objects.get()
    desk.get(f"/admin/files/{file.id}/")
    cut = Cut.objects.get().file_id
    days = {"decision": "accept", "data_type": "bill", "first_day": "2025-01-01", "last_day": "2025-03-31"}
    assert desk.post(f"/admin/files/{cut}/", days).status_code == 302
    return w, str(manual.id), str(file.id), str(cut)


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_came_as_she_sees_it(
    site: Any, context: BrowserContext, tmp_path: Path, settings: Any, language: str
) -> None:
    with coop(tmp_path, settings):
        w, manual, _, _ = apart(made)
    client = Client()
    kept = client.session
    kept[CUSTOMER] = str(w.customer.id)
    kept.save()
    page = as_person(context, site.url, language, str(kept.session_key))
    visit(page, f"{site.url}/my/requests/{manual}/", f"every-my-request-came-{language}")
    words = "Two people decide" if language == "en" else "Dos personas deciden"
    assert words in page.content()


def test_what_came_as_the_desk_and_an_officer_see_it(
    site: Any, context: BrowserContext, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings):
        _, manual, file, cut = apart(made)
    desk, boss = signed_in(Role.STAFF), signed_in(Role.OFFICER)
    page = as_person(context, site.url, "en", desk.cookies["sessionid"].value)
    visit(page, f"{site.url}/admin/requests/{manual}/completeness/", "staff-completeness")
    visit(page, f"{site.url}/admin/files/{file}/", "staff-surplus")
    visit(page, f"{site.url}/admin/files/{cut}/", "staff-cut")
    page = as_person(context, site.url, "en", boss.cookies["sessionid"].value)
    visit(page, f"{site.url}/console/surplus/", "officer-surplus")
