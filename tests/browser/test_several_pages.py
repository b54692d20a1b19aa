"""One signing for many accounts as she sees it: wide and narrow, in both languages, judged by axe, without script."""

from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page

from consents.asking.acts import Asker
from tests import factories
from tests import several_world as farm
from tests.browser.test_every_page import as_person
from tests.browser.test_tour import look
from tests.integration.asking_support import HER, application, make, path

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]
CODE = "123456"
ACCOUNTS = farm.numbers(40)


def go_on(page: Page, where: str) -> None:
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url(f"**{where}")


def bills() -> list[FilePayload]:
    made = [farm.bill(each) for each in ACCOUNTS[:36]]
    made += [farm.bill(ACCOUNTS[36], name="Otto Other"), farm.bill(ACCOUNTS[37], name="Hal or Gwen Grant")]
    made += [farm.bill(ACCOUNTS[38], address="")]
    return [{"name": f"bill-{n}.pdf", "mimeType": "application/pdf", "buffer": each} for n, each in enumerate(made, 1)]


@pytest.mark.parametrize("language", ["en", "es"])
def test_from_the_link_to_a_list_of_forty(site: Any, context: BrowserContext, language: str) -> None:
    asker = Asker.app(application(factories.organisation())[0])
    ask = make(asker, email=..., account=..., accounts=ACCOUNTS)
    page = as_person(context, site.url, language)
    page.goto(f"{site.url}{path(ask)}")
    look(page, f"several-asked-{language}")
    page.locator("#id_email").fill(HER)
    with patch("broker.parties.links._new_code", return_value=CODE):
        go_on(page, "/share/code/")
    page.locator("#id_code").fill(CODE)
    go_on(page, "/share/account/")
    look(page, f"several-holder-{language}")
    page.locator("#id_name").fill(farm.FARM)
    for label in ("role", "helped"):
        page.locator(f"label[for={page.locator(f'input[name={label}]').first.get_attribute('id')}]").click()
    go_on(page, "/share/accounts/")
    look(page, f"several-list-empty-{language}")
    page.locator("#id_bills").set_input_files(bills())
    page.locator("button[value=look]").click()
    page.wait_for_selector(".mark--yes")
    assert page.locator(".mark--yes").count() == 36
    assert page.locator(".mark--no").count() == 2
    page.locator("label[for=want-2]").click()
    look(page, f"several-list-{language}")
    page.locator("button[value=go]").click()
    page.wait_for_url("**/share/data/")
