"""The guided way to share files, as she sees it: with and without a script, wide and narrow, in both languages."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from broker.rehearsal import paper
from consents.session import CUSTOMER
from requests_app.models import ReceivedFile
from requests_app.upload.models import ShareDraft
from tests.browser.test_every_page import apart, as_person, visit
from tests.integration.test_upload_preview import month_bill
from tests.requests_world import ACCOUNT, World, usage, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),
]
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


def signed_in(w: World) -> str:
    client = Client()
    kept = client.session
    kept[CUSTOMER] = str(w.customer.id)
    kept.save()
    return str(kept.session_key)


def files() -> list[dict[str, Any]]:
    """A year of bills without two months, a usage file, a scan, and one that is nothing."""
    made = [(f"bill-{m}.pdf", month_bill(2025, m)) for m in range(1, 13) if m not in (3, 6)]
    made += [("My use.csv", usage(ACCOUNT).encode()), ("scan.pdf", paper.pdf([[""]])), ("x.pdf", b"%PDF-1.7 no")]
    return [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in made]


def begun(site: Any, context: BrowserContext, language: str) -> tuple[Page, str]:
    w = apart(lambda: world(onward_recipients=[], history_from=date(2025, 1, 1), history_to=date(2026, 7, 1)))
    return as_person(context, site.url, language, signed_in(w)), f"{site.url}/my/{w.consent.id}/file/"


@LANGUAGES
def test_the_way_to_the_files(site: Any, context: BrowserContext, language: str) -> None:
    page, start = begun(site, context, language)
    visit(page, start, f"upload-start-{language}")
    visit(page, f"{start}how/bills/", f"upload-bills-{language}")
    visit(page, f"{start}how/usage/", f"upload-usage-{language}")
    visit(page, f"{start}letter/bills/", f"upload-letter-{language}")


@LANGUAGES
def test_many_files_with_the_script(site: Any, context: BrowserContext, language: str) -> None:
    page, start = begun(site, context, language)
    page.goto(start)
    page.set_input_files('input[type="file"]', files())
    page.click("form[data-upload] button")
    page.wait_for_url("**/file/look/**")
    visit(page, page.url, f"upload-look-{language}")
    missing = {"en": "March 2025 and June 2025", "es": "marzo de 2025 y junio de 2025"}[language]
    expect(page.locator("main")).to_contain_text(missing)
    assert not ReceivedFile.objects.exists()
    page.locator('button[value="save"]').click()
    page.wait_for_load_state("networkidle")
    visit(page, page.url, f"upload-saved-{language}")
    assert ReceivedFile.objects.count() == 12
    assert ShareDraft.objects.get().how == "saved"


def test_each_file_has_its_answer_while_the_others_are_on_their_way(site: Any, context: BrowserContext) -> None:
    page, start = begun(site, context, "en")
    page.goto(start)
    page.route("**/file/look/**", lambda route: route.fulfill(status=204))  # stays on the page of the answers
    page.set_input_files('input[type="file"]', files())
    page.click("form[data-upload] button")
    rows = page.locator("[data-files] li")
    expect(rows).to_have_count(13)
    expect(rows.nth(0)).to_contain_text("This is a bill of January 1, 2025 – January 31, 2025.")
    expect(rows.nth(12)).to_contain_text("We do not take this file")
    page.screenshot(path="var/pictures/upload-answers-en.png", full_page=True)


def test_a_file_waits_while_others_have_theirs_read(site: Any, context: BrowserContext) -> None:
    page, start = begun(site, context, "en")
    page.goto(start)
    busy: list[Any] = []

    def answer(route: Any) -> None:
        if route.request.method == "POST" and len(busy) < 2:
            busy.append(route)
            route.fulfill(status=503, headers={"Retry-After": "1"}, body="<p>Others have files read.</p>")
        else:
            route.continue_()

    page.route("**/file/", answer)
    page.set_input_files('input[type="file"]', files()[:2])
    page.click("form[data-upload] button")
    page.wait_for_url("**/file/look/**")
    assert len(busy) == 2
    expect(page.locator("main")).to_contain_text("Each file (2)")


@LANGUAGES
def test_many_files_without_a_script(site: Any, browser: Any, language: str) -> None:
    plain = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    page, start = begun(site, plain, language)
    page.goto(start)
    page.set_input_files('input[type="file"]', files()[8:])
    page.click("form[data-upload] button")
    page.wait_for_url("**/file/look/**")
    page.locator('button[value="throw"]').click()
    assert not ReceivedFile.objects.exists()
    assert ShareDraft.objects.get().how == "thrown"
    plain.close()


def test_a_row_of_files_larger_than_allowed_is_told_of_before_it_is_sent(site: Any, context: BrowserContext) -> None:
    page, start = begun(site, context, "en")
    page.goto(start)
    page.evaluate("document.querySelector('form[data-upload]').dataset.most = '2000'")
    page.set_input_files('input[type="file"]', files()[:4])
    page.click("form[data-upload] button")
    expect(page.locator("[data-files] li.is-no").first).to_contain_text("larger than 25 MB together")
    page.locator("a[data-go]").click()
    page.wait_for_url("**/file/look/**")
