"""Bills that a bookkeeper brings, as she and the customer see it: with and without a script, wide and narrow."""

from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account
from broker.terms import Actor
from requests_app.brought.models import BroughtFile, Drop
from tests.brought_world import HERS, PAGE, bookkeeper
from tests.browser.test_every_page import apart, as_person, visit
from tests.browser.test_upload_pages import LANGUAGES, files, signed_in
from tests.integration.test_brought import bill
from tests.requests_world import ACCOUNT, World, grant, world

SECOND = "51000042"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),
]


def begun(site: Any, context: BrowserContext) -> tuple[World, Page]:
    w = apart(lambda: world(onward_recipients=[]))
    session = apart(lambda: str(bookkeeper(w).session.session_key))
    return w, as_person(context, site.url, "en", session)


def brought(site: Any, page: Page) -> None:
    """Drop a year of bills, a usage file, two bad files and a bill of somebody else, with the script."""
    page.goto(f"{site.url}{PAGE}")
    strange = {"name": "strange.pdf", "mimeType": "application/pdf", "buffer": bill(1, "40900018")}
    page.set_input_files('input[type="file"]', [*files(), strange])
    page.click("form[data-upload] button")
    page.wait_for_url(f"**{PAGE}*-*/")


@LANGUAGES
def test_from_the_drop_to_her_answer(site: Any, context: BrowserContext, language: str) -> None:
    w, page = begun(site, context)
    visit(page, f"{site.url}{PAGE}", "brought-empty")
    brought(site, page)
    expect(page.locator("main")).to_contain_text("11 wait for the customer")
    expect(page.locator("main")).to_contain_text("3 refused")
    outcome = page.url
    visit(page, outcome, "brought-waits")
    context.clear_cookies()
    hers = as_person(context, site.url, language, apart(lambda: signed_in(w)))
    visit(hers, f"{site.url}/my/", f"brought-my-{language}")
    visit(hers, f"{site.url}{HERS}", f"brought-asked-{language}")
    missing = {"en": "March 2025 and June 2025", "es": "marzo de 2025 y junio de 2025"}[language]
    expect(hers.locator("main")).to_contain_text(missing)
    one = hers.locator('input[value="no"]').first
    hers.locator(f'label[for="{one.get_attribute("id")}"]').click()
    hers.locator('button[value="each"]').click()
    hers.wait_for_load_state("networkidle")
    hers.locator('button[value="yes"]').click()
    hers.wait_for_load_state("networkidle")
    visit(hers, hers.url, f"brought-answered-{language}")
    assert sorted(set(BroughtFile.objects.values_list("state", flat=True))) == ["confirmed", "declined", "refused"]


@LANGUAGES
def test_files_of_several_accounts_stand_by_account(site: Any, context: BrowserContext, language: str) -> None:
    w, page = begun(site, context)

    def another() -> None:
        with transaction.atomic():
            ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
            facts = AccountFacts(SECOND, "Pat Member", "1 Example Road")
            row = ensure_account(w.customer, "obec", facts, ref=ref, now=timezone.now())
            grant(w.customer, w.organisation, [w.account, row], ref=ref, now=timezone.now(), onward_recipients=[])

    apart(another)
    page.goto(f"{site.url}{PAGE}")
    mixed = [(1, ACCOUNT), (1, SECOND), (2, ACCOUNT), (2, SECOND), (4, SECOND)]
    given = [{"name": f"{n}.pdf", "mimeType": "application/pdf", "buffer": bill(*each)} for n, each in enumerate(mixed)]
    page.set_input_files('input[type="file"]', given)
    page.click("form[data-upload] button")
    page.wait_for_url(f"**{PAGE}*-*/")
    visit(page, page.url, "brought-accounts")
    context.clear_cookies()
    hers = as_person(context, site.url, language, apart(lambda: signed_in(w)))
    visit(hers, f"{site.url}{HERS}", f"brought-accounts-asked-{language}")


def test_without_a_script_the_plain_form_does_the_same(site: Any, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 800}, java_script_enabled=False)
    _w, page = begun(site, context)
    page.goto(f"{site.url}{PAGE}")
    page.set_input_files('input[type="file"]', files()[:3])
    page.click("form[data-upload] button")
    expect(page.locator("main")).to_contain_text("3 wait for the customer")
    assert Drop.objects.get().files.count() == 3
    page.goto(f"{site.url}{PAGE}")
    expect(page.locator("main")).to_contain_text("3 wait for the customer")
    context.close()
