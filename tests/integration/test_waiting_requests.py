"""Requests that wait for what the customer hands over herself: what answers them, how they end, and who is told."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from broker.rehearsal import paper
from broker.rehearsal.nectar import Nectar
from broker.terms import Actor
from consents import actions
from requests_app.hooks.models import Delivery
from requests_app.models import DataRequest, ReceivedFile
from tests.hooks_world import HooksWorld, enter, hooked
from tests.integration.nectar_support import played, shared, to_the_end
from tests.integration.test_share import bill, share
from tests.requests_world import ACCOUNT, World, usage, world

FIGURES: dict[str, Any] = {
    "account": ACCOUNT,
    "kwh": Decimal("812.5"),
    "charges": Decimal("98.10"),
    "due": date(2025, 11, 20),
}
BILLS: dict[str, Any] = {"data_types": ["bill"], "to": "2025-12-01"}


@pytest.fixture
def nectar(settings: Any) -> Any:
    with played(settings, polls_until_done=0) as server:
        yield server


def state(w: World, request: DataRequest) -> str:
    return str(w.get(f"data-requests/{request.id}").json()["state"])


def told(made: HooksWorld, request: DataRequest) -> list[str]:
    """Give the types of what was told of a request, in order."""
    rows = Delivery.objects.order_by("at", "audit_event_id", "type")
    return [row.type for row in rows if row.data.get("request") == str(request.id)]


def test_every_way_of_waiting_ends_with_the_permission_and_is_told(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        w = made.world
        enter(w.consent)
        hers = w.requested(channel="customer_upload")
        by_nectar = w.requested(**BILLS, channel="nectar")
        assert [state(w, each) for each in (hers, by_nectar)] == ["waiting_on_customer"] * 2
        made.revoke()
        for each in (hers, by_nectar):
            found = w.get(f"data-requests/{each.id}").json()
            assert (found["state"], found["waiting_on"]) == ("withdrawn", "nobody")
            assert told(made, each) == ["request.state_changed"]
        listed = w.get("data-requests?state=withdrawn").json()["data_requests"]
        assert {each["id"] for each in listed} == {str(hers.id), str(by_nectar.id)}
        assert w.get("data-requests?state=waiting_on_customer").json()["data_requests"] == []


def test_a_bill_that_nectar_reads_answers_the_request_that_waits_for_her(committing: str) -> None:
    w = world()
    file = share(w, "bill.pdf", bill(), to_nectar=True)
    assert isinstance(file, ReceivedFile)
    after = w.requested(**BILLS, channel="customer_upload")
    found = w.get(f"data-requests/{after.id}").json()
    assert (found["state"], [each["id"] for each in found["files"]]) == ("ready", [str(file.id)])
    [shown] = w.get(f"data-requests/{after.id}/bills").json()["bills"]
    assert shown["total"] is not None
    assert w.get(f"data-requests/{after.id}/files/{file.id}").status_code == 200


def test_a_bill_that_comes_later_is_told_to_each_request_that_it_answers(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        w = made.world
        enter(w.consent)
        hers, by_nectar = w.requested(**BILLS, channel="customer_upload"), w.requested(**BILLS, channel="nectar")
        other = w.requested(
            data_types=["bill"], **{"from": "2025-01-01", "to": "2025-02-01"}, channel="customer_upload"
        )
        share(w, "bill.pdf", bill(), to_nectar=True)
        assert (state(w, hers), told(made, hers)) == ("ready", ["request.state_changed", "data.ready"])
        assert (state(w, by_nectar), told(made, by_nectar)) == ("in_progress", ["request.state_changed"])
        assert (state(w, other), told(made, other)) == ("waiting_on_customer", [])


def test_how_far_nectar_is_with_a_request_is_told(committing: str, settings: Any, nectar: Nectar) -> None:
    with hooked(settings) as made:
        w = made.world
        enter(w.consent)
        asked = w.requested(**BILLS, channel="nectar")
        assert to_the_end(shared(w)).state == "done"
        assert state(w, asked) == "ready"
        assert told(made, asked) == ["request.state_changed", "request.state_changed", "data.ready"]


def test_a_document_that_nectar_could_not_read_is_told_and_its_file_can_be_had(
    committing: str, settings: Any, nectar: Nectar
) -> None:
    with hooked(settings) as made:
        w = made.world
        enter(w.consent)
        asked = w.requested(**BILLS, channel="nectar")
        nectar.order("TERMINATED")
        assert to_the_end(shared(w)).state == "failed"
        assert state(w, asked) == "not_read"
        assert told(made, asked) == ["request.state_changed", "request.state_changed", "data.ready"]
        [file] = w.get(f"data-requests/{asked.id}").json()["files"]
        assert w.get(f"data-requests/{asked.id}/files/{file['id']}").status_code == 200


def test_on_whom_it_waits_and_what_is_missing_is_said_of_every_way(sqlite_db: str) -> None:
    w = world()
    hers = w.get(f"data-requests/{w.requested(**BILLS, channel='customer_upload').id}").json()
    assert (hers["state"], hers["waiting_on"]) == ("waiting_on_customer", "customer")
    assert hers["completeness"]["complete"] is False
    assert {each["state"] for each in hers["completeness"]["cells"]} == {"missing"}
    share(w, "bill.pdf", bill(begin=date(2025, 10, 1)))
    after = w.get(f"data-requests/{hers['id']}").json()
    assert (after["state"], after["waiting_on"]) == ("ready", "nobody")
    assert [each["state"] for each in after["completeness"]["cells"]] == ["received", "missing"]


def test_an_order_of_a_stopped_permission_stays_withdrawn_when_a_newer_one_has_files(sqlite_db: str) -> None:
    w = world()
    asked = w.requested(**BILLS, channel="customer_upload")
    share(w, "bill.pdf", bill())
    her = Actor("c", w.customer.id)
    assert actions.revoke(w.consent, actor=her, how="dashboard", now=timezone.now())
    assert state(w, asked) == "withdrawn"


def test_readings_of_bills_alone_are_answered_at_once_and_bills_of_no_bills_too(sqlite_db: str) -> None:
    w = world()
    bills, numbers = w.requested(**BILLS, channel="customer_upload"), w.requested(channel="customer_upload")
    assert w.get(f"data-requests/{bills.id}/readings").json()["series"] == []
    assert w.get(f"data-requests/{numbers.id}/bills").json()["bills"] == []
    for path in (f"{bills.id}/bills", f"{numbers.id}/readings"):
        assert w.get(f"data-requests/{path}").json()["code"] == "data.not_ready"
    assert w.get(f"data-requests/{bills.id}/readings.csv").content.count(b"\r\n") == 1
    assert w.get(f"data-requests/{bills.id}/readings.xml").status_code == 200


def test_readings_of_a_bill_at_nectar_are_waited_for_only_until_it_is_read(committing: str, nectar: Nectar) -> None:
    w = world()
    asked = w.requested(**BILLS, channel="nectar")
    read = f"data-requests/{asked.id}/readings"
    assert w.get(read).json()["code"] == "data.not_ready"
    nectar.order("TERMINATED")
    pull = shared(w)
    assert w.get(read).json()["code"] == "data.not_ready"
    to_the_end(pull)
    assert w.get(read).json()["series"] == []


def test_one_account_has_its_outcome_too(sqlite_db: str) -> None:
    w = world()
    answer = w.post(w.ask(channel="customer_upload")).json()
    assert answer["accounts"] == [{"account": w.ask()["accounts"][0], "outcome": "route", "codes": []}]


def test_days_without_a_value_are_gaps_also_before_the_first_and_behind_the_last(sqlite_db: str) -> None:
    w = world()
    share(w, "usage.csv", usage(ACCOUNT).encode())
    asked = w.requested(channel="customer_upload")
    for one in w.get(f"data-requests/{asked.id}/readings").json()["series"]:
        assert [(each["start"][:10], each["end"][:10]) for each in one["gaps"]] == [
            ("2025-10-01", "2025-10-19"),
            ("2025-10-21", "2025-11-01"),
        ]
        assert one["gaps_count"] == 2
        assert one["gaps"][0]["start"] == "2025-10-01T00:00-05:00"


def test_a_bill_from_reading_to_reading_is_of_the_days_between(sqlite_db: str) -> None:
    """It names October 1 and November 1: the days of two readings, and the second begins the next bill."""
    w = world()
    file = share(w, "bill.pdf", paper.bill(**FIGURES, begin=date(2025, 10, 1), end=date(2025, 11, 1)))
    assert isinstance(file, ReceivedFile)
    october = w.requested(data_types=["bill"], channel="customer_upload")
    shown = w.get(f"data-requests/{october.id}/bills").json()
    assert [(each["from"], each["to"]) for each in shown["bills"]] == [("2025-10-01", "2025-11-02")]
    assert shown["left_out"] == []
    assert w.get(f"data-requests/{october.id}/files/{file.id}").status_code == 200


def test_a_bill_that_reaches_beyond_the_days_is_named_and_not_given(sqlite_db: str) -> None:
    w = world()
    file = share(w, "bill.pdf", paper.bill(**FIGURES, begin=date(2025, 10, 1), end=date(2025, 11, 2)))
    share(w, "usage.csv", usage(ACCOUNT).encode())
    assert isinstance(file, ReceivedFile)
    october = w.requested(data_types=["bill"], channel="customer_upload")
    shown = w.get(f"data-requests/{october.id}/bills").json()
    [row] = shown["left_out"]
    assert (shown["bills"], row["file"], row["reason"]) == ([], str(file.id), "beyond_the_days")
    august = w.requested(data_types=["bill"], **{"from": "2025-08-01", "to": "2025-09-01"}, channel="customer_upload")
    assert w.get(f"data-requests/{august.id}/bills").json()["code"] == "data.not_ready"
    assert w.get(f"data-requests/{october.id}/files/{file.id}").json()["code"] == "scope.range"
    november = w.requested(**{"from": "2025-11-01", "to": "2025-12-01"}, channel="customer_upload")
    assert w.get(f"data-requests/{november.id}/readings").json()["code"] == "data.not_ready"
