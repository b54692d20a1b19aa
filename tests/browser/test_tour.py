"""A person walks through the pages, wide and narrow; each passes axe and a run of keys, none scrolls sideways."""

import os
import re
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from broker.demo.visitor import text_of, word_of
from tests import clock
from tests.browser.keys import unreached

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("rehearsal")]

PICTURES = Path("var/pictures")
TOUR = {
    "home", "grant-4-data", "grant-8-check", "verify-letter", "my-who-saw", "staff-request", "officer-log", "desk-mail",
    "desk-requests", "desk-worklist",
}  # fmt: skip
EMAIL = "tour@member.example"
NAME = "Tessa Tour"


def look(page: Page, name: str) -> None:
    """Check the page as it is now, at both widths, and take its picture."""

    def judge(width: int) -> None:
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name} at {width} px: {found.generate_report()}"

    take_pictures(page, name, judge)
    assert unreached(page) == [], f"{name} by keyboard"
    page.set_viewport_size({"width": 1280, "height": 900})


def take_pictures(page: Page, name: str, judge: Callable[[int], None] = lambda _width: None) -> None:
    """Take the picture of what is shown, at both widths, each of which must not scroll sideways."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        sideways = page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth")
        assert sideways <= 0, f"{name} scrolls sideways by {sideways} px at {width} px"
        judge(width)
    if name in TOUR and os.environ.get("UPDATE_PICTURES"):
        keep(name)


def keep(name: str) -> None:
    """Make the README's small picture of a page: UPDATE_PICTURES=1 .venv/bin/pytest tests/browser."""
    whole = Image.open(PICTURES / f"{name}-1280.png").convert("RGB")
    top = whole.crop((0, 0, whole.width, min(whole.height, 960))).resize((640, min(whole.height, 960) // 2))
    top.quantize(32).save(f"docs/pictures/{name}.png", optimize=True)


def mails(rehearsal, subject: str, to: str = EMAIL) -> list[dict]:
    """Mails to her (or to anybody) with a word in the subject line, oldest first."""
    query = {"to": to, "subject": subject}
    found = httpx.get(f"{rehearsal.record['urls']['people']}/mails", params=query, trust_env=False)
    return found.json()["mails"]


def next_mail(rehearsal, subject: str, known: int, to: str = EMAIL) -> dict:
    """Wait for one more mail than was known."""
    for _ in range(600):
        found = mails(rehearsal, subject, to)
        if len(found) > known:
            return found[-1]
        time.sleep(0.2)
    return pytest.fail(f"no new mail “{subject}”")


def grant(page: Page, rehearsal, *, pictures: bool) -> str:
    """Give a consent in the browser, looking at each page on the way; give its number."""
    see = look if pictures else (lambda _page, _name: None)
    links = len(mails(rehearsal, "link and code"))
    page.goto(f"{rehearsal.web}/share/with/prairie-rates/")
    see(page, "grant-1-who-asks")
    page.get_by_role("textbox", name="Your e-mail address").fill(EMAIL)
    page.get_by_role("button", name="Continue").click()
    letter = next_mail(rehearsal, "link and code", links)
    page.goto(next(link for link in letter["links"] if "/share/open/" in link))
    see(page, "grant-2-open-link")
    page.get_by_role("button", name="Open my authorization", exact=True).click()
    see(page, "grant-2-code")
    page.get_by_role("textbox", name="6-digit code").fill(letter["codes"][0])
    page.get_by_role("button", name="Continue").click()
    see(page, "grant-3-account")
    page.get_by_text("I sign for the business").click()
    page.get_by_text("Yes", exact=True).click()
    see(page, "grant-3-business-and-help")
    page.get_by_text("No, I do it myself").click()
    page.get_by_role("textbox", name="OBEC account number").fill("51000042")
    page.get_by_role("textbox", name="Name as on the bill").fill(NAME)
    page.get_by_role("textbox", name="Service address").fill("3 Rehearsal Road, Example, MO 00000")
    page.get_by_text("I am the customer whom the bill names").click()
    page.get_by_role("button", name="Continue").click()
    see(page, "grant-4-data")
    page.get_by_text("Bills", exact=False).first.click()
    page.get_by_text("Daily use", exact=False).first.click()
    page.get_by_label("From (first day)").fill("2025-01-01")
    page.get_by_label("Through (last day)").fill("2025-12-31")
    page.get_by_role("button", name="Continue").click()
    see(page, "grant-5-purpose")
    page.get_by_text("To compare electric rates", exact=False).click()
    page.get_by_label("Last day of sharing").fill((clock.today() + timedelta(days=90)).isoformat())
    page.get_by_role("button", name="Continue").click()
    see(page, "grant-6-terms")
    page.get_by_text("I agree to sign electronically").click()
    page.get_by_role("button", name="Continue").click()
    see(page, "grant-7-read")
    word = word_of(page.request.get(f"{rehearsal.web}/share/letter.pdf").body())
    page.get_by_label("The word with 4 characters").fill(word.lower())
    page.get_by_role("button", name="Continue").click()
    see(page, "grant-8-check")
    page.get_by_role("textbox", name="Type your full name").fill("Somebody Else")
    page.get_by_role("button", name="I sign and authorize this release").click()
    see(page, "grant-8-wrong-name")
    page.get_by_role("textbox", name="Type your full name").fill(NAME)
    page.get_by_role("button", name="I sign and authorize this release").click()
    expect(page.get_by_role("heading", name="Thank you. You have signed.")).to_be_visible()
    see(page, "grant-9-done")
    number = page.locator(".big-number").inner_text()
    next_mail(rehearsal, f"Receipt {number}", 0)
    return number


def test_s70_the_whole_case_was_played_and_the_log_verified(rehearsal):
    steps = rehearsal.record["steps"]
    assert len(steps) > 15
    assert all(step["ok"] for step in steps)
    assert rehearsal.record["log"]["ok"]


def test_the_public_pages(page, rehearsal):
    for path, name in [
        ("/", "home"),
        ("/offers/obec/", "offers"),
        ("/login/", "sign-in"),
        ("/my/sign-in/", "my-sign-in"),
        ("/share/code/", "link-over"),
        ("/share/account/", "draft-over"),
    ]:
        page.goto(rehearsal.web + path)
        look(page, name)
        expect(page.get_by_text("REHEARSAL").first).to_be_visible()


def test_a_customer_grants_looks_and_stops(page, rehearsal):
    number = grant(page, rehearsal, pictures=True)
    page.goto(f"{rehearsal.web}/my/")
    expect(page.get_by_text(number)).to_be_visible()
    look(page, "my-sharing")
    page.get_by_role("link", name="Share a file").click()
    look(page, "my-share-a-file")
    page.goto(f"{rehearsal.web}/my/access/")
    look(page, "my-who-saw")
    page.goto(f"{rehearsal.web}/my/")
    page.get_by_role("link", name="Stop sharing").click()
    look(page, "my-stop")
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("heading", name="Sharing has stopped")).to_be_visible()
    look(page, "my-stopped")
    page.goto(f"{rehearsal.web}/my/")
    look(page, "my-sharing-ended")


def test_the_receipts_link_stops_without_signing_in(page, rehearsal):
    number = grant(page, rehearsal, pictures=False)
    receipt = next_mail(rehearsal, f"Receipt {number}", 0)
    link = next(each for each in receipt["links"] if each.startswith(f"{rehearsal.web}/stop/"))
    page.context.clear_cookies()
    page.goto(link)
    expect(page.get_by_role("heading", name=re.compile("Stop sharing with"))).to_be_visible()
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("heading", name="Sharing has stopped")).to_be_visible()


def test_a_clerk_checks_the_letter(page, rehearsal):
    grant(page, rehearsal, pictures=False)
    page.goto(f"{rehearsal.web}/my/")
    letter = page.get_by_role("link", name="My letter").first.get_attribute("href")
    code = re.search(r"/v/([0-9A-Z-]{8,11})", text_of(page.request.get(rehearsal.web + letter).body()))
    page.context.clear_cookies()
    page.goto(f"{rehearsal.web}/v/{code[1]}")
    look(page, "verify-enter")
    page.locator("input[name=digits]").fill("0042")
    page.get_by_role("button", name="Show the letter’s state").click()
    expect(page.get_by_role("heading", name=re.compile("ACTIVE until"))).to_be_visible()
    look(page, "verify-letter")
    for path in ("letter/released/", "letter/doubt/", "letter/member/", "file/", "how/"):
        page.goto(f"{rehearsal.web}/v/{path}")
        look(page, f"verify-{path.strip('/').replace('/', '-')}")


def test_no_is_an_answer(page, rehearsal):
    page.goto(f"{rehearsal.web}/share/with/prairie-rates/")
    page.get_by_role("button", name="No, do not share").click()
    look(page, "declined")


def test_a_password_in_a_form_is_refused(page, rehearsal):
    page.goto(f"{rehearsal.web}/my/sign-in/?note=smarthub%20password%3A%20Fence.Post7")
    expect(page.get_by_text("password").first).to_be_visible()
    assert "Fence.Post7" not in page.content()
    look(page, "gate-refused")


def test_the_staffs_pages(page, rehearsal):
    page.goto(f"{rehearsal.web}/login/")
    page.get_by_role("textbox", name="User name").fill("staff")
    page.get_by_label("Password").fill(rehearsal.login("staff"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    look(page, "staff-worklist")
    page.get_by_role("link", name=re.compile("Ended")).first.click()
    look(page, "staff-worklist-ended")
    page.get_by_role("link", name=re.compile("R-")).first.click()
    look(page, "staff-request")
    page.goto(f"{rehearsal.web}/admin/tables/")
    look(page, "staff-tables")
    for link in page.locator("main a[href*='/admin/']").all()[1:]:
        assert httpx.get(rehearsal.web + str(link.get_attribute("href")), trust_env=False).status_code == 302
    page.get_by_role("link", name=re.compile("Manual requests")).first.click()
    look(page, "staff-table")


def sign_in(page: Page, rehearsal, who: str) -> None:
    page.goto(f"{rehearsal.web}/login/")
    page.get_by_role("textbox", name="User name").fill(who)
    page.get_by_label("Password").fill(rehearsal.login(who))
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_the_officers_log(page, rehearsal):
    sign_in(page, rehearsal, "officer")
    expect(page.get_by_role("heading", name="Console")).to_be_visible()
    look(page, "officer-home")
    page.get_by_role("link", name="What this means").click()
    look(page, "officer-integrity")
    page.get_by_role("navigation", name="Console").get_by_role("link", name="Log").click()
    expect(page.get_by_role("heading", name="The log")).to_be_visible()
    look(page, "officer-log")
    page.get_by_label("Action", exact=True).select_option("data.read")
    page.get_by_role("button", name="Filter", exact=True).click()
    look(page, "officer-log-filtered")
    page.get_by_label("Find a customer").fill(mails(rehearsal, "Receipt", to="")[0]["subject"].split()[2].rstrip(":"))
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator("table").get_by_text("consent.revoked").first).to_be_visible()
    assert "OB-" not in page.url
    page.get_by_label("Find a customer").fill("nobody@member.example")
    page.get_by_role("button", name="Find", exact=True).click()
    look(page, "officer-log-nobody")


def test_the_officers_entries_and_cases(page, rehearsal):
    sign_in(page, rehearsal, "officer")
    page.goto(f"{rehearsal.web}/console/log/?act=pull.decided&res=denied&count=1")
    page.get_by_text("More filters").click()
    look(page, "officer-log-refusals")
    page.locator("main table a[href*='/events/']").first.click()
    page.get_by_text("Raw JSON").click()
    look(page, "officer-event")
    page.get_by_text("Add a note").click()
    page.get_by_label("Note").fill("Asked the recipient why.")
    page.get_by_role("button", name="Add the note").click()
    page.get_by_role("link", name=re.compile("read the note")).click()
    expect(page.get_by_text("Asked the recipient why.").first).to_be_visible()
    page.goto(f"{rehearsal.web}/console/cases/")
    look(page, "officer-cases")
    page.get_by_role("link", name=re.compile("^R-")).first.click()
    look(page, "officer-case-request")
    page.get_by_role("link", name=re.compile("^OB-")).first.click()
    look(page, "officer-case-consent")


def test_the_officers_views_search_review_and_charts(page, rehearsal):
    sign_in(page, rehearsal, "officer")
    page.goto(f"{rehearsal.web}/console/log/?group=refusals&res=denied")
    page.get_by_text("Save these filters as a view").click()
    page.get_by_label("Name of this view").fill("Refusals that I watch")
    page.get_by_text("Raise an alert here").click()
    page.get_by_role("button", name="Save the view").click()
    expect(page.get_by_role("link", name="Refusals that I watch")).to_be_visible()
    look(page, "officer-views")
    page.goto(f"{rehearsal.web}/console/search/")
    page.get_by_label("Values, one a line").fill("51000042\n40900018")
    page.get_by_role("button", name="Find", exact=True).click()
    look(page, "officer-search")
    page.goto(f"{rehearsal.web}/console/reviews/")
    look(page, "officer-review")
    page.get_by_label("What you looked at").fill("Refusals and reads: nothing odd.")
    page.get_by_role("button", name="Record the review").click()
    expect(page.get_by_text("The review is recorded.")).to_be_visible()
    page.goto(f"{rehearsal.web}/console/charts/")
    page.get_by_text("The numbers as a table").click()
    look(page, "officer-charts")


def test_an_export_is_a_file(page, rehearsal):
    sign_in(page, rehearsal, "officer")
    page.goto(f"{rehearsal.web}/console/log/?act=data.read")
    page.get_by_text("Export what these filters find").click()
    page.get_by_label("What for").fill("a look")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith('"entry","event","time"')
    assert any('"data.read"' in line for line in lines[1:])
