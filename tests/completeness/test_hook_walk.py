"""Webhooks: each job leaves exactly the declared events."""

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.parties.models import Role
from consents.models import Consent
from requests_app.hooks import sending
from requests_app.hooks.models import Delivery
from requests_app.hooks.outbox import SEND, tell
from tests.clock import travel
from tests.completeness.declared import DECLARED
from tests.completeness.test_completeness_walk import answers
from tests.completeness.test_every_job import runs, watching
from tests.completeness.watch import Watch
from tests.hooks_world import HooksWorld, endpoint, enter, hooked, later
from tests.integration.console_support import officer
from tests.requests_world import ACTOR


def told(made: HooksWorld, consent: Consent) -> Delivery:
    """Write one message."""
    with transaction.atomic():
        ref = log.append("consent.resumed", actor=ACTOR, subject=consent.customer_id, body={"n": uuid.uuid4()})
        (row,) = tell(
            "consent.resumed", {"consent": consent.id}, organisation=consent.recipient_id, ref=ref, now=timezone.now()
        )
    return row


def test_the_jobs_of_webhooks(committing: str, settings: Any) -> None:
    kinds = ("hook.send", "hook.send refused", "hook.send resting", "hook.send gone", "hook.send moot", "hook.watch")
    watch = watching(*kinds)
    with hooked(settings, 204, 500, 500, 410, types=["consent.resumed"]) as made:
        consent = made.world.consent
        watch.know("application", made.world.application.id)
        enter(consent)

        def step(name: str, *, hours: float = 0) -> None:
            row = told(made, consent)
            watch.names["delivery"] = str(row.id)
            with travel(later(hours=hours)):
                watch.step(name, runs(SEND, row.id, now=timezone.now()))

        step("hook.send")
        step("hook.send refused")
        run_again = told(made, consent)
        jobs.run_due(timezone.now())  # a second failure in a row: now the endpoint is left alone
        assert run_again.attempts == 0
        step("hook.send resting")
        step("hook.send gone", hours=1)
        row = Delivery.objects.filter(state="queued").first()
        assert row is not None
        watch.names["delivery"] = str(row.id)
        with travel(later(hours=1)):
            watch.step("hook.send moot", runs(SEND, row.id, now=timezone.now()))
        with transaction.atomic():
            jobs.enqueue(sending.WATCH, sending.DAILY)
        watch.step("hook.watch", runs(sending.WATCH, sending.DAILY))
    watch.finish()


def test_what_an_application_and_the_desk_do(committing: str, settings: Any) -> None:
    watch, staff = Watch(DECLARED, prefix="hooks"), officer(Role.STAFF)
    with hooked(settings, 500) as made:
        w, foreign = made.world, uuid.uuid4()
        watch.know("application", w.application.id)
        watch.names.update(foreign=str(foreign), url=made.receiver.url, endpoint=str(made.endpoint.id))

        def api(method: str, path: str, expect: int, body: Any = None) -> Callable[[], Any]:
            return answers(lambda: w.call(method, path, body), expect)

        new = {"url": made.receiver.url, "types": ["consent.granted"]}
        watch.step("api-hooks POST", api("post", "webhook-endpoints", 201, new))
        wrong = {**new, "url": "https://10.0.0.1/in"}
        watch.step("api-hooks POST refused", api("post", "webhook-endpoints", 400, wrong))
        watch.step("api-hooks GET", api("get", "webhook-endpoints", 200))
        at, other = f"webhook-endpoints/{made.endpoint.id}", f"webhook-endpoints/{foreign}"
        watch.step("api-hook GET", api("get", at, 200))
        watch.step("api-hook GET foreign", api("get", other, 404))
        watch.step("api-hook-rotate POST", api("post", f"{at}/rotate", 200, {"at_once": False}))
        watch.step("api-hook-rotate POST foreign", api("post", f"{other}/rotate", 404, {"at_once": False}))
        watch.step("api-hook-ping POST", api("post", f"{at}/ping", 202))
        watch.step("api-hook-ping POST foreign", api("post", f"{other}/ping", 404))
        assert made.send("webhook.ping") == "dead"
        ping = made.delivery("webhook.ping")
        watch.names["delivery"] = str(ping.id)
        watch.step("api-hook-deliveries GET", api("get", f"{at}/deliveries?state=dead", 200))
        watch.step("api-hook-deliveries GET foreign", api("get", f"{other}/deliveries", 404))
        watch.step("api-hook-resend POST", api("post", f"webhook-deliveries/{ping.id}/resend", 202))
        watch.step("api-hook-resend POST foreign", api("post", f"webhook-deliveries/{foreign}/resend", 404))
        assert made.send("webhook.ping") == "dead"
        watch.step("admin:webhooks GET", answers(lambda: staff.get("/admin/webhooks/"), 200))
        again = f"/admin/webhooks/messages/{ping.id}/"
        watch.step("admin:webhook-resend POST", answers(lambda: staff.post(again), 302))
        watch.step("admin:webhook-resend POST again", answers(lambda: staff.post(again), 302))
        off = f"/admin/webhooks/{made.endpoint.id}/disable/"
        watch.step("admin:webhook-disable POST", answers(lambda: staff.post(off), 302))
        watch.step("api-hook-disable POST", api("post", f"{at}/disable", 200))
        second = endpoint(w, made.receiver.url).endpoint
        watch.step("api-hook-disable POST first", api("post", f"webhook-endpoints/{second.id}/disable", 200))
        watch.step("api-hook-disable POST foreign", api("post", f"{other}/disable", 404))
    watch.finish()
