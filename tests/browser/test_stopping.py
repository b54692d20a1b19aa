"""The pages of a stop and of the paper path, wide and narrow, in both languages, without scripts of ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from consents.actions import stop_token
from consents.stopping import record
from consents.stopping.models import Stop
from tests.browser.test_tour import look
from tests.browser.watched import watched
from tests.integration.test_release import delivered, path_of
from tests.requests_world import World, coop, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def w(site: Any, tmp_path: Path, settings: Any) -> Iterator[World]:
    settings.OPERATOR_ADDRESS, settings.OPERATOR_PHONE = "9 Test Road, Example, MO 00000", "555-0101"
    with coop(tmp_path, settings):
        made = world()
        made.get(path_of(delivered(made)))
        yield made


@pytest.fixture(params=["en-US", "es-MX"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A browser of this language, with scripts off for ours would not be needed."""
    with watched(browser, locale=request.param) as context:
        yield context.new_page()


def test_a_stop_from_the_link_to_the_recipients_word(w: World, site: Any, page: Page) -> None:
    language = page.evaluate("navigator.language")[:2]
    page.goto(f"{site.url}/stop/{stop_token(w.consent.id)}/")
    look(page, f"stop-button-{language}")
    page.locator("main button.usa-button--stop").press("Enter")
    page.wait_for_load_state()
    look(page, f"stop-list-{language}")
    page.goto(f"{site.url}/deleted/{record.attest_token(Stop.objects.get().id)}/")
    look(page, f"stop-attest-{language}")
    page.locator("main form button.usa-button").press("Enter")
    page.wait_for_load_state()
    look(page, f"stop-attest-errors-{language}")
    page.goto(f"{site.url}/share/paper/")
    look(page, f"paper-start-{language}")
