"""Another language in the middle of a grant, in a browser: what was typed stays, and Enter in a field still goes on."""

from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import BrowserContext, expect

from consents.asking.acts import Asker
from tests import factories
from tests.browser.test_every_page import as_person
from tests.browser.test_tour import look
from tests.integration.asking_support import HER, application, make, path
from tests.integration.grant_support import ACCOUNT

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]
CODE = "123456"


def test_the_switch_keeps_what_was_typed_and_enter_goes_on(site: Any, context: BrowserContext) -> None:
    page = as_person(context, site.url, "en")
    page.goto(f"{site.url}{path(make(Asker.app(application(factories.organisation())[0])))}")
    page.locator("#id_email").fill(HER)
    with patch("broker.parties.links._new_code", return_value=CODE):
        page.locator("main form button.usa-button").first.click()
        page.wait_for_url("**/share/code/")
    page.locator("#id_code").fill(CODE)
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/share/account/")
    page.locator("#id_name").fill(ACCOUNT["name"])
    page.locator("#id_number").fill("51")
    page.get_by_role("button", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    expect(page.locator("#id_name")).to_have_value(ACCOUNT["name"])
    expect(page.locator("#id_number")).to_have_value("51")
    assert page.url.endswith("/share/account/")  # nothing of it stands in an address
    look(page, "grant-language-es")
    page.locator("#id_number").press("Enter")  # as the button that goes on: now it is judged
    expect(page.locator("main .usa-alert--error")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("main .usa-alert--error")).to_have_count(0)
    expect(page.locator("#id_name")).to_have_value(ACCOUNT["name"])
    look(page, "grant-language-en")
