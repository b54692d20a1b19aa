"""The orders of a test key: each leaves its own entry and those of the acts that it plays, or nothing and a 503."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.test import Client

from broker.parties.models import EmailLink
from broker.rehearsal import paper
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from consents.models import Consent, Draft
from requests_app.models import ManualRequest
from tests.completeness.declared import DECLARED
from tests.completeness.test_completeness_walk import answers
from tests.completeness.watch import Watch
from tests.integration.asking_support import application, make
from tests.integration.grant_support import Desk, desk
from tests.played_coop import played_coop
from tests.requests_world import run_job, world

__all__ = ["desk"]


def call(key: str, place: str, body: Any = "", *, expect: int = 200) -> Callable[[], Any]:
    """Give an order by the API."""
    headers = {"Authorization": f"Bearer {key}"}
    path = f"/api/v1/test/{place}"
    return answers(lambda: Client().post(path, body, content_type="application/json", headers=headers), expect)


def test_an_order_about_an_ask_leaves_what_is_declared(desk: Desk) -> None:
    watch, foreign = Watch(DECLARED, prefix="orders-ask"), uuid.uuid4()
    app, key = application(desk.organisation)
    watch.names |= {"organisation": str(desk.organisation.id), "foreign": str(foreign)}

    def asked(key: str) -> ConsentAsk:
        made = make(Asker.app(app), key, email=f"{key}@member.example")
        watch.know("ask", made.id)
        watch.names["ask"] = str(made.id)
        return made

    def signed() -> None:
        consent = Consent.objects.get()
        watch.know("her", consent.customer_id)
        watch.know("address", EmailLink.objects.get().id)
        watch.know("draft", Draft.objects.get().id)

    for what in ("decline", "expire"):
        watch.step(f"api-test-{what} POST", call(key, f"consent-asks/{asked(what).id}/{what}"))
    ask = asked("grant")
    watch.step("api-test-grant POST", call(key, f"consent-asks/{ask.id}/grant"), meanwhile=signed)
    desk.work()
    watch.step("api-test-confirm POST", call(key, f"consent-asks/{ask.id}/confirm"))
    watch.step("api-test-revoke POST", call(key, f"consent-asks/{ask.id}/revoke"))
    watch.step("api-test-revoke POST over", call(key, f"consent-asks/{ask.id}/revoke", expect=409))
    watch.step("api-test-grant POST foreign", call(key, f"consent-asks/{foreign}/grant", expect=404))
    watch.finish()


def test_an_order_about_a_request_leaves_what_is_declared(committing: str, tmp_path: Path, settings: Any) -> None:
    watch, foreign = Watch(DECLARED, prefix="orders-coop"), uuid.uuid4()
    with played_coop(tmp_path, settings):
        w = world(letter=paper.pdf([["one"]]))
        watch.know("her", w.customer.id)
        watch.names |= {"foreign": str(foreign)}

        def sent() -> ManualRequest:
            manual = w.manual()
            run_job("manual.send", manual.id)
            return manual

        def order(manual: ManualRequest, what: str, name: str = "", body: Any = "", expect: int = 200) -> None:
            watch.names["request"] = manual.number
            place = f"data-requests/{manual.request_id}/{what}"
            watch.step(name or f"api-test-request-{what} POST", call(w.key, place, body, expect=expect))

        order(sent(), "part")
        order(sent(), "answer")
        late = sent()
        order(late, "late")
        order(late, "clock", body={"business_days": 1})
        fee = sent()
        order(fee, "fee")
        order(fee, "accept-fee")
        order(fee, "accept-fee", "api-test-request-accept-fee POST none", expect=409)
        other = sent()
        watch.names["request"] = other.number
        call(w.key, f"data-requests/{other.request_id}/fee")()
        order(other, "decline-fee")
        back = sent()
        order(back, "bounce")
        order(back, "send-again")
        gone = call(w.key, f"data-requests/{foreign}/answer", expect=404)
        watch.step("api-test-request-answer POST foreign", gone)
    watch.finish()
