"""An officer's pages of incidents and of people who left: wide, narrow, judged by axe."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext

from broker.console.incidents import deciding, listing
from broker.console.incidents.models import Incident
from broker.terms import Refusal
from tests.browser.test_every_page import apart, as_person
from tests.browser.test_tour import look
from tests.integration.audit_support import integrate
from tests.integration.test_incidents import CENTRAL, TELL, decided, two_customers
from tests.packs_world import Packs, packs

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def desk(site: Any, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def with_a_list(desk: Packs) -> None:
    """Compute the list and decide."""
    incident = Incident.objects.get()
    integrate(desk.desk.answer)
    made = listing.compute(incident, {}, actor=desk.actor(desk.officer), now=timezone.now())
    assert not isinstance(made, Refusal)
    decided(desk, incident, TELL)
    assert deciding.waiting(incident) is None


def test_an_officers_pages(desk: Packs, site: Any, context: BrowserContext) -> None:
    client = Client()
    client.force_login(desk.officer, backend="django.contrib.auth.backends.ModelBackend")
    page = as_person(context, site.url, "en", client.cookies["sessionid"].value)
    began = f"{timezone.localtime(timezone.now() - timedelta(days=2), CENTRAL):%Y-%m-%dT%H:%M}"
    page.goto(f"{site.url}/console/incidents/new/")
    look(page, "incident-new")
    page.get_by_label("What happened").fill("A clerk opened bills without need.")
    page.get_by_label("It began").fill(began)
    page.get_by_label("One of us first knew").fill(began)
    page.get_by_role("button", name="Write down").click()
    page.get_by_role("heading", name="Incident I-").wait_for()
    look(page, "incident-begun")
    apart(lambda: two_customers(desk))
    apart(lambda: with_a_list(desk))
    page.reload()
    for each in page.locator("details").all():
        each.evaluate("each => { each.open = true }")
    look(page, "incident-decided")
    page.goto(f"{site.url}/console/incidents/")
    look(page, "incidents")
    page.goto(f"{site.url}/sign-in/left/")
    look(page, "sign-in-leaving")
