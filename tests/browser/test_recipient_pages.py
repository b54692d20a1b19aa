"""A recipient's own pages: keys, permissions, requests, data in pictures; wide, narrow, by keys, judged by axe."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from broker.approvals.models import Approval
from broker.parties.models import Role
from broker.terms import Actor
from consents import actions
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from consents.models import Consent
from requests_app.exports.account_ids import account_id
from requests_app.hooks.actions import Made, create_endpoint, ping
from requests_app.recipients import data_views
from requests_app.share import receive_share
from tests.browser.test_every_page import LANGUAGES, apart, as_person, visit
from tests.browser.test_tour import look
from tests.completeness.test_joint_walk import CODE, TOKEN, known_secrets
from tests.duties_world import person as staff_person
from tests.duties_world import suspended
from tests.factories import organisation
from tests.integration.asking_support import make
from tests.integration.test_api_reads import DAYS
from tests.integration.test_joining import MAIL, asked
from tests.integration.test_own_data import a_bill, bills_of
from tests.integration.test_recipient_asks import asking
from tests.integration.test_recipient_many import farm
from tests.joint_world import person
from tests.recipients_world import analyst, browser_of, delivered
from tests.requests_world import ACCOUNT, ACTOR, World, coop, world

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
def ana(w: World) -> Client:
    return browser_of(analyst(w.organisation))


@pytest.fixture
def page(site: Any, context: BrowserContext, ana: Client) -> Page:
    """The page of a person who chose Spanish for other pages: these are English."""
    return as_person(context, site.url, "es", ana.cookies["sessionid"].value)


def a_year_of_hours() -> dict[str, Any]:
    """What a release gives of a year by the hour, with a month that is missing."""
    zone = ZoneInfo("America/Chicago")
    first = datetime(2025, 1, 1, tzinfo=zone).astimezone(UTC)
    moments = [first + timedelta(hours=n) for n in range(8760)]
    readings = [
        {
            "start": each.astimezone(zone).isoformat(),
            "end": (each + timedelta(hours=1)).astimezone(zone).isoformat(),
            "value": f"{0.4 + (n % 24) / 10 + (n // 24 % 97) / 50:.3f}",
            "quality": "estimated" if n % 500 == 0 else "as_stated",
            "source": 0,
        }
        for n, each in enumerate(moments)
        if each.astimezone(zone).month != 8
    ]
    source = {"file_sha256": "ab" * 32, "importer": "smarthub_csv", "importer_version": 2}
    one = {
        "account_id": "9c3e51b07a2d4f68", "account_ending": "0017",
        "data_type": "usage_hourly", "role": "delivered", "unit": "kWh", "zone": str(zone),
        "resolution": "PT1H", "readings": readings, "gaps_count": 1, "sources": [source],
    }  # fmt: skip
    return {"series": [one, {**one, "role": "received"}], "reconciliation": []}


def test_keys(site: Any, w: World, page: Page) -> None:
    visit(page, f"{site.url}/recipient/", "recipient home")
    visit(page, f"{site.url}/recipient/keys/", "recipient keys")
    visit(page, f"{site.url}/recipient/keys/new/", "recipient key new")
    page.get_by_role("button", name="Make the key").click()
    look(page, "recipient key new with errors")
    page.get_by_label("Name of the program").fill("Bookkeeping")
    for label in ("Read data", "Monthly use", "30 days"):
        page.locator("label").filter(has_text=label).click()
    page.get_by_role("button", name="Make the key").press("Enter")
    look(page, "recipient key made")
    page.get_by_role("link", name="All keys").click()
    page.get_by_role("link", name="Bookkeeping").click()
    look(page, "recipient key")
    page.get_by_role("button", name="Take this key back").click()
    expect(page.get_by_text("opens nothing any more")).to_be_visible()
    look(page, "recipient keys after one was taken back")


def test_requests_and_permissions(site: Any, w: World, page: Page) -> None:
    visit(page, f"{site.url}/recipient/requests/", "recipient requests empty")
    manual = apart(lambda: delivered(w))
    apart(lambda: w.post(w.ask(data_types=["usage_hourly"])))
    visit(page, f"{site.url}/recipient/permissions/", "recipient permissions")
    visit(page, f"{site.url}/recipient/requests/", "recipient requests")
    visit(page, f"{site.url}/recipient/requests/{manual.request_id}/", "recipient request")
    visit(page, f"{site.url}/recipient/requests/{manual.request_id}/data/", "recipient data")
    page.goto(f"{site.url}/recipient/requests/")
    page.get_by_role("row").filter(has_text="Refused").get_by_role("link").click()
    look(page, "recipient request refused")


def test_bills_and_files(site: Any, w: World, page: Page) -> None:
    apart(lambda: bills_of(w, a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 10, 1), "120.40")))
    days: dict[str, Any] = {"data_types": ["bill"], "from": "2025-09-01", "to": "2025-10-15"}
    asked_for = apart(lambda: w.requested(channel="customer_upload", **days))
    visit(page, f"{site.url}/recipient/requests/{asked_for.id}/", "recipient request with files")
    visit(page, f"{site.url}/recipient/requests/{asked_for.id}/bills/", "recipient bills")
    expect(page.get_by_role("heading", name="Not given")).to_be_visible()


def test_many_accounts_and_messages(site: Any, w: World, page: Page) -> None:
    visit(page, f"{site.url}/recipient/webhooks/", "recipient webhooks empty")
    application, now = w.application, timezone.now()
    made = apart(lambda: create_endpoint(application, "https://books.example/in", ["data.ready"], actor=ACTOR, now=now))
    assert isinstance(made, Made), made
    apart(lambda: ping(made.endpoint, actor=ACTOR, now=now))
    visit(page, f"{site.url}/recipient/webhooks/", "recipient webhooks")
    page.get_by_role("link", name="Change https://books.example/in").click()
    look(page, "recipient webhook")
    page.locator("label").filter(has_text="consent.revoked").first.click()
    page.get_by_role("button", name="Change").click()
    expect(page.get_by_role("heading", name="The address is in use")).to_be_visible()
    look(page, "recipient webhook made")
    visit(page, f"{site.url}/recipient/webhooks/", "recipient webhooks changed")
    visit(page, f"{site.url}/recipient/requests/many/", "recipient many")
    page.get_by_role("button", name="Ask").click()
    look(page, "recipient many with errors")
    page.get_by_label("Account numbers").fill(f"{ACCOUNT}\n40700001\n40700002")
    for label in ("Daily use", "To compare"):
        page.locator("label").filter(has_text=label).first.click()
    page.get_by_label("First day").fill("2025-10-01")
    page.get_by_label("Last day").fill("2025-10-31")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("heading", name="What became of each account")).to_be_visible()
    look(page, "recipient many answers")


def test_files_of_several_accounts(site: Any, w: World, page: Page) -> None:
    def made() -> str:
        numbers = ["51000017", "40900025", "40900033", ACCOUNT]
        farm(w, numbers)
        consent, now = Consent.objects.exclude(id=w.consent.id).get(), timezone.now()
        listed = next(each for each in w.get("consents").json()["consents"] if each["id"] == str(consent.id))
        own = dict(zip(listed["account_ids"], listed["accounts"], strict=True))
        her = Actor("c", consent.customer_id)
        for row in consent.accounts.all():
            for month in (date(2025, 9, 1), date(2025, 10, 1)):
                data = a_bill(month, "98.11", account=own[account_id(w.organisation.id, row)])
                receive_share(consent, row, "bill.pdf", data, to_nectar=False, actor=her, now=now)
        return str(w.requested(**{**DAYS, "accounts": numbers, "consent": str(consent.id)}).id)

    asked_for = apart(made)
    visit(page, f"{site.url}/recipient/requests/{asked_for}/", "recipient request of several accounts")


def test_an_ask_of_a_program_that_is_suspended(site: Any, w: World, page: Page) -> None:
    def made() -> str:
        ask = make(Asker.app(w.application), email=..., account=...)
        suspended(w.application, staff_person("Olga Officer", Role.OFFICER))
        return str(ask.id)

    visit(page, f"{site.url}/recipient/asks/{apart(made)}/", "recipient ask on hold")
    expect(page.get_by_role("heading", name="On hold")).to_be_visible()


def test_asks(site: Any, w: World, ana: Client, page: Page) -> None:
    visit(page, f"{site.url}/recipient/asks/new/", "recipient ask new")
    ana.post("/recipient/asks/new/", asking())
    visit(page, f"{site.url}/recipient/asks/", "recipient asks")
    visit(page, f"{site.url}/recipient/asks/{ConsentAsk.objects.get().id}/", "recipient ask")


def test_a_year_by_the_hour(site: Any, w: World, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    manual = apart(lambda: w.manual())
    monkeypatch.setattr(data_views, "_released", lambda _user, _id: a_year_of_hours())
    visit(page, f"{site.url}/recipient/requests/{manual.request_id}/data/", "recipient data of a year")
    page.get_by_text("The numbers as a table").nth(1).click()
    expect(page.get_by_role("cell", name="no value").first).to_be_visible()
    look(page, "recipient data of a year as a table")


def test_without_a_permission_the_page_says_why(site: Any, w: World, page: Page) -> None:
    manual = apart(lambda: delivered(w))
    stop = Actor("c", w.customer.id)
    apart(lambda: actions.revoke(w.consent, actor=stop, how="test", now=timezone.now()))
    answer = page.goto(f"{site.url}/recipient/requests/{manual.request_id}/data/")
    assert answer is not None
    assert answer.status == 403
    look(page, "recipient refused")


@LANGUAGES
def test_an_organisation_asks_to_be_enrolled(site: Any, context: BrowserContext, language: str) -> None:
    page = as_person(context, site.url, language)
    page.goto(f"{site.url}/join/")
    page.locator("#id_email").fill(MAIL)
    with known_secrets():
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url("**/join/code/")
    look(page, f"join code {language}")
    visit(page, f"{site.url}/join/open/{TOKEN}/", f"join open {language}")
    page.locator("#id_code").fill(CODE)
    page.get_by_role("main").get_by_role("button").first.click()
    page.wait_for_url("**/join/apply/")
    look(page, f"join apply {language}")
    page.get_by_role("main").get_by_role("button").click()
    look(page, f"join apply with errors {language}")


def test_two_people_answer_it(site: Any, context: BrowserContext) -> None:
    row = asked(Client())
    officer, _actor = person(Role.OFFICER)
    approver, _actor = person(Role.APPROVER)
    page = as_person(context, site.url, "en", browser_of(officer).cookies["sessionid"].value)
    house = organisation("Example Energy Advice")
    visit(page, f"{site.url}/console/organisations/", "console organisations")
    visit(page, f"{site.url}/console/organisations/{house.id}/purposes/", "console purposes of an organisation")
    visit(page, f"{site.url}/console/organisations/{row.id}/", "console organisation")
    page.locator("label").filter(has_text="Enrol it").click()
    page.get_by_label("What did you check?").fill("The register of companies; the address is theirs.")
    page.get_by_role("button", name="Ask a second person").click()
    look(page, "console organisations after a proposal")
    second = as_person(context, site.url, "en", browser_of(approver).cookies["sessionid"].value)
    approval = Approval.objects.get()
    visit(second, f"{site.url}/console/approvals/{approval.id}/", "console approval of an organisation")
    expect(second.get_by_text("Prairie Books LLC").first).to_be_visible()
