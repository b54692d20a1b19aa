"""Sources that do not agree, as staff, who confirms, and the customer see them: axe, keys, widths."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext

from broker.approvals.models import Approval
from broker.parties.models import Role
from consents.session import CUSTOMER
from requests_app.differences.models import Difference
from requests_app.one_value.models import Place
from tests.browser.test_every_page import apart, as_person, visit
from tests.integration.test_held_files import signed_in
from tests.integration.test_one_value import OCTOBER, compared, of_days, shares, told
from tests.requests_world import World, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),
]


def settled() -> tuple[World, str, Client]:
    """Two months of which files do not agree: one is settled, the other waits for a second person."""
    w = world()
    november = date(2025, 11, 1)
    shares(w, of_days(OCTOBER, "11.2", "9.8", "14"), of_days(OCTOBER, "11.2", "10.4", "15.1"))
    shares(w, of_days(november, "7", "8"), of_days(november, "7.5", "8"))
    compared()
    desk = signed_in(Role.STAFF)
    first = Difference.objects.get(month=OCTOBER)
    answer = {"rule": "corrected", "reason": "The clerk said so by phone.", "newest": 1}
    at = f"/admin/differences/{first.topic}/"
    stands = str(Place.objects.get(number=2).series_id)
    assert desk.post(at, answer | {"stands": stands, "first": "2025-10-02", "last": "2025-10-02"}).status_code == 302
    told(w, to="2025-12-01")
    later = str(Difference.objects.get(month=november).topic)
    assert desk.post(f"/admin/differences/{later}/", answer | {"stands": "none", "rule": "unknown"}).status_code == 302
    return w, str(first.topic), desk


def test_what_the_desk_and_who_confirms_see(site: Any, context: BrowserContext) -> None:
    _, first, desk = apart(settled)
    later, asked = apart(lambda: (str(Difference.objects.get(month=date(2025, 11, 1)).topic), Approval.objects.get()))
    page = as_person(context, site.url, "en", desk.cookies["sessionid"].value)
    visit(page, f"{site.url}/admin/", "staff-worklist-differences")
    visit(page, f"{site.url}/admin/differences/", "staff-differences")
    visit(page, f"{site.url}/admin/differences/{first}/", "staff-difference")
    assert "1 of 2 values open" in page.content()
    second = apart(lambda: signed_in(Role.OPERATOR, "two"))
    page = as_person(context, site.url, "en", second.cookies["sessionid"].value)
    visit(page, f"{site.url}/admin/differences/{later}/", "staff-difference-second")
    officer = apart(lambda: signed_in(Role.OFFICER, "three"))
    page = as_person(context, site.url, "en", officer.cookies["sessionid"].value)
    visit(page, f"{site.url}/console/approvals/{asked.id}/", "officer-difference")
    assert "Both are doubtful" in page.content()


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_she_sees(site: Any, context: BrowserContext, language: str) -> None:
    w, _, _ = apart(settled)
    client = Client()
    kept = client.session
    kept[CUSTOMER] = str(w.customer.id)
    kept.save()
    page = as_person(context, site.url, language, str(kept.session_key))
    visit(page, f"{site.url}/my/data/use/{w.account.id}/usage_daily/", f"every-my-use-settled-{language}")
    assert ("Rule:" if language == "en" else "Regla:") in page.content()
