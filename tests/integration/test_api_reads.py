"""What a recipient reads: lists by cursor, readings and bills as JSON, tables and Green Button XML, files by links."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from broker.importers import usage_file
from broker.rehearsal import paper
from broker.sandbox import pack
from requests_app.api import links
from requests_app.api.models import FileLink
from requests_app.models import ManualRequest, ReceivedFile, Release
from tests.api_contract import operations, somewhere
from tests.bills import joined
from tests.integration.test_own_data import a_bill, bills_of
from tests.integration.test_release import delivered, path_of, revoke
from tests.requests_world import ACCOUNT, World, coop, events, organisation, world
from tests.unit.test_espi_export import well_formed

DAYS = {"data_types": ["bill"], "from": "2025-09-01", "to": "2025-12-01", "channel": "customer_upload"}


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


@pytest.fixture
def one(sqlite_db: str, tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings):
        yield world()


def with_key(w: World, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {w.key}", **more}


def pages(w: World, query: str = "") -> list[list[str]]:
    found, cursor = [], ""
    while True:
        page = w.get(f"data-requests?limit=2{query}{cursor}").json()
        found.append([each["id"] for each in page["data_requests"]])
        if page["next"] is None:
            return found
        cursor = f"&cursor={page['next']}"


# --- lists ----------------------------------------------------------------------------------------------------------


def test_requests_are_listed_newest_first_page_by_page(w: World) -> None:
    ids = [str(w.requested().id) for _ in range(5)]
    assert pages(w) == [ids[:2:-1], ids[2:0:-1], ids[:1]]
    shown = w.get("data-requests").json()["data_requests"]
    assert ACCOUNT not in str(shown)
    assert shown[0]["links"]["self"] == f"/api/v1/data-requests/{ids[-1]}"


def test_what_is_added_meanwhile_moves_and_hides_nothing(one: World) -> None:
    ids = [str(one.requested().id) for _ in range(4)]
    first = one.get("data-requests?limit=2").json()
    one.requested()
    second = one.get(f"data-requests?limit=2&cursor={first['next']}").json()
    assert [each["id"] for page in (first, second) for each in page["data_requests"]] == ids[::-1]


def test_requests_of_one_moment_are_each_shown_once(one: World) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        ids = {str(one.requested().id) for _ in range(5)}
    listed = [each for page in pages(one) for each in page]
    assert (len(listed), set(listed)) == (5, ids)


def test_a_list_is_of_one_state(w: World) -> None:
    sent, refused = w.requested(), w.post(w.ask(data_types=["payment"])).json()["id"]
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"))
    ready = w.requested(**DAYS)
    found = {
        state: [each["id"] for each in w.get(f"data-requests?state={state}").json()["data_requests"]]
        for state in ("queued", "refused", "ready", "in_progress", "waiting_on_customer", "delivered")
    }
    assert found == {
        "queued": [str(sent.id)], "refused": [refused], "ready": [str(ready.id)], "in_progress": [],
        "waiting_on_customer": [], "delivered": [],
    }  # fmt: skip


@pytest.mark.parametrize("query", ["state=lost", "limit=0", "limit=101", "limit=07", "limit=+5", "limit=x", "state="])
def test_a_filter_that_is_none_is_refused(one: World, query: str) -> None:
    answer = one.get(f"data-requests?{query}")
    assert (answer.status_code, answer.json()["fields"]) == (400, [query.partition("=")[0]])


def test_a_cursor_is_good_for_its_own_list_filter_and_caller(one: World) -> None:
    for _ in range(3):
        one.requested()
    cursor = one.get("data-requests?limit=1").json()["next"]
    other = organisation("other", timezone.now())[2]
    bad = [cursor[:-1], cursor + "A", cursor[:5] + "A" + cursor[6:], "", "é", "====", "a" * 301]
    for each in bad:
        assert one.get(f"data-requests?cursor={each}").json()["fields"] == ["cursor"], each
    assert one.get(f"data-requests?state=queued&cursor={cursor}").status_code == 400
    assert one.get(f"consents?cursor={cursor}").status_code == 400
    assert one.get(f"data-requests?cursor={cursor}", other).status_code == 400
    assert one.get(f"data-requests?limit=9&cursor={cursor}").status_code == 200


def test_somebody_elses_requests_are_not_listed(one: World) -> None:
    one.requested()
    assert one.get("data-requests", organisation("other", timezone.now())[2]).json()["data_requests"] == []


# --- readings -------------------------------------------------------------------------------------------------------


def test_readings_as_a_table_are_the_readings(w: World) -> None:
    read = f"data-requests/{delivered(w).request_id}/readings"
    series = w.get(read).json()["series"]
    table = w.get(f"{read}.csv")
    asked = w.call("get", read, headers=with_key(w, Accept="text/csv"))
    assert table.content == asked.content
    assert table["Content-Type"] == asked["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.content.decode())))
    assert [(row["role"], row["start"], row["value"]) for row in rows] == [
        (each["role"], value["start"], value["value"]) for each in series for value in each["readings"]
    ]
    assert {row["file_sha256"] for row in rows} == {bytes(ReceivedFile.objects.get().sha256).hex()}
    assert Release.objects.count() == len(events("data.read")) == 3


def test_readings_as_green_button_are_read_back_to_the_same_values(w: World) -> None:
    read = f"data-requests/{delivered(w).request_id}/readings"
    series = w.get(read).json()["series"]
    feed = w.get(f"{read}.xml")
    assert feed["Content-Type"].startswith("application/atom+xml")
    well_formed(feed.content)
    assert w.call("get", read, headers=with_key(w, Accept="application/atom+xml")).status_code == 200
    assert w.get(f"{read}.xml?data_type=usage_hourly").content.count(b"<entry>") == 0
    assert w.get(f"{read}.xml?data_type=all").status_code == 400
    back = usage_file.read({"data": pack(feed.content), "zone": "America/Chicago"})
    assert {
        (one["role"], one["resolution"], each["start"], Decimal(each["value"]))
        for one in back["series"]
        for each in one["readings"]
    } == {
        (one["role"], one["resolution"], each["start"], Decimal(each["value"]))
        for one in series
        for each in one["readings"]
    }


# --- bills ----------------------------------------------------------------------------------------------------------


def test_bills_come_with_total_period_use_and_page_and_one_that_cannot_be_read_is_said(w: World) -> None:
    september, october = a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 10, 1), "120.40")
    vague = [f"Account number: {ACCOUNT}", "Service from 2025-11-01 to 2025-11-30", "Total due: $10.00 or $12.00"]
    bills_of(w, joined(september, october), paper.pdf([vague]))
    read = f"data-requests/{w.requested(**DAYS).id}/bills"
    found = w.get(read).json()
    first, second, third = found["bills"]
    assert (first["from"], first["to"], first["total"], first["usage_kwh"]) == (
        "2025-09-01",
        "2025-10-01",
        "98.11",
        "812",
    )
    assert (first["page"], first["billed_on"], first["quality"], first["currency"]) == (
        1,
        "2025-10-03",
        "as_read",
        "USD",
    )
    assert (second["page"], second["total"], second["source"]) == (2, "120.40", first["source"])
    assert (third["from"], third["to"], third["total"], third["quality"]) == (
        "2025-11-01",
        "2025-12-01",
        None,
        "unreadable",
    )
    sources = found["sources"]
    assert (sources[first["source"]]["importer"], sources[third["source"]]["importer"]) == ("bill_pdf", None)
    assert {each["came_by"] for each in sources} == {"customer"}
    rows = list(csv.DictReader(io.StringIO(w.get(f"{read}.csv").content.decode())))
    assert [row["total"] for row in rows] == ["98.11", "120.40", ""]
    assert w.call("get", read, headers=with_key(w, Accept="text/csv")).content.decode().count("\r\n") == 4


def test_two_files_that_do_not_agree_on_a_bill_flag_it(w: World) -> None:
    bills_of(w, a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 9, 1), "89.00"))
    [bill] = w.get(f"data-requests/{w.requested(**DAYS).id}/bills").json()["bills"]
    assert (bill["total"], bill["quality"]) == ("98.11", "flagged")
    assert [(each["total"], each["source"]) for each in bill["revisions"]] == [("89.00", 1)]


def test_bills_are_cut_to_what_was_asked_for(one: World) -> None:
    bills_of(one, joined(a_bill(date(2025, 9, 1), "98.11"), a_bill(date(2025, 10, 1), "120.40")))
    asked = one.requested(**{**DAYS, "to": "2025-10-01"})
    [bill] = one.get(f"data-requests/{asked.id}/bills").json()["bills"]
    assert bill["total"] == "98.11"


def test_where_there_is_no_bill_there_is_nothing_yet(one: World) -> None:
    answer = one.get(f"data-requests/{one.requested(**DAYS).id}/bills")
    assert (answer.status_code, answer.json()["code"]) == (409, "data.not_ready")


# --- links ----------------------------------------------------------------------------------------------------------


def link_to(w: World, manual: ManualRequest) -> str:
    answer = w.call("post", f"{path_of(manual)}/link")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["link"]).removeprefix("/api/v1/")


def test_a_link_gives_the_file_with_the_same_key_for_five_minutes(w: World) -> None:
    manual = delivered(w)
    link = link_to(w, manual)
    assert w.get(link).content == w.get(path_of(manual)).content
    assert len(events("data.link_made")) == 1
    assert len(events("data.read")) == 2
    kept = FileLink.objects.get()
    assert link.rpartition("/")[2].encode() not in bytes(kept.token_hash)
    with time_machine.travel(kept.expires_at - timedelta(seconds=1), tick=False):
        assert w.get(link).status_code == 200
    with time_machine.travel(kept.expires_at, tick=False):
        answer = w.get(link)
        assert (answer.status_code, answer.json()["code"]) == (410, "link.expired")


def test_a_link_opens_nothing_for_another_key_or_without_one(w: World) -> None:
    link = link_to(w, delivered(w))
    other = organisation("other", timezone.now())[2]
    assert w.get(link, other).json()["code"] == "not_found"
    assert len(events("auth.foreign")) == 1
    assert Client().get(f"/api/v1/{link}").status_code == 401
    assert w.get("open/" + "x" * 43).json()["code"] == "not_found"
    assert w.get("open/" + "x" * 3000).status_code == 404


def test_no_link_is_made_to_what_may_not_be_read(one: World) -> None:
    manual = delivered(one)
    place = path_of(manual)
    revoke(one)
    assert one.call("post", f"{place}/link").json()["code"] == "consent.revoked"
    assert not FileLink.objects.exists()
    assert len(events("data.read_refused")) == 1


def test_a_link_takes_no_body(one: World) -> None:
    answer = one.call("post", f"{path_of(delivered(one))}/link", {"for": "ever"})
    assert (answer.status_code, answer.json()["fields"]) == (400, ["body"])


def test_links_are_forgotten_a_day_after_their_end(one: World) -> None:
    link_to(one, delivered(one))
    ends = FileLink.objects.get().expires_at
    assert (links.forget(ends + timedelta(hours=23)), links.forget(ends + timedelta(days=1))) == (0, 1)


# --- between the link and the fetch ---------------------------------------------------------------------------------

# Reviewed: these give nothing that anybody read off a customer's papers, and open nothing that is sealed.
NOT_DATA = {"listRequests", "seeRequest"}
# Reviewed too: what the caller itself wrote (its asks, its webhooks' addresses) and ids of messages.
OWN_WORDS = {"listAsks", "seeAsk", "listWebhookEndpoints", "seeWebhookEndpoint", "listWebhookDeliveries"}
# It lists what is in force at this moment: after a stop the consent is not there any more.
LISTS = {"listConsents"}


def readers() -> list[tuple[str, str]]:
    """Every address of the API that is read, but for those that were reviewed."""
    found = [(path, operation["operationId"]) for path, method, operation in operations() if method == "get"]
    return [each for each in found if each[1] not in NOT_DATA | OWN_WORDS]


@pytest.mark.parametrize(("path", "name"), readers(), ids=[name for _, name in readers()])
def test_whatever_gives_data_is_decided_again_after_a_stop(one: World, path: str, name: str) -> None:
    kind = "bill" if "Bills" in name else "usage_daily"
    if kind == "bill":
        bills_of(one, a_bill(date(2025, 9, 1), "98.11"))
        place = somewhere(path, request_id=one.requested(**DAYS).id)
    else:
        manual = delivered(one)
        file = ReceivedFile.objects.get(message__manual=manual)
        place = somewhere(path, request_id=manual.request_id, file_id=file.id)
        if "{token}" in path:
            place = f"/api/v1/{link_to(one, manual)}"
    here = place.removeprefix("/api/v1/")
    before = one.get(here)
    assert before.status_code == 200, before.content
    revoke(one)
    after = one.get(here)
    if name in LISTS:
        assert before.json()["consents"]
        assert after.json()["consents"] == []
        return
    assert (after.status_code, after.json()["code"]) == (403, "consent.revoked")
    assert len(events("data.read_refused")) == 1


def test_what_was_reviewed_is_there() -> None:
    assert {*NOT_DATA, *OWN_WORDS, *LISTS} <= {operation["operationId"] for _, _, operation in operations()}
