"""Asks for a consent through the API: each call leaves exactly the declared events."""

import uuid
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from consents.asking.models import ConsentAsk
from tests import factories
from tests.clock import travel
from tests.completeness.declared import DECLARED
from tests.completeness.test_completeness_walk import answers
from tests.completeness.watch import Watch
from tests.integration.asking_support import application, body


def test_the_calls_of_an_application_leave_what_is_declared(committing: str) -> None:
    watch, browser, organisation = Watch(DECLARED, prefix="ask-api"), Client(), factories.organisation()
    _, key = application(organisation)
    foreign = uuid.uuid4()
    watch.names |= {"organisation": str(organisation.id), "foreign": str(foreign)}

    def call(method: str, where: str, expect: int, data: Any = None, **headers: str) -> Any:
        given = {"Authorization": f"Bearer {key}", **{name.replace("_", "-"): said for name, said in headers.items()}}
        send = getattr(browser, method)
        path = f"/api/v1/consent-asks{where}"
        return answers(
            lambda: send(path, "" if data is None else data, content_type="application/json", headers=given), expect
        )

    def made() -> None:
        ask = ConsentAsk.objects.get()
        watch.know("ask", ask.id)
        watch.names["ask"] = str(ask.id)

    watch.step("api-asks POST without key", call("post", "", 400, body()))
    watch.step("api-asks POST refused", call("post", "", 400, body(note="please"), Idempotency_Key="k-1"))
    watch.step("api-asks POST", call("post", "", 201, body(), Idempotency_Key="k-1"), meanwhile=made)
    watch.step("api-asks POST again", call("post", "", 201, body(), Idempotency_Key="k-1"))
    at = f"/{ConsentAsk.objects.get().id}"
    watch.step("api-asks GET", answers(lambda: _get(browser, key, ""), 200))
    watch.step("api-ask GET", answers(lambda: _get(browser, key, at), 200))
    watch.step("api-ask GET foreign", answers(lambda: _get(browser, key, f"/{foreign}"), 404))
    watch.step("api-ask-resend POST early", call("post", f"{at}/resend", 429))
    with travel(timezone.now() + timedelta(days=4)):
        watch.step("api-ask-resend POST", call("post", f"{at}/resend", 200))
    watch.step("api-ask-resend POST foreign", call("post", f"/{foreign}/resend", 404))
    watch.step("api-ask-cancel POST", call("post", f"{at}/cancel", 200))
    watch.step("api-ask-cancel POST again", call("post", f"{at}/cancel", 200))
    watch.step("api-ask-cancel POST foreign", call("post", f"/{foreign}/cancel", 404))
    watch.finish()


def _get(browser: Client, key: str, where: str) -> Any:
    return browser.get(f"/api/v1/consent-asks{where}", headers={"Authorization": f"Bearer {key}"})
