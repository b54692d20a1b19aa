"""The pages of an ask for a consent: wide and narrow, in both languages, judged by axe."""

import re
from typing import Any
from unittest.mock import patch

import pytest
from playwright.sync_api import BrowserContext

from consents.asking import acts
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
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


@pytest.fixture
def asker(site: Any) -> Asker:
    return Asker.app(application(factories.organisation())[0])


@pytest.mark.parametrize("language", ["en", "es"])
def test_from_the_link_to_the_filled_in_pages(site: Any, asker: Asker, context: BrowserContext, language: str) -> None:
    page = as_person(context, site.url, language)
    page.goto(f"{site.url}{path(make(asker))}")
    look(page, f"asked-{language}")
    page.locator("#id_email").fill(HER)
    with patch("broker.parties.links._new_code", return_value=CODE):
        page.locator("main form button.usa-button").first.click()
        page.wait_for_url("**/share/code/")
    page.locator("#id_code").fill(CODE)
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/share/account/")
    look(page, f"asked-account-{language}")
    for name in ("number", "name", "address"):
        page.locator(f"#id_{name}").fill(ACCOUNT[name])
    for label in ("role", "helped"):
        page.locator(f"label[for={page.locator(f'input[name={label}]').first.get_attribute('id')}]").click()
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/share/data/")
    assert page.locator("input[name=data_types]:checked").count() == 2
    look(page, f"asked-data-{language}")
    page.locator("main form button.usa-button").first.click()
    page.wait_for_url("**/share/purpose/")
    assert page.locator("input[name=nectar]:checked").count() == 0
    look(page, f"asked-purpose-{language}")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("how", ["no", "not-again", "cancelled", "expired"])
def test_how_an_ask_ends(site: Any, asker: Asker, context: BrowserContext, language: str, how: str) -> None:
    ask = make(asker)
    page = as_person(context, site.url, language)
    page.goto(f"{site.url}{path(ask)}")
    if how in ("no", "not-again"):
        page.locator(f'form[action$="/{how}/"] button').click()
    else:
        after = ask.expires_at if how == "expired" else ask.asked_at
        if how == "cancelled":
            assert acts.cancel(asker, ask, now=after) == ask
        with patch("consents.asking.views.timezone.now", return_value=after):
            page.reload()
    look(page, f"asked-{how}-{language}")
    assert re.search(r"30|share|compart", page.inner_text("main")) is not None
    assert ConsentAsk.objects.get().state == {"no": "declined", "not-again": "declined", "cancelled": "cancelled"}.get(
        how, "pending"
    )
