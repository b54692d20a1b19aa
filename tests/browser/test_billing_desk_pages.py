"""The billing desk's pages: axe, keyboard and widths, and a whole answer without JavaScript."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser

from requests_app.desk.models import DeskAct
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from tests.browser.test_every_page import as_person, visit
from tests.browser.test_tour import look, take_pictures
from tests.integration.desk_support import opened
from tests.requests_world import coop, run_job, world

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("rehearsal"),
    pytest.mark.parametrize("committing", ["sqlite"], indirect=True),  # what a page looks like is the same on both
]


@pytest.fixture
def desk(site: Any, tmp_path: Path, settings: Any) -> Iterator[tuple[ManualRequest, Client, Any]]:
    with coop(tmp_path, settings) as mailbox:
        w = world()
        manual = w.manual()
        run_job("manual.send", manual.id)
        manual.refresh_from_db()
        letter = mailbox.mails.message(1)
        yield manual, opened(manual, mailbox), letter


def test_the_request_as_the_clerks_mail_program_shows_it(desk: Any, context: Any) -> None:
    _manual, _client, letter = desk
    page = context.new_page()
    page.set_content(letter.get_body(("html",)).get_content())
    take_pictures(page, "desk-mail")


def test_the_list_and_each_answer(desk: Any, site: Any, context: Any) -> None:
    manual, client, _letter = desk
    page = as_person(context, site.url, "es", client.session.session_key)
    visit(page, f"{site.url}/desk/requests/", "desk-requests")
    for kind in DeskAct.Kind:
        visit(page, f"{site.url}/desk/requests/{manual.id}/{kind}/", f"desk-act-{kind}")
    page.goto(f"{site.url}/desk/requests/{manual.id}/fee/")
    page.locator("main form button.usa-button").click()
    look(page, "desk-act-errors")


def test_an_answer_without_javascript(desk: Any, site: Any, browser: Browser, tmp_path: Path) -> None:
    manual, client, _letter = desk
    report = tmp_path / "report.csv"
    report.write_text("day,kWh\n2025-10-19,49.6\n")
    with browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700}) as plain:
        page = as_person(plain, site.url, "en", client.session.session_key)
        page.goto(f"{site.url}/desk/requests/")
        page.get_by_role("link", name=f"Upload files for {manual.number}").click()
        page.locator("input[type=file]").set_input_files(report)
        page.locator("main form button.usa-button").click()
        page.wait_for_url("**/desk/requests/")
        assert page.get_by_role("status").inner_text() == f"{manual.number}: we have it. Thank you."
    manual.refresh_from_db()
    assert manual.state == ManualState.ANSWERED
