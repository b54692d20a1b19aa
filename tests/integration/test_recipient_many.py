"""One ask for many accounts: each decided by itself, one request for a permission, the same press once."""

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.models import Application
from broker.terms import Actor
from requests_app.models import DataRequest, ManualRequest
from requests_app.recipients.batch import OUR_PAGES
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACCOUNT, World, events, grant, world

FARM = [str(40_800_000 + n) for n in range(40)]


@pytest.fixture
def w(committing: str) -> World:
    return world()


@pytest.fixture
def ana(w: World) -> Client:
    return browser_of(analyst(w.organisation))


def form(numbers: list[str], **changes: Any) -> dict[str, Any]:
    return {
        "once": str(uuid.uuid4()),
        "pasted": "\n".join(numbers),
        "data_types": ["usage_daily"],
        "first": "2025-10-01",
        "last": "2025-10-31",
        "purpose": "rate_comparison",
        **changes,
    }


def farm(w: World, numbers: list[str], **consent: Any) -> None:
    """Give a customer with many meters, and her one permission for all of them."""
    now, customer_id = timezone.now(), uuid.uuid4()
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "farm@member.example", language="en", ref=ref, now=now)
        rows = [
            ensure_account(customer, "obec", AccountFacts(each, "Farm", "9 Example Road"), ref=ref, now=now)
            for each in numbers
        ]
        grant(customer, w.organisation, rows, ref=ref, now=now, **consent)


def test_forty_meters_of_one_permission_are_one_request_with_forty_accounts(w: World, ana: Client) -> None:
    farm(w, FARM)
    answer = ana.post("/recipient/requests/many/", form(FARM))
    assert answer.status_code == 200
    assert {each.request is not None for each in answer.context["answers"]} == {True}
    (request,) = DataRequest.objects.all()
    assert len(request.accounts) == 40
    assert ManualRequest.objects.count() == 1
    assert len(events("pull.checked")) == 40
    assert len(events("pull.decided")) == 1


def test_each_account_is_decided_by_itself_and_says_what_is_permitted(w: World, ana: Client) -> None:
    farm(w, FARM[:2], data_types=["bill"])
    answer = ana.post(
        "/recipient/requests/many/", form([ACCOUNT, FARM[0], FARM[1], "40700001"], data_types=["usage_daily"])
    )
    found = {each.account: each for each in answer.context["answers"]}
    assert found[ACCOUNT].request is not None
    assert [reason.code for reason in found[FARM[0]].reasons] == ["scope.data_type"]
    assert found[FARM[0]].nearest == ("bill",)
    assert [reason.code for reason in found["40700001"].reasons] == ["consent.absent"]
    assert found["40700001"].nearest == ()
    assert DataRequest.objects.count() == 1  # nothing is asked for those that do not pass
    text = answer.content.decode()
    assert "1 of 4 accounts go on" in text
    assert "Kind of data not in the permission" in text


def test_the_same_press_asks_once(w: World, ana: Client) -> None:
    said = form([ACCOUNT])
    first, second = (ana.post("/recipient/requests/many/", said) for _ in range(2))
    assert first.context["answers"][0].request == second.context["answers"][0].request
    assert DataRequest.objects.count() == 1


def test_a_file_does_the_same_and_only_its_accounts_are_read(w: World, ana: Client) -> None:
    file = SimpleUploadedFile("meters.csv", f"name,account\nBarn,{ACCOUNT}\n".encode(), "text/csv")
    answer = ana.post("/recipient/requests/many/", form([], pasted="", file=file))
    assert [each.account for each in answer.context["answers"]] == [ACCOUNT]
    assert "Barn" not in answer.content.decode()


def test_what_is_no_list_is_refused_and_nothing_is_asked(w: World, ana: Client) -> None:
    wrong = [
        form(["my meter"]),
        form([]),
        form([ACCOUNT], file=SimpleUploadedFile("a.csv", b"40900018\n", "text/csv")),
        form([], pasted="", file=SimpleUploadedFile("a.csv", b"\xff\xfe4\x00", "text/csv")),
        form([ACCOUNT], first="2025-11-01"),
        form([ACCOUNT], purpose="marketing"),
        form([ACCOUNT], data_types=[]),
        form([ACCOUNT], once="x"),
    ]
    for each in wrong:
        assert ana.post("/recipient/requests/many/", each).status_code in (415, 422)
    assert not DataRequest.objects.exists()


@pytest.mark.parametrize(
    "days", [{"last": "9999-12-31"}, {"last": "9999-12-30"}, {"first": "0001-01-01"}, {"first": "9999-12-31"}], ids=str
)
def test_days_at_the_ends_of_the_calendar_are_answered(w: World, ana: Client, days: dict[str, str]) -> None:
    farm(w, FARM[:1])
    assert ana.post("/recipient/requests/many/", form(FARM[:1], **days)).status_code in (200, 422)
    assert not ManualRequest.objects.exists()


def test_a_login_in_the_list_is_turned_away(w: World, ana: Client) -> None:
    answer = ana.post("/recipient/requests/many/", form(["smarthub password: hunter2-hunter2"]))
    assert answer.status_code == 403
    assert not DataRequest.objects.exists()


def test_the_pages_ask_in_a_name_that_no_key_opens(w: World, ana: Client) -> None:
    ana.post("/recipient/requests/many/", form([ACCOUNT]))
    ana.post("/recipient/requests/many/", form([ACCOUNT]))
    made = Application.objects.get(name=OUR_PAGES)
    assert made.operations == []
    assert OUR_PAGES not in ana.get("/recipient/keys/").content.decode()
    assert ana.get(f"/recipient/keys/{made.id}/").status_code == 404


def test_webhooks_are_the_organisations_own(w: World, ana: Client) -> None:
    assert "No program of yours has an address yet" in ana.get("/recipient/webhooks/").content.decode()
    assert ana.post(f"/recipient/webhooks/{uuid.uuid4()}/resend/").status_code == 404
    assert len(events("auth.foreign")) == 1
