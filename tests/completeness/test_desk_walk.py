"""What applications and staff do: each request leaves exactly the declared events."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.parties.models import Role
from broker.parties.staff import create_user, start_enrolment
from broker.terms import SERVICE, Actor
from consents import actions
from requests_app.lifecycle import ManualState
from requests_app.models import DataRequest, ManualRequest, Message, ReceivedFile
from requests_app.moves import move
from requests_app.receive import HOLDING, receive
from tests.completeness.declared import DECLARED
from tests.completeness.watch import Watch
from tests.integration.test_own_data import a_bill, bills_of
from tests.requests_world import World, coop, organisation, reply, run_job, world

PASSWORD = "a long enough first password"
ANSWER = Callable[[], Any]


@pytest.fixture
def w(committing: str, tmp_path: Path, settings: Any) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world()


def answers(perform: ANSWER, status: int) -> ANSWER:
    """Give what performs a request and demands its status."""

    def checked() -> Any:
        found = perform()
        assert found.status_code == status, (found.status_code, found.content[:200])
        return found

    return checked


def arrived(manual: ManualRequest, **more: Any) -> ReceivedFile:
    """Let the co-op answer with a file; give the file in quarantine."""
    known = set(ReceivedFile.objects.values_list("id", flat=True))
    raw = reply(manual, **more)
    receive(raw, envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    return ReceivedFile.objects.exclude(id__in=known).get()


def signed_in(role: Role) -> Client:
    """Give a browser in which a person of this role has signed in."""
    user = create_user(f"a-{role}", f"A person, {role}", role, password=None, actor=SERVICE("tests"))
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_an_application_leaves_what_is_declared_for_each_call(w: World) -> None:
    watch = Watch(DECLARED, prefix="api")
    watch.know("her", w.customer.id)
    watch.names.update(consent=str(w.consent.id), organisation=str(w.organisation.id))
    other_key = organisation("other", timezone.now())[2]
    check = "decisions/check"
    watch.step("api-check POST", answers(lambda: w.call("post", check, w.ask()), 200))
    hours = w.ask(data_types=["usage_15min"])
    watch.step("api-check POST refused", answers(lambda: w.call("post", check, hours), 200))
    watch.step("api-requests POST", answers(lambda: w.post(w.ask()), 202))
    request = DataRequest.objects.get()
    watch.names["request"] = str(request.id)
    watch.step("api-requests POST refused", answers(lambda: w.post(w.ask(data_types=["usage_15min"])), 403))
    watch.step("api-requests POST malformed", answers(lambda: w.post(json.dumps({"accounts": []})), 400))
    watch.step("api-requests POST without key", answers(lambda: w.post(w.ask(), key=""), 400))
    watch.step("api-requests POST stranger", answers(lambda: w.post(w.ask(), api_key="tk_none"), 401))
    secret = {**w.ask(), "note": "log in as gwen with hunter2-hunter2, password hunter2-hunter2"}
    watch.step("api-requests POST secret", answers(lambda: w.post(secret), 403))
    watch.step("api-request GET", answers(lambda: w.get(f"data-requests/{request.id}"), 200))
    watch.step("api-request GET foreign", answers(lambda: w.get(f"data-requests/{request.id}", other_key), 404))
    manual = ManualRequest.objects.get()
    run_job("manual.send", manual.id)
    file = arrived(manual)
    read, one = f"data-requests/{request.id}/readings", f"data-requests/{request.id}/files/{file.id}"
    watch.step("api-readings GET early", answers(lambda: w.get(read), 409))
    watch.step("api-requests GET", answers(lambda: w.get("data-requests"), 200))
    watch.step("api-make-link POST early", answers(lambda: w.call("post", f"{one}/link"), 404))
    watch.step("api-file GET early", answers(lambda: w.get(one), 404))
    _accept(signed_in(Role.STAFF), file)
    watch.step("api-readings GET", answers(lambda: w.get(read), 200))
    watch.step("api-file GET", answers(lambda: w.get(one), 200))
    watch.step("api-readings-csv GET", answers(lambda: w.get(f"{read}.csv"), 200))
    watch.step("api-readings-xml GET", answers(lambda: w.get(f"{read}.xml"), 200))
    made = watch.step("api-make-link POST", answers(lambda: w.call("post", f"{one}/link"), 201))
    link = made.json()["link"].removeprefix("/api/v1/")
    watch.step("api-link GET", answers(lambda: w.get(link), 200))
    watch.step("api-link GET foreign", answers(lambda: w.get(link, other_key), 404))
    bills_of(w, a_bill(date(2025, 10, 1), "98.11"))
    billed = f"data-requests/{w.requested(data_types=['bill'], channel='customer_upload').id}/bills"
    watch.step("api-bills GET none", answers(lambda: w.get(f"data-requests/{request.id}/bills"), 200))
    watch.step("api-bills GET", answers(lambda: w.get(billed), 200))
    watch.step("api-bills-csv GET", answers(lambda: w.get(f"{billed}.csv"), 200))
    watch.step("api-consents GET", answers(lambda: w.get("consents"), 200))
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    watch.step("api-readings GET refused", answers(lambda: w.get(read), 403))
    watch.step("api-bills GET refused", answers(lambda: w.get(billed), 403))
    watch.step("api-link GET refused", answers(lambda: w.get(link), 403))
    watch.step("api-make-link POST refused", answers(lambda: w.call("post", f"{one}/link"), 403))
    watch.step("api-file GET refused", answers(lambda: w.get(one), 403))
    watch.finish()


def _accept(client: Client, file: ReceivedFile) -> Any:
    days = {"data_type": "usage_daily", "first_day": "2025-10-19", "last_day": "2025-10-20"}
    answer = client.post(f"/admin/files/{file.id}/", {"decision": "accept", **days})
    assert answer.status_code == 302, answer.content[:300]
    return answer


def world_of_a_lost_mail(w: World) -> ManualRequest:
    """Make a request of which nobody knows whether the co-op has it: an earlier run ended in the middle of sending."""
    lost = w.manual(data_types=["bill"])
    with transaction.atomic():
        ref = log.append("request.state", actor=SERVICE("tests"), subject=w.customer.id, body={})
        assert move(lost, ManualState.DELIVERY_UNKNOWN, ref=ref)
    return lost


def test_staff_leave_what_is_declared_for_each_page(w: World) -> None:
    watch, staff = Watch(DECLARED, prefix="desk"), signed_in(Role.STAFF)
    watch.know("her", w.customer.id)
    manual = w.manual()
    run_job("manual.send", manual.id)
    first, second = arrived(manual), arrived(manual, message_id="<second@coop.example>", csv=False, pdf=True)
    watch.names.update(number=manual.number, consent=str(w.consent.id))
    at = f"/admin/requests/{manual.id}/"
    watch.step("admin:index GET", answers(lambda: staff.get("/admin/"), 200))
    watch.step("admin:tables GET", answers(lambda: staff.get("/admin/tables/"), 200))
    watch.step("admin:request GET", answers(lambda: staff.get(at), 200))
    watch.step("admin:request-reveal POST", answers(lambda: staff.post(f"{at}reveal/"), 200))
    watch.step("admin:request-resend POST refused", answers(lambda: staff.post(f"{at}resend/"), 302))
    watch.step("admin:file GET", answers(lambda: staff.get(f"/admin/files/{first.id}/"), 200))
    watch.step("admin:file-open POST", answers(lambda: staff.post(f"/admin/files/{first.id}/open/"), 200))
    watch.step("admin:file POST accept", lambda: _accept(staff, first))
    lost = world_of_a_lost_mail(w)
    watch.step("admin:request-resend POST", answers(lambda: staff.post(f"/admin/requests/{lost.id}/resend/"), 302))
    no = {"decision": "reject"}
    watch.step("admin:file POST reject", answers(lambda: staff.post(f"/admin/files/{second.id}/", no), 302))
    stray = reply(manual).replace(f"r.{manual.thread_token}".encode(), b"nobody").replace(b"Re: Data", b"Data")
    receive(
        stray.replace(manual.message_id.encode(), b"<x@coop.example>"),
        envelope_from="",
        envelope_to=["x@localhost"],
        now=timezone.now(),
    )
    message = Message.objects.get(kind="held")
    watch.know("holding", HOLDING)
    watch.step("admin:held GET", answers(lambda: staff.get(f"/admin/held/{message.id}/"), 302))
    watch.step("admin:held-choose GET", answers(lambda: staff.get(f"/admin/held/{message.id}/choose/"), 302))
    watch.step("admin:held POST", answers(lambda: staff.post(f"/admin/held/{message.id}/"), 200))
    choose = f"/admin/held/{message.id}/choose/"
    unknown, ours = {"choice": "attach", "number": "R-0"}, {"choice": "attach", "number": manual.number}
    watch.step("admin:held-choose POST unknown", answers(lambda: staff.post(choose, unknown), 302))
    watch.step("admin:held-choose POST attach", answers(lambda: staff.post(choose, ours), 302))
    watch.step("admin:held-choose POST again", answers(lambda: staff.post(choose, {"choice": "not_ours"}), 302))
    receive(b"From: x@elsewhere.example\r\n\r\nBuy", envelope_from="", envelope_to=["x@localhost"], now=timezone.now())
    other = Message.objects.filter(kind="held").exclude(id=message.id).get()
    choose = f"/admin/held/{other.id}/choose/"
    watch.step("admin:held-choose POST not_ours", answers(lambda: staff.post(choose, {"choice": "not_ours"}), 302))
    for table in ("consents/consent", "requests_app/manualrequest", "parties/customer"):
        watch.step("admin:changelist GET", answers(lambda at=table: staff.get(f"/admin/{at}/"), 200))
    row = f"/admin/consents/consent/{w.consent.id}"
    watch.step("admin:history GET", answers(lambda: staff.get(f"{row}/history/"), 200))
    watch.step("admin:change GET", answers(lambda: staff.get(f"{row}/change/"), 200))
    lists = "/admin/consents/consent/"
    watch.step("admin:index POST", answers(lambda: staff.post("/admin/"), 405))
    watch.step("admin:changelist POST", answers(lambda: staff.post(lists, {"action": "delete_selected"}), 200))
    watch.step("admin:history POST", answers(lambda: staff.post(f"{row}/history/"), 200))
    watch.step("admin:add GET", answers(lambda: staff.get(f"{lists}add/"), 403))
    watch.step("admin:delete GET", answers(lambda: staff.get(f"{row}/delete/"), 403))
    watch.step("admin:change POST", answers(lambda: staff.post(f"{row}/change/", {"state": "active"}), 403))
    watch.step("admin:delete POST", answers(lambda: staff.post(f"{row}/delete/", {"post": "yes"}), 403))
    watch.step("admin:add POST", answers(lambda: staff.post("/admin/consents/consent/add/", {}), 403))
    watch.finish()


def test_coming_and_going_leave_what_is_declared(w: World) -> None:
    watch, browser = Watch(DECLARED, prefix="login"), Client()
    token = start_enrolment("olga", "Olga Officer (test)", Role.OFFICER, now=timezone.now())
    watch.step("enrol GET", answers(lambda: browser.get(f"/enrol/{token}/"), 200))
    first = {"password": PASSWORD, "again": PASSWORD}
    watch.step("enrol POST", answers(lambda: browser.post(f"/enrol/{token}/", first), 302))
    watch.step("login GET", answers(lambda: browser.get("/login/"), 200))
    wrong, right = {"username": "olga", "password": "wrong"}, {"username": "olga", "password": PASSWORD}
    watch.step("login POST wrong", answers(lambda: browser.post("/login/", wrong), 200))
    watch.step("login POST", answers(lambda: browser.post("/login/", right), 302))
    watch.step("after-login GET", answers(lambda: browser.get("/after-login/"), 302))
    watch.step("logout POST", answers(lambda: browser.post("/logout/"), 302))
    watch.finish()


def test_public_pages_open_nothing(w: World, settings: Any) -> None:
    watch, browser = Watch(DECLARED, prefix="public"), Client()
    settings.METRICS_TOKEN = "a-token-of-the-tests"
    watching = {"headers": {"Authorization": f"Bearer {settings.METRICS_TOKEN}"}}
    watch.step("ready GET", answers(lambda: browser.get("/ready", **watching), 503))  # no worker runs here
    watch.step("metrics GET", answers(lambda: browser.get("/metrics", **watching), 200))
    for name, path in {
        "home": "/",
        "offers": "/offers/obec/",
        "health": "/health",
        "problem": "/problems/not_found",
        "passwords": "/passwords/",
        "developers": "/developers/",
        "developers-guide": "/developers/guides/first/",
        "developers-codes": "/developers/codes/",
        "developers-openapi": "/developers/openapi.yaml",
    }.items():
        watch.step(f"{name} GET", answers(lambda at=path: browser.get(at), 200))
    watch.step("set_language POST", answers(lambda: browser.post("/language/setlang/", {"language": "es"}), 302))
    watch.step("set_language GET", answers(lambda: browser.get("/language/setlang/"), 302))
    watch.finish()
