"""Staff's pages of files, held mails, stops, dates and tables; her bills as a picture: wide, narrow, judged by axe."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from broker.parties.models import Role, User
from broker.parties.staff import create_user
from broker.rehearsal import paper
from broker.terms import Actor
from broker.transport import outward
from consents import actions
from consents.session import CUSTOMER
from consents.stopping.models import StopAlert
from requests_app.hooks.actions import Made, create_endpoint, disable, ping
from requests_app.hooks.models import Delivery
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.share import receive_share
from tests import shared_world
from tests.bills import of_months
from tests.browser.test_every_page import apart, as_person
from tests.browser.test_tour import look
from tests.hooks_world import endpoint
from tests.integration.test_answer_for_several import answer
from tests.integration.test_receive import take
from tests.requests_world import ACCOUNT, ACTOR, RECEIVER, World, coop, reply, run_job, world
from tests.scenarios.coops import both_coops

__all__ = ["both_coops"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def mailbox(site: Any, tmp_path: Path, settings: Any) -> Iterator[Any]:
    with coop(tmp_path, settings) as found:
        yield found


@pytest.fixture
def w(mailbox: Any) -> World:
    return world(data_types=["bill", "usage_daily"])


@pytest.fixture
def page(site: Any, context: BrowserContext) -> Page:
    """The page of a member of staff who chose Spanish for other pages."""
    create_user("kim", "Kim Example", Role.STAFF, password=None, actor=ACTOR)
    client = Client()
    client.force_login(User.objects.get(username="kim"), backend="django.contrib.auth.backends.ModelBackend")
    return as_person(context, site.url, "es", client.cookies["sessionid"].value)


def sent(w: World) -> ManualRequest:
    manual = w.manual()
    run_job("manual.send", manual.id)
    return manual


def test_a_file_and_a_held_mail(site: Any, w: World, page: Page) -> None:
    manual = apart(lambda: sent(w))
    apart(lambda: take(reply(manual), manual))
    eve = b"From: Eve <eve@elsewhere.example>\r\nSubject: About %s\r\n\r\nPlease send the data to me instead.\r\n"
    apart(lambda: take(eve % manual.number.encode(), manual))
    file = ReceivedFile.objects.get()
    page.goto(f"{site.url}/admin/files/{file.id}/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    look(page, "staff-file")
    page.get_by_text("What would be imported, as pictures").click()
    look(page, "staff-file-pictures")
    page.goto(f"{site.url}/admin/?tab=pen")
    page.get_by_role("button", name="Read the mail of").click()
    page.get_by_text("All its header lines").click()
    look(page, "staff-held-mail")


def test_an_answer_for_several_members(both_coops: None, site: Any, mailbox: Any, page: Page, settings: Any) -> None:
    settings.MAIL_AUTHSERV_ID = RECEIVER
    both = apart(lambda: shared_world.sent(mailbox))
    apart(lambda: answer(both))
    page.goto(f"{site.url}/admin/?tab=pen")
    page.get_by_role("button", name="Read the mail of").click()
    look(page, "staff-held-several")
    page.get_by_label("File 1: first.csv").select_option(label=f"{both.hers[0].number}, ending in 0017")
    page.get_by_label("File 2: second.csv").select_option(label=f"{both.hers[1].number}, ending in 0017")
    page.get_by_role("button", name="Give each request its part").click()
    look(page, "staff-held-several-refused")
    expect(page.get_by_role("alert")).to_contain_text("A file names an account of another member of this mail.")
    page.get_by_label("File 2: second.csv").select_option(label=f"{both.his[0].number}, ending in 0042")
    page.get_by_role("button", name="Give each request its part").click()
    look(page, "staff-held-several-done")
    expect(page.get_by_text("Each request has its part.")).to_be_visible()
    assert ReceivedFile.objects.count() == 2


def test_the_days_behind_a_date_and_the_tables(site: Any, w: World, page: Page) -> None:
    manual = apart(lambda: sent(w))
    page.goto(f"{site.url}/admin/requests/{manual.id}/date/")
    look(page, "staff-date")
    page.goto(f"{site.url}/admin/tables/")
    look(page, "staff-tables")


def test_stops_and_their_alerts(site: Any, w: World, mailbox: Any, page: Page) -> None:
    manual = apart(lambda: sent(w))

    def stop() -> None:
        actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())
        mailbox.order("refuse_5xx")
        run_job("manual.withdraw", manual.id)

    page.goto(f"{site.url}/admin/stops/")
    look(page, "staff-stops-none")
    apart(stop)
    page.goto(f"{site.url}/admin/stops/")
    look(page, "staff-stops")
    page.goto(f"{site.url}/admin/stops/alerts/{StopAlert.objects.get().id}/")
    look(page, "staff-stop-alert")
    page.goto(f"{site.url}/admin/stops/enter/")
    look(page, "staff-stop-enter")
    page.get_by_role("button", name="Stop sharing").click()
    look(page, "staff-stop-enter-errors")


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_her_bills_came_to(site: Any, w: World, context: BrowserContext, language: str) -> None:
    def share() -> None:
        me, year = Actor("c", w.customer.id), of_months(date(2025, 1, 1), date(2025, 11, 1))
        more = paper.bill(account=ACCOUNT, begin=date(2025, 11, 1), end=date(2025, 11, 30))
        changed = paper.bill(account=ACCOUNT, begin=date(2025, 9, 1), end=date(2025, 9, 30), charges=Decimal("99.50"))
        # September has two days, October comes to what the bill says, November to two kWh less.
        use = ["27"] * 2 + ["26"] * 30 + ["32"] + ["27"] * 30
        rows = [Decimal(each) for each in use]
        days = paper.usage_csv(account=ACCOUNT, first=date(2025, 9, 29), delivered=rows).encode()
        papers = {f"{number}.pdf": data for number, data in enumerate([*year, more, changed])}
        for name, data in {**papers, "usage.csv": days}.items():
            receive_share(w.consent, w.account, name, data, to_nectar=False, actor=me, now=timezone.now())

    apart(share)
    client = Client()
    kept = client.session
    kept[CUSTOMER] = str(w.customer.id)
    kept.save()
    page = as_person(context, site.url, language, str(kept.session_key))
    page.goto(f"{site.url}/my/data/")
    look(page, f"her-bills-list-{language}")
    page.goto(f"{site.url}/my/data/use/{w.account.id}/bill/")
    assert page.locator("table.stack").count() == 2
    assert page.locator(".usa-alert--warning").count() == 1
    look(page, f"her-bills-{language}")


def test_webhooks(site: Any, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward, "resolve", lambda *_: [])

    def given_up() -> None:
        made = endpoint(world(), "https://hooks.example.com/in/a-rather-long-path-of-a-rather-careful-developer")
        ping(made.endpoint, actor=ACTOR, now=timezone.now())
        run_job("hook.send", Delivery.objects.get().id)
        gone = create_endpoint(
            made.endpoint.application, "https://gone.example.com/", ["data.ready"], actor=ACTOR, now=timezone.now()
        )
        assert isinstance(gone, Made)
        disable(gone.endpoint, because="gone", actor=ACTOR)

    page.goto(f"{site.url}/admin/webhooks/")
    look(page, "staff-webhooks-none")
    apart(given_up)
    page.goto(f"{site.url}/admin/webhooks/")
    look(page, "staff-webhooks")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("The message goes out again, with the same id.")).to_be_visible()
    page.get_by_role("button", name="Disable").click()
    look(page, "staff-webhooks-disabled")
    expect(page.get_by_text("The endpoint is disabled. Its owner can add another one.")).to_be_visible()
