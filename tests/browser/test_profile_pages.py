"""An officer's pages about utilities' profiles, and the approver's page of a change: wide, narrow, judged by axe."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from broker import utilities
from broker.parties.models import Role
from tests.browser.test_every_page import apart, as_person
from tests.browser.test_tour import look
from tests.browser.watched import WIDE, watched
from tests.integration.console_support import desk, officer, w
from tests.requests_world import World

__all__ = ["desk", "w"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]
OBEC = utilities.text("obec")


@pytest.fixture
def people(site: Any, browser: Browser) -> Iterator[dict[Role, Page]]:
    """An officer and an approver, each with a browser of their own."""
    with ExitStack() as opened:
        pages = {}
        for role in (Role.OFFICER, Role.APPROVER):
            context = opened.enter_context(watched(browser, viewport=WIDE))
            cookie = apart(lambda role=role: officer(role).cookies["sessionid"].value)
            pages[role] = as_person(context, site.url, "en", cookie)
        yield pages


def test_a_change_of_a_profile_from_proposal_to_publication(
    site: Any, w: World, people: dict[Role, Page], tmp_path: Path
) -> None:
    asks, decides = people[Role.OFFICER], people[Role.APPROVER]
    asks.goto(f"{site.url}/console/profiles/")
    look(asks, "profiles")
    asks.goto(f"{site.url}/console/profiles/craighead/")
    look(asks, "profile-little-known")
    asks.goto(f"{site.url}/console/profiles/obec/")
    look(asks, "profile")
    asks.get_by_role("button", name="Ask a second person").click()
    look(asks, "profile-errors")
    changed = tmp_path / "obec.toml"
    changed.write_text(OBEC.replace("last_days = 10", "last_days = 12"), encoding="utf-8")
    asks.get_by_label("The profile as it is to be, as a file").set_input_files(changed)
    asks.get_by_label("Why, and who said so").fill("Their page now says twelve days.")
    asks.get_by_role("button", name="Ask a second person").click()
    look(asks, "profile-asked")
    address = asks.url
    asks.goto(f"{site.url}/console/profiles/obec/")
    look(asks, "profile-waits")
    decides.goto(address)
    look(decides, "profile-compared")
    expect(decides.get_by_role("cell", name="clock.last_days")).to_be_visible()
