"""Webhooks: each job leaves exactly the declared events."""

import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from consents.models import Consent
from requests_app.hooks import sending
from requests_app.hooks.models import Delivery
from requests_app.hooks.outbox import SEND, tell
from tests.clock import travel
from tests.completeness.test_every_job import runs, watching
from tests.hooks_world import HooksWorld, enter, hooked, later
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
