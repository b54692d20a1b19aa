"""The operator's page: is this installation fit to serve? Wide, narrow, judged by axe, reached from the worklist."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from broker.parties.models import Role
from tests.browser.test_every_page import apart, as_person
from tests.browser.test_tour import look
from tests.integration.console_support import desk, officer, w
from tests.requests_world import World

__all__ = ["desk", "w"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


def test_the_operator_looks_from_the_worklist(site: Any, w: World, context: BrowserContext) -> None:
    cookie = apart(lambda: officer(Role.OPERATOR).cookies["sessionid"].value)
    page = as_person(context, site.url, "en", cookie)
    page.goto(f"{site.url}/admin/")
    page.get_by_role("link", name="Is it fit to serve?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this installation fit to serve?")
    expect(page.get_by_role("cell", name="fail", exact=True).first).to_be_visible()
    look(page, "doctor")
