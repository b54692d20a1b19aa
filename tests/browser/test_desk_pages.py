"""The desk's pages, wide and narrow, by keyboard, judged by axe: the worklist and all that leads on from it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.rehearsal import paper
from broker.terms import Actor
from consents import actions
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.share import receive_share
from tests.browser.test_every_page import apart
from tests.browser.test_tour import look
from tests.clock import today
from tests.integration.test_desk_digest import proven_mailbox
from tests.integration.test_receive import take
from tests.request_lives import bring
from tests.requests_world import ACCOUNT, ACTOR, World, coop, reply, run_job, world

CENTRAL = ZoneInfo("America/Chicago")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def w(site: Any, tmp_path: Path, settings: Any) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world(data_types=["bill", "usage_daily"])


@pytest.fixture
def page(site: Any, w: World, context: BrowserContext) -> Page:
    """The page of a member of staff who has signed in."""
    for name in ("kim", "sam"):
        create_user(name, f"{name.title()} Example", Role.STAFF, password=None, actor=ACTOR)
    return signed_in(context, site.url)


def signed_in(context: BrowserContext, url: str) -> Page:
    client = desk()
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
    return context.new_page()


def desk() -> Client:
    client = Client()
    client.force_login(User.objects.get(username="kim"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def sent(w: World, **more: Any) -> ManualRequest:
    manual = w.manual(**more)
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def busy(w: World) -> ManualRequest:
    """Fill the desk: requests in many states, notes, a call, a letter by post, a mail that nobody can place."""
    first = sent(w)
    at = f"/admin/requests/{first.id}/"
    client = desk()
    client.post(f"{at}take/", {})
    for text in ("Rita in billing is on leave until Monday.", "She called back: they have found the letter."):
        client.post(f"{at}note/", {"text": text})
    said = {
        "way": "phone",
        "kind": "acknowledged",
        "spoke_with": "Rita",
        "words": "They have it, and look for the file.",
    }
    when = {"on": today().isoformat(), "at": f"{timezone.now().astimezone(CENTRAL):%H:%M}"}
    client.post(f"{at}heard/", {**said, **when})
    report = paper.usage_report(account=ACCOUNT, rows=[("2025-10-19", "49.600")])
    scan = SimpleUploadedFile("sheet.pdf", report, "application/pdf")
    by_post = {"way": "post", "kind": "answer", "on": today().isoformat(), "words": "A report on paper.", "scan": scan}
    client.post(f"{at}heard/", by_post)
    take(reply(first, csv=False, text="Which meter do you mean?"), first)
    take(b"From: eve@elsewhere.example\r\nSubject: hello\r\n\r\nA mail\r\n", first)
    for state in (
        ManualState.WAITING_ON_UTILITY,
        ManualState.NOT_DELIVERED,
        ManualState.WAITING_ON_CUSTOMER,
        ManualState.WAITING_ON_US,
        ManualState.CLOSED_WITHOUT_RESPONSE,
    ):
        bring(w.manual(), state)
    table = f"Account Number,{ACCOUNT}\nMonth,kWh\n2025-10,812\n".encode()
    me, now = Actor("c", w.customer.id), timezone.now()
    receive_share(w.consent, w.account, "a.csv", table, to_nectar=False, actor=me, now=now)
    return first


def test_the_worklist_and_its_groups(site: Any, w: World, page: Page) -> None:
    apart(lambda: busy(w))
    page.goto(f"{site.url}/admin/")
    look(page, "desk-worklist")
    for tab in ("soon", "overdue", "customer", "us", "lost", "pen", "files", "open", "mine", "ended"):
        page.goto(f"{site.url}/admin/?tab={tab}")
        look(page, f"desk-worklist-{tab}")
    page.get_by_role("button", name="Next item").click()
    expect(page.get_by_role("heading", name="Request R-")).to_be_visible()


def test_an_empty_desk_says_so(site: Any, w: World, page: Page) -> None:
    page.goto(f"{site.url}/admin/")
    expect(page.get_by_text("Nothing asks for a hand today.")).to_be_visible()
    look(page, "desk-worklist-empty")


def test_the_page_of_a_request_and_what_leads_on_from_it(site: Any, w: World, page: Page) -> None:
    manual = apart(lambda: busy(w))
    page.goto(f"{site.url}/admin/requests/{manual.id}/")
    look(page, "desk-request")
    page.get_by_role("button", name="Open the notes").click()
    look(page, "desk-request-notes")
    page.get_by_role("button", name="Open: A mail without a file").click()
    look(page, "desk-message")
    page.goto(f"{site.url}/admin/requests/{manual.id}/")
    page.get_by_role("button", name="Open: By post").click()
    look(page, "desk-message-post")
    page.goto(f"{site.url}/admin/requests/{manual.id}/")
    page.get_by_role("button", name="See the file of").click()
    expect(page.get_by_role("img", name="Page 1 of the file")).to_be_visible()
    look(page, "desk-file-beside")
    for name in ("heard", "call", "decide"):
        page.goto(f"{site.url}/admin/requests/{manual.id}/{name}/")
        look(page, f"desk-{name}")
    page.goto(f"{site.url}/admin/requests/{manual.id}/heard/")
    page.get_by_role("button", name="Write it down").click()
    look(page, "desk-heard-errors")


def test_the_longest_name_of_a_colleague_can_be_read(site: Any, w: World, page: Page) -> None:
    name = "Bartholomew Featherstonehaugh-Montgomery the Younger"
    apart(lambda: User.objects.filter(username="kim").update(full_name=name))
    manual = apart(lambda: sent(w))
    page.goto(f"{site.url}/admin/requests/{manual.id}/")
    look(page, "desk-request-long-name")
    page.locator("#person").select_option(label=name)
    needs = """field => {
      const line = document.createElement("span");
      line.textContent = field.selectedOptions[0].textContent;
      line.style.font = getComputedStyle(field).font;
      line.style.position = "absolute";
      line.style.whiteSpace = "nowrap";
      document.body.append(line);
      const style = getComputedStyle(field), wide = line.offsetWidth;
      line.remove();
      return [wide, field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)];
    }"""
    wide, room = page.locator("#person").evaluate(needs)
    assert wide <= room


def test_a_request_of_an_ended_permission(site: Any, w: World, page: Page) -> None:
    manual = apart(lambda: sent(w))
    apart(lambda: actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now()))
    page.goto(f"{site.url}/admin/requests/{manual.id}/")
    expect(page.locator(".ribbon")).to_have_text("ENDED")
    look(page, "desk-request-ended")


def test_the_pages_of_the_desks_people(site: Any, w: World, page: Page) -> None:
    page.goto(f"{site.url}/admin/away/")
    look(page, "desk-away-nobody")
    page.get_by_label("Who is away").select_option(label="Sam Example")
    page.get_by_label("First day away").fill(today().isoformat())
    page.get_by_label("Last day away").fill((today() + timedelta(days=3)).isoformat())
    page.get_by_label("Who stands in").select_option(label="Kim Example")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("Kim Example stands in for Sam Example.")).to_be_visible()
    look(page, "desk-away")
    page.goto(f"{site.url}/admin/morning/")
    look(page, "desk-morning")
    page.get_by_label("Your e-mail address at work").fill("kim@desk.example")
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_text("A code is on its way")).to_be_visible()
    look(page, "desk-morning-code")
    apart(lambda: proven_mailbox(User.objects.get(username="kim")))
    page.goto(f"{site.url}/admin/morning/")
    page.get_by_label("Your e-mail address at work").fill("kim@other.example")
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_text("A code went to the other address")).to_be_visible()
    expect(page.get_by_text("kim@desk.example")).to_be_visible()
    look(page, "desk-morning-another")
