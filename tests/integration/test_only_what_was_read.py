"""What staff accept of a file counts for no more than was read in it, or than a person said who had to say it."""

import re
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.parties.models import Role
from broker.rehearsal import paper
from broker.rehearsal.coop_mailbox import CoopMailbox
from broker.terms import Actor
from requests_app.completeness.query import days_said_by
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.receive import receive
from tests import bills
from tests.integration.access_support import sign_in
from tests.integration.test_held_files import attached, person, signed_in
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, World, coop, events, reply, run_job, usage, world

PDF = "application/pdf"
OCTOBER = ("2025-10-01", "2025-10-31")
NONE_LOOKED = "No virus scanner looked at this file."


@pytest.fixture
def coop_and_w(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings) as mailbox:
        yield mailbox, world(data_types=["bill", "usage_daily"])


@pytest.fixture
def w(coop_and_w: tuple[CoopMailbox, World]) -> World:
    return coop_and_w[1]


def waiting(w: World, **ask: Any) -> ManualRequest:
    manual = w.manual(**ask)
    run_job("manual.send", manual.id)
    manual.refresh_from_db()
    return manual


def answered(manual: ManualRequest, *pages: list[str]) -> ReceivedFile:
    """The co-op's proven answer: one PDF with these lines on its pages."""
    mail = bills.mail_with(reply(manual, csv=False), paper.pdf(pages))
    receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    return ReceivedFile.objects.get(message__manual=manual)


def page_of(file: ReceivedFile) -> str:
    return signed_in(Role.STAFF).get(f"/admin/files/{file.id}/").content.decode()


def preselected(page: str) -> dict[str, str]:
    """What a browser sends when a person presses Accept and touches nothing else."""
    kinds = re.findall(r'<option value="(\w*)"( selected)?>', page)
    chosen = next((code for code, selected in kinds if selected), kinds[0][0])
    days = re.findall(r'<input type="date" name="(first_day|last_day)"(?: value="([^"]*)")?', page)
    assert len(days) == 2
    return {"decision": "accept", "data_type": chosen, **dict(days)}


def accept(file: ReceivedFile, said: dict[str, str]) -> Any:
    answer = signed_in(Role.STAFF).post(f"/admin/files/{file.id}/", said)
    file.refresh_from_db()
    return answer


def as_she_sees_it(w: World, manual: ManualRequest) -> str:
    client = Client()
    sign_in(client, w.customer.id)
    return client.get(f"/my/requests/{manual.id}/").content.decode()


def counted(w: World, manual: ManualRequest) -> tuple[bool, int, int]:
    shown = w.get(f"data-requests/{manual.request_id}").json()["completeness"]
    (cell,) = shown["cells"]
    return shown["complete"], cell["days_received"], cell["days_asked"]


def test_two_days_that_came_are_two_of_thirty_one_whatever_is_clicked(
    coop_and_w: tuple[CoopMailbox, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The played co-op sends a report and a usage file of October 19 and 20; the desk touches nothing but Accept."""
    mailbox, w = coop_and_w
    manual = waiting(w)

    def hand_over(raw: bytes, *, to: str, listener: str, envelope_from: str) -> None:
        receive(raw, envelope_from=envelope_from, envelope_to=[to], now=timezone.now())

    monkeypatch.setattr(mailbox, "_hand_over", hand_over)
    mailbox.reply(account_number=ACCOUNT)
    table = ReceivedFile.objects.get(media_type="text/csv")
    report = ReceivedFile.objects.get(media_type=PDF)
    assert accept(table, preselected(page_of(table))).status_code == 302
    page = page_of(report)
    assert preselected(page) == {"decision": "accept", "data_type": "", "first_day": "", "last_day": ""}
    assert "Open it first" in page
    assert page.index("Open it first") < page.index("Download it to read it") < page.index('value="accept"')
    assert accept(report, preselected(page)).status_code == 422
    assert report.state == "quarantined"
    opened_and_read = {"data_type": "usage_daily", "first_day": "2025-10-19", "last_day": "2025-10-20", "by_eye": "on"}
    assert accept(report, {"decision": "accept", **opened_and_read}).status_code == 302
    assert report.state == "accepted"
    manual.refresh_from_db()
    assert manual.state == ManualState.PARTIALLY_ANSWERED
    assert manual.due is not None
    assert counted(w, manual) == (False, 2, 31)
    readings = w.get(f"data-requests/{manual.request_id}/readings").json()["series"]
    assert [len(each["readings"]) for each in readings if each["role"] == "delivered"] == [2]
    files = w.get(f"data-requests/{manual.request_id}").json()["files"]
    assert {each["media_type"]: each["days_said_by"] for each in files} == {"text/csv": "file", PDF: "person"}
    seen = browser_of(analyst(w.organisation)).get(f"/recipient/requests/{manual.request_id}/").content.decode()
    assert seen.count("(not read: as the person says who opened it)") == 1
    assert "2 of 31 days came" in as_she_sees_it(w, manual)
    assert "2 of 31 days came" in signed_in(Role.STAFF).get(f"/admin/requests/{manual.id}/").content.decode()


BILL = [f"Account number: {ACCOUNT}", "Service from 2025-10-01 to 2025-10-31", "Total due: $98.11"]
REPORT = [f"Account number: {ACCOUNT}", "Usage from 2025-10-01 to 2025-10-15"]
DAILY = {"decision": "accept", "data_type": "usage_daily", "first_day": OCTOBER[0], "last_day": OCTOBER[1]}


def test_a_bill_of_the_month_is_no_use_of_its_days(w: World) -> None:
    manual = waiting(w)
    file = answered(manual, BILL)
    page = page_of(file)
    assert preselected(page) == {**DAILY, "data_type": "bill"}
    assert "October 1, 2025 through October 31, 2025" in page
    assert "Open it first" not in page
    refused = accept(file, DAILY)
    assert refused.status_code == 422
    assert "Open it, read it, then tick this." in refused.content.decode()
    assert accept(file, preselected(page)).status_code == 302
    assert (file.state, file.data_type) == ("accepted", "bill")
    assert days_said_by(file) == "file"
    assert counted(w, manual) == (False, 0, 31)
    manual.refresh_from_db()
    assert manual.state == ManualState.WAITING_ON_UTILITY


def test_bills_that_were_read_are_accepted_as_before_and_count_by_their_own_days(w: World) -> None:
    manual = waiting(w, data_types=["bill"])
    file = answered(manual, BILL)
    assert accept(file, {**preselected(page_of(file)), "first_day": "2025-09-01", "last_day": "2025-12-31"})
    assert (str(file.covers_from), str(file.covers_to)) == ("2025-10-01", "2025-11-01")
    assert counted(w, manual) == (True, 31, 31)


def test_a_page_without_a_period_leaves_the_days_to_whoever_opens_the_file(w: World) -> None:
    manual = waiting(w, data_types=["bill"])
    file = answered(manual, BILL, [f"Account number: {ACCOUNT}", "How to read your bill"])
    page = page_of(file)
    assert preselected(page) == {"decision": "accept", "data_type": "bill", "first_day": "", "last_day": ""}
    assert "could not be read on every page" in page
    said = {"decision": "accept", "data_type": "bill", "first_day": OCTOBER[0], "last_day": OCTOBER[1]}
    assert accept(file, said).status_code == 422
    assert (file.state, file.verdict) == ("quarantined", "")
    assert accept(file, {**said, "by_eye": "on"}).status_code == 302
    assert counted(w, manual) == (True, 31, 31)


def test_what_a_person_says_counts_inside_what_the_pages_say_and_is_kept(w: World) -> None:
    manual = waiting(w)
    file = answered(manual, REPORT)
    later = accept(file, {**DAILY, "first_day": "2025-10-20", "by_eye": "on"})
    assert later.status_code == 422
    assert "It says itself that it is of other days." in later.content.decode()
    assert accept(file, {**DAILY, "by_eye": "on"}).status_code == 302
    assert (str(file.covers_from), str(file.covers_to)) == ("2025-10-01", "2025-10-16")
    assert counted(w, manual) == (False, 15, 31)
    assert len(events("file.accepted")) == 1


def test_a_usage_file_without_a_value_counts_for_no_day(w: World) -> None:
    manual = waiting(w)
    table = re.sub(r"(?m)^( \d{4}-\d\d-\d\d 00:00 to .*?),[-\d.]+,", r"\1,,", usage(ACCOUNT))
    with patch("tests.requests_world.usage", return_value=table):
        mail = reply(manual)
    receive(mail, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    file = ReceivedFile.objects.get()
    assert accept(file, preselected(page_of(file))).status_code == 422
    assert accept(file, {**DAILY, "by_eye": "on"}).status_code == 302
    assert counted(w, manual) == (False, 0, 31)


def test_that_no_scanner_looked_stands_beside_the_button(w: World) -> None:
    page = page_of(answered(waiting(w), BILL))
    near = page[page.index('<p id="unscanned">') : page.index('value="accept"')]
    assert NONE_LOOKED in near
    assert "</form>" not in near
    assert 'value="accept" aria-describedby="unscanned"' in page
    assert page.count(NONE_LOOKED) == 2


def test_what_two_people_agreed_to_is_filled_in_and_nobody_is_sent_to_open_it_again(w: World) -> None:
    """A period on the paper is no use of its days: the second person reads that somebody said so."""
    (file,) = attached(waiting(w), paper.pdf([REPORT]))
    said = {**DAILY, "last_day": "2025-10-15", "by_eye": "on"}
    assert accept(file, said).status_code == 302
    assert Approval.objects.get().params["days_by_eye"] is True
    officer = Actor("s", person(Role.OFFICER).id, role="officer")
    decide.approve(Approval.objects.get().id, approver=officer, now=timezone.now())
    page = page_of(file)
    assert "Open it first" not in page
    assert preselected(page) == {name: text for name, text in said.items() if name != "by_eye"}
    assert re.search(r'<input type="checkbox" name="by_eye"[^>]* checked', page)
    assert accept(file, said).status_code == 302
    assert file.state == "accepted"
