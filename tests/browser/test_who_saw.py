""" "Who saw my data", a question about it, and the officer's reply: wide and narrow, in both languages."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page

from consents import complaints
from consents.models import Complaint
from tests.browser.test_tour import look
from tests.integration.access_support import Case, case

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def her(site: Any) -> Case:
    made = case()
    refused = {"data_types": ["usage_15min"], "codes": ["scope.data_type"], "from": "2026-01-01", "to": "2026-03-01"}
    near = [{"data_type": "usage_daily", "channel": "manual_request"}]
    for _ in range(3):
        made.write(
            "data.read",
            actor=made.app(),
            purpose="rate_comparison",
            body={"data_types": ["bill", "usage_daily"], "channel": "manual_request"},
        )
    made.write(
        "pull.decided", actor=made.app(), purpose="rate_comparison", res="denied", body={**refused, "nearest": near}
    )
    made.write("file.read", actor=made.person("staff"), body={"why": "to check it"})
    made.write("log.read", actor=made.person("officer"), purpose="compliance")
    for day in range(1, 29):
        made.write("letter.read", body={"why": "sealing", "from": "2026-01-01", "to": f"2026-02-{day:02}"})
    return made


def sign_in(context: BrowserContext, client: Any, url: str, language: str = "en") -> Page:
    """Give a page that holds the session of a test's browser."""
    kept = client.cookies["sessionid"].value
    context.add_cookies(
        [
            {"name": "sessionid", "value": kept, "url": url},
            {"name": "django_language", "value": language, "url": url},
        ]
    )
    return context.new_page()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_customers_pages(site: Any, her: Case, context: BrowserContext, language: str) -> None:
    page = sign_in(context, her.browser, site.url, language)
    page.goto(f"{site.url}/my/access/")
    look(page, f"who-saw-{language}")
    page.locator("a[href$='/ask/']").first.click()
    look(page, f"who-saw-ask-{language}")
    page.locator("textarea").fill("Why did somebody look at my bills?")
    page.locator("form button.usa-button:not(.usa-button--unstyled)").last.click()
    look(page, f"who-saw-question-{language}")
    assert Complaint.objects.get().number in page.content()
    page.goto(f"{site.url}/my/access/report/{timezone.now().year}/")
    look(page, f"who-saw-report-{language}")


def test_the_officers_pages(site: Any, her: Case, context: BrowserContext) -> None:
    from django.test import Client

    rows = her.rows()
    for row in rows[1:4]:
        complaints.open_complaint(her.world.customer, row, "Why was this?\n\nPlease tell me.", now=timezone.now())
    officer = Client()
    officer.force_login(her.user("officer"), backend="django.contrib.auth.backends.ModelBackend")
    page = sign_in(context, officer, site.url)
    page.goto(f"{site.url}/console/complaints/")
    look(page, "officer-complaints")
    page.locator("table a").first.click()
    look(page, "officer-complaint")
    page.locator("textarea").fill("Our records team checked the file that your co-op had sent.")
    page.get_by_role("button", name="Send the reply").click()
    look(page, "officer-complaint-answered")
    assert "The reply is on its way to the customer." in page.content()
