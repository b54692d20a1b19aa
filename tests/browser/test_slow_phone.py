"""A small telephone far out: 400 kbit/s, 400 ms, and the mail eight minutes late (issue "A consent that …", Reach)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import Browser, Page

from broker.demo.visitor import word_of
from consents.models import Consent
from tests import clock
from tests.browser.test_keyboard import GO
from tests.browser.watched import watched
from tests.integration.grant_support import ACCOUNT, EMAIL, NAME, Desk, desk

__all__ = ["desk"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]
MOST_SCREENS = 9
LATE = timedelta(minutes=8)
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
# What stands empty on a screen and asks for something: a code once, a name once.
ASKED = """() => [...document.querySelectorAll('main input:not([type=hidden]), main select, main textarea')]
  .filter(e => e.checkVisibility() && !e.value.trim() || (e.checked === false)).map(e => e.name)"""


@pytest.fixture
def phone(site: Any, browser: Browser) -> Iterator[Page]:
    with watched(browser, viewport={"width": 320, "height": 640}, has_touch=True) as context:
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.emulateNetworkConditions", SLOW)
        yield page


def test_a_grant_takes_nine_screens_at_most_and_no_answer_twice(desk: Desk, site: Any, phone: Page) -> None:
    screens: list[str] = []
    asked: list[str] = []

    def go_on() -> None:
        """Press the page's button; a screen is one page that comes."""
        with phone.expect_navigation(timeout=60_000):
            phone.locator(GO).first.click()
        see()

    def see() -> None:
        screens.append(phone.url)
        here = set(phone.evaluate(ASKED))
        assert not here & set(asked), f"asked before: {here & set(asked)} on {phone.url}"
        asked.extend(here)

    phone.goto(f"{site.url}/share/with/{desk.organisation.slug}/", timeout=60_000)
    see()
    phone.locator("#id_email").fill(EMAIL)
    go_on()
    with time_machine.travel(timezone.now() + LATE):
        mail = desk.mail("link and code")  # it came now, and the page that waits for it is the one she left open
        phone.locator("#id_code").fill(mail["codes"][0])
        go_on()
    for name in ("number", "name", "address"):
        phone.locator(f"#id_{name}").fill(ACCOUNT[name])
    phone.locator("input[name=role][value=customer] + label").click()
    phone.locator("input[name=helped][value=no] + label").click()
    go_on()
    phone.locator("input[value=bill] + label").click()
    phone.locator("#id_history_from").fill("2025-01-01")
    phone.locator("#id_history_through").fill("2025-12-31")
    go_on()
    phone.locator("input[value=rate_comparison] + label").click()
    phone.locator("#id_last_day").fill((clock.today() + timedelta(days=90)).isoformat())
    go_on()
    phone.locator("#id_agrees + label").click()
    go_on()
    phone.locator("#id_word").fill(word_of(phone.request.get(f"{site.url}/share/letter.pdf").body()))
    go_on()
    phone.locator("#id_typed_name").fill(NAME)
    go_on()
    assert phone.url.endswith("/share/done/")
    assert Consent.objects.count() == 1
    assert len(screens) <= MOST_SCREENS, screens


def test_a_mail_that_came_too_late_loses_nothing(desk: Desk, site: Any, phone: Page) -> None:
    """The code of eleven minutes ago is refused with what to do; the next one goes on where she was."""
    phone.goto(f"{site.url}/share/with/{desk.organisation.slug}/", timeout=60_000)
    phone.locator("#id_email").fill(EMAIL)
    phone.locator(GO).first.click()
    phone.wait_for_url("**/share/code/", timeout=60_000)
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        late = desk.mail("link and code")
        phone.locator("#id_code").fill(late["codes"][0])
        phone.locator(GO).first.click()
        phone.get_by_text("This code is older than 10 minutes").first.wait_for(timeout=60_000)
        phone.locator("main button.usa-button--unstyled").click()
        phone.get_by_text("This code is older than 10 minutes").first.wait_for(state="hidden", timeout=60_000)
        phone.locator("#id_code").fill(desk.mail("link and code")["codes"][0])
        phone.locator(GO).first.click()
        phone.wait_for_url("**/share/account/", timeout=60_000)
