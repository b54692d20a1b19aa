"""Webhooks: what people and applications do with endpoints and deliveries, and what the database holds."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from broker import jobs, vault
from broker.jobs.models import Job
from broker.terms import Actor, Refusal
from requests_app.hooks import actions
from requests_app.hooks.actions import Made
from requests_app.hooks.models import Delivery, Endpoint, Rest, SigningKey
from requests_app.hooks.outbox import SEND
from tests.clock import travel
from tests.hooks_world import endpoint, enter, hooked, later, rested
from tests.requests_world import events, world

STAFF = Actor("s", uuid.uuid4(), role="staff")


# --- what people and applications do -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "chosen", "code"),
    [
        ("http://hooks.example.com/in", ["consent.granted"], "webhook.address"),
        ("https://10.0.0.1/in", ["consent.granted"], "webhook.address"),
        ("https://ozarkborder.smarthub.coop/in", ["consent.granted"], "webhook.address"),
        ("https://hooks.example.com/in", [], "ask.invalid"),
        ("https://hooks.example.com/in", ["consent.granted", "consent.granted"], "ask.invalid"),
        ("https://hooks.example.com/in", ["consent.everything"], "ask.invalid"),
        ("https://hooks.example.com/in", ["webhook.ping"], "ask.invalid"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused(committing: str, url: str, chosen: list[str], code: str) -> None:
    w = world()
    found = actions.create_endpoint(w.application, url, chosen, actor=STAFF, now=timezone.now())
    assert isinstance(found, Refusal)
    assert found.code == code
    assert not Endpoint.objects.exists()
    assert not events("hook.created")


def test_an_application_has_ten_endpoints_at_most(committing: str) -> None:
    w, url = world(), "https://hooks.example.com/in"
    rows = [endpoint(w, url).endpoint for _ in range(actions.MOST_ENDPOINTS)]

    def more() -> Made | Refusal:
        return actions.create_endpoint(w.application, url, ["data.ready"], actor=STAFF, now=timezone.now())

    assert more() == Refusal("webhook.too_many")
    assert actions.disable(rows[0], because="application", actor=STAFF)
    assert not actions.disable(rows[0], because="application", actor=STAFF)
    assert isinstance(more(), Made)


def test_a_test_is_sent_once_and_only_so_often(committing: str, settings: Any) -> None:
    with hooked(settings, 500, types=["data.ready"]) as made:
        sent = actions.ping(made.endpoint, actor=made.actor, now=timezone.now())
        assert isinstance(sent, Delivery)
        assert made.send("webhook.ping") == "dead"
        assert made.got() == [("webhook.ping", {"endpoint": str(made.endpoint.id)})]
        assert not Rest.objects.exists()
        for _ in range(actions.PINGS.most - 1):
            assert isinstance(actions.ping(made.endpoint, actor=made.actor, now=timezone.now()), Delivery)
        assert actions.ping(made.endpoint, actor=made.actor, now=timezone.now()) == Refusal("rate.limited")
        actions.disable(made.endpoint, because="person", actor=STAFF)
        assert actions.ping(made.endpoint, actor=made.actor, now=timezone.now()) == Refusal("state.conflict")
        assert actions.rotate(made.endpoint, actor=made.actor, now=timezone.now()) == Refusal("state.conflict")


def test_a_dead_letter_is_sent_again_with_its_id_and_a_fresh_three_days(committing: str, settings: Any) -> None:
    with hooked(settings, 500) as made:
        enter(made.world.consent)
        row = made.delivery("consent.granted")
        assert actions.resend(row, actor=STAFF, now=timezone.now()) == Refusal("state.conflict")  # on its way
        now = timezone.now()
        while made.delivery("consent.granted").state != "dead":
            with travel(now):
                made.send("consent.granted", now=now)
            now = max(made.delivery("consent.granted").next_at or now, rested(made)) + timedelta(seconds=1)
        tries = made.delivery("consent.granted").attempts
        with travel(now + timedelta(hours=1)):
            again = actions.resend(row, actor=STAFF, now=timezone.now())
            assert isinstance(again, Delivery)
            assert (again.state, again.before, again.attempts) == ("queued", tries, tries)
            assert made.send("consent.granted", now=timezone.now()) == "waiting"
            made.receiver.statuses = [204]
        with travel(now + timedelta(hours=3)):
            assert made.send("consent.granted", now=timezone.now()) == "delivered"
            assert isinstance(actions.resend(row, actor=STAFF, now=timezone.now()), Delivery)
            assert made.send("consent.granted", now=timezone.now()) == "delivered"
        assert len(set(made.ids())) == 1
        assert len(events("hook.resent")) == 2


# --- evidence ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda: Delivery.objects.update(data={"consent": str(uuid.uuid4())}),
        lambda: Delivery.objects.update(message=uuid.uuid4()),
        lambda: Delivery.objects.update(type="consent.revoked"),
        lambda: Delivery.objects.update(attempts=7),
        lambda: Delivery.objects.update(state="delivered"),
        lambda: Delivery.objects.all().delete(),
        lambda: Endpoint.objects.update(url="https://elsewhere.example.com/"),
        lambda: Endpoint.objects.update(disabled_at=None, disabled_because=""),
        lambda: SigningKey.objects.update(secret=vault.Sealed(b"x" * 60)),
        lambda: SigningKey.objects.update(ends_at=later(days=30)),
        lambda: SigningKey.objects.all().delete(),
    ],
)
def test_the_database_refuses_to_say_otherwise(committing: str, settings: Any, change: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        actions.rotate(made.endpoint, actor=STAFF, now=timezone.now())
        SigningKey.objects.filter(ends_at=None)
        actions.disable(made.endpoint, because="person", actor=STAFF)
        with pytest.raises(DatabaseError):
            change()


def test_jobs_of_webhooks_name_ids_alone(committing: str, settings: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        job = Job.objects.get(kind=SEND)
        assert job.subject_id == made.delivery("consent.granted").id
        assert jobs.run(job.id)
