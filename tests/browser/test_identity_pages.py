"""Proving an account, and what staff do for it: wide and narrow, in both languages, judged by axe."""

import uuid
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext

from broker.parties.models import Role
from broker.terms import Actor
from consents.identity import levels, posted
from consents.identity.models import How
from tests.browser.test_tour import look
from tests.browser.test_who_saw import sign_in
from tests.integration.test_identity_bill import MADE, paper_bill
from tests.integration.test_identity_staff import her
from tests.joint_world import person
from tests.requests_world import ACTOR, World, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def w(site: Any) -> World:
    return world(assurance="L1", data_types=["bill", "usage_hourly"])


@pytest.mark.parametrize("language", ["en", "es"])
def test_her_pages(site: Any, w: World, context: BrowserContext, language: str) -> None:
    page = sign_in(context, her(w), site.url, language)
    page.goto(f"{site.url}/my/")
    look(page, f"identity-dashboard-{language}")
    page.goto(f"{site.url}/my/account/{w.account.id}/code/")
    look(page, f"identity-code-not-yet-{language}")
    page.locator("a[href$='/prove/']").first.click()
    look(page, f"identity-bill-{language}")
    for data, name in ((paper_bill(name="PAT OTHER", address="9 Other Rd"), "wrong"), (paper_bill(), "proven")):
        file = {"name": "bill.pdf", "mimeType": "application/pdf", "buffer": data}
        page.locator("#id_file").set_input_files(file)
        page.locator("#id_bill_date").fill(MADE.isoformat())
        page.locator("#id_amount").fill("98.11")
        page.locator("main form[enctype] button").click()
        look(page, f"identity-bill-{name}-{language}")
    page.goto(f"{site.url}/my/account/{w.account.id}/code/")
    look(page, f"identity-code-ask-{language}")
    page.locator("main form button.usa-button").click()
    look(page, f"identity-code-asked-{language}")
    code = posted.ask(w.account, actor=Actor("c", w.customer.id), now=timezone.now())
    assert code is not None
    assert posted.print_letter(code, actor=ACTOR, now=timezone.now())
    page.reload()
    page.locator("#id_code").fill("0000-0000")
    page.locator("main form button.usa-button").click()
    look(page, f"identity-code-wrong-{language}")


def test_the_staffs_pages(site: Any, w: World, context: BrowserContext) -> None:
    user, _staff = person(Role.STAFF)
    with transaction.atomic():
        levels.prove([w.account], level="L2", how=How.OWN_BILL, actor=ACTOR, now=timezone.now(), file=uuid.uuid4())
    code = posted.ask(w.account, actor=Actor("c", w.customer.id), now=timezone.now())
    assert code is not None
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    page = sign_in(context, client, site.url)
    page.goto(f"{site.url}/admin/identity/")
    look(page, "identity-staff")
    page.goto(f"{site.url}/admin/identity/codes/{code.id}/")
    look(page, "identity-code-staff")
    page.goto(f"{site.url}/admin/identity/calls/{w.consent.id}/")
    look(page, "identity-call")
