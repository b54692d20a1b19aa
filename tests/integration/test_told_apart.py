"""Two accounts with the same last digits are two everywhere; and nothing beside the asked days is named."""

import csv
import io
import re
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from broker.terms import Actor
from consents.models import Consent
from requests_app import release
from requests_app.exports.account_ids import account_id
from requests_app.models import ReceivedFile
from requests_app.share import receive_share
from tests.bills import joined
from tests.integration.test_api_reads import DAYS
from tests.integration.test_own_data import a_bill, bills_of
from tests.integration.test_recipient_many import farm
from tests.integration.test_release import delivered
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, World, coop, organisation, world

TWIN = "51000017"  # ends as ACCOUNT does


@pytest.fixture
def w(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def ids(w: World) -> dict[str, str]:
    """Give the id of each account number as the list of permissions names both."""
    rows = w.get("consents").json()["consents"]
    return {number: own for each in rows for number, own in zip(each["accounts"], each["account_ids"], strict=True)}


def test_an_id_is_the_same_in_all_that_a_recipient_reads(w: World) -> None:
    farm(w, [TWIN, "40900025"])
    request = delivered(w).request_id
    own = ids(w)
    assert len(set(own.values())) == 3
    assert ACCOUNT[-4:] == TWIN[-4:]
    assert all(number[-6:] not in own[number] for number in own), "the number is not given away"
    readings = w.get(f"data-requests/{request}/readings").json()
    assert {each["account_id"] for each in readings["series"]} == {own[ACCOUNT]}
    rows = csv.DictReader(io.StringIO(w.get(f"data-requests/{request}/readings.csv").content.decode()))
    assert {row["account_id"] for row in rows} == {own[ACCOUNT]}
    page = browser_of(analyst(w.organisation)).get(f"/recipient/requests/{request}/data/readings.csv")
    assert own[ACCOUNT] in page.content.decode()
    feed = w.get(f"data-requests/{request}/readings.xml").content.decode()
    assert set(re.findall(r'/UsagePoint/([^/"]+)', feed)) == {own[ACCOUNT]}
    cells = w.get(f"data-requests/{request}").json()["completeness"]["cells"]
    assert {each["account_id"] for each in cells} == {own[ACCOUNT]}


def test_another_recipient_knows_the_account_by_another_id(w: World) -> None:
    other = organisation("other", timezone.now())[0]
    assert account_id(other.id, w.account) != account_id(w.organisation.id, w.account)


def test_bills_of_two_accounts_with_the_same_digits_are_two(w: World) -> None:
    farm(w, [ACCOUNT, TWIN])
    consent = Consent.objects.exclude(id=w.consent.id).get()
    her, own = Actor("c", consent.customer_id), ids(w)
    for row in consent.accounts.all():
        number = ACCOUNT if account_id(w.organisation.id, row) == own[ACCOUNT] else TWIN
        data = a_bill(date(2025, 9, 1), "98.11" if number == ACCOUNT else "77.00", account=number)
        receive_share(consent, row, "bill.pdf", data, to_nectar=False, actor=her, now=timezone.now())
    asked = w.requested(**{**DAYS, "accounts": [ACCOUNT, TWIN], "consent": str(consent.id)})
    bills = w.get(f"data-requests/{asked.id}/bills").json()["bills"]
    assert [each["account_ending"] for each in bills] == ["0017", "0017"]
    assert {each["account_id"]: each["total"] for each in bills} == {own[ACCOUNT]: "98.11", own[TWIN]: "77.00"}


def test_the_files_of_a_request_stand_account_by_account_and_two_with_the_same_digits_are_named(w: World) -> None:
    numbers = ["51000042", ACCOUNT, TWIN]
    farm(w, numbers)
    consent = Consent.objects.exclude(id=w.consent.id).get()
    her, own = Actor("c", consent.customer_id), ids(w)
    of = {own[number]: number for number in numbers}
    rows = {of[account_id(w.organisation.id, row)]: row for row in consent.accounts.all()}
    for month in (10, 9):
        for number in numbers:
            data = a_bill(date(2025, month, 1), "98.11", account=number)
            receive_share(consent, rows[number], "bill.pdf", data, to_nectar=False, actor=her, now=timezone.now())
    asked = w.requested(**{**DAYS, "accounts": numbers, "consent": str(consent.id)})
    page = browser_of(analyst(w.organisation)).get(f"/recipient/requests/{asked.id}/")
    twins = sorted([own[ACCOUNT], own[TWIN]])
    found = [(ending, each, str(file["from"])[:7]) for file, ending, each in page.context["files"]]
    lines = [("0017", twins[0]), ("0017", twins[1]), ("0042", "")]
    assert found == [(*line, month) for line in lines for month in ("2025-09", "2025-10")]
    assert twins[0] in page.content.decode()
    assert own["51000042"] not in page.content.decode()


def test_a_file_of_other_days_is_not_listed_and_is_no_source(w: World) -> None:
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 11, 1), "77.00"))
    september = w.requested(**{**DAYS, "to": "2025-10-01"})
    (own,) = ReceivedFile.objects.filter(covers_from=date(2025, 9, 1))
    assert [each["id"] for each in w.get(f"data-requests/{september.id}").json()["files"]] == [str(own.id)]
    found = w.get(f"data-requests/{september.id}/bills").json()
    assert [each["file"] for each in found["sources"]] == [str(own.id)]
    assert [each["total"] for each in found["bills"]] == ["98.11"]


def test_a_file_that_reaches_into_the_days_is_listed(w: World) -> None:
    bills_of(w, joined(a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 10, 1), "120.40")))
    asked = w.requested(**{**DAYS, "from": "2025-10-01", "to": "2025-11-01"})
    assert len(w.get(f"data-requests/{asked.id}").json()["files"]) == 1


def test_what_came_on_another_request_is_named_where_its_days_were_asked_for(w: World) -> None:
    delivered(w)
    of_other_days = w.manual(**{"from": "2025-11-01", "to": "2025-12-01"})
    assert w.get(f"data-requests/{of_other_days.request_id}").json()["files"] == []


def test_days_touch_where_one_day_is_in_both() -> None:
    first, day = date(2025, 9, 1), timedelta(days=1)
    file: Any = SimpleNamespace(coverage=None, covers_from=first, covers_to=first + 30 * day, share_id=None)
    assert release._touches(file, [(first + 29 * day, first + 60 * day)])
    assert not release._touches(file, [(first + 30 * day, first + 60 * day)])
    assert not release._touches(file, [])
    silent: Any = SimpleNamespace(coverage=None, covers_from=None, covers_to=None, share_id=None)
    assert not release._touches(silent, [(first, first + day)])
    silent.share_id = uuid4()  # her own file says nothing of days: it serves whatever she was asked for
    assert release._touches(silent, [(first, first + day)])
