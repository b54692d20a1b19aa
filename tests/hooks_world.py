"""A world for tests of webhooks: a recipient's application with an endpoint that a server on this machine plays."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import time_machine
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook

from broker import jobs
from broker.audit import log
from broker.jobs.models import Job
from broker.jobs.states import OPEN, JobState
from broker.terms import Actor
from consents import actions as consent_actions
from consents.actions import move
from consents.lifecycle import State
from consents.models import Consent
from requests_app.hooks import actions, events
from requests_app.hooks.actions import Made
from requests_app.hooks.models import Delivery, Endpoint, Rest
from requests_app.hooks.outbox import SEND
from requests_app.pull import actor_of
from tests.hook_receivers import Receiver, receiving
from tests.requests_world import ACTOR, World, world


@dataclass
class HooksWorld:
    """Who there is, the endpoint, and what its server got."""

    world: World
    receiver: Receiver
    endpoint: Endpoint
    secret: str

    @property
    def actor(self) -> Actor:
        """The application."""
        return actor_of(self.world.application)

    def send(self, type_: str, *, now: datetime | None = None) -> str:
        """Run the job of the newest message of a type that is open, and give the delivery's state afterwards."""
        row = self.delivery(type_)
        job = Job.objects.filter(kind=SEND, subject_id=row.id, state__in=OPEN).first()
        assert job is None or jobs.run(job.id, now=now)
        return self.delivery(type_).state

    def send_all(self) -> None:
        """Run every job of ours that is due."""
        now = timezone.now()
        due = Job.objects.filter(kind=SEND, state=JobState.QUEUED, due_at__lte=now).order_by("due_at", "created_at")
        for job in due:
            assert jobs.run(job.id, now=now)

    def delivery(self, type_: str) -> Delivery:
        """Give the newest delivery of a type."""
        return Delivery.objects.filter(type=type_).order_by("-at", "-id")[0]

    def types(self) -> list[str]:
        """Give the types of what was written, in order."""
        return list(Delivery.objects.order_by("at", "audit_event_id").values_list("type", flat=True))

    def got(self, secret: str = "") -> list[tuple[str, dict[str, str]]]:
        """Verify what the server got, as a receiver does, and give type and ids of each."""
        found = []
        for request in self.receiver.got:
            with time_machine.travel(float(request.headers["webhook-timestamp"]), tick=False):  # as it came
                said = Webhook(secret or self.secret).verify(request.body, dict(request.headers.items()))
            found.append((said["type"], said["data"]))
        return found

    def ids(self) -> list[str]:
        """Give the ids of the messages that the server got."""
        return [request.headers["webhook-id"] for request in self.receiver.got]

    def body(self, at: int = -1) -> Any:
        """Give what a request said."""
        return json.loads(self.receiver.got[at].body)

    def revoke(self) -> None:
        """Let the customer stop."""
        her = Actor("c", self.world.customer.id)
        assert consent_actions.revoke(self.world.consent, actor=her, how="dashboard", now=timezone.now())


def endpoint(w: World, url: str, types: Sequence[str] = events.CHOOSABLE) -> Made:
    """Make an endpoint of the world's application."""
    made = actions.create_endpoint(w.application, url, types, actor=actor_of(w.application), now=timezone.now())
    assert isinstance(made, Made), made
    return made


def enter(consent: Consent, state: State = State.ACTIVE) -> None:
    """Let a consent enter into force as its seal does."""
    with transaction.atomic():
        ref = log.append("letter.sealed", actor=ACTOR, subject=consent.customer_id, body={})
        assert move(consent, state, ref=ref, now=timezone.now())
    consent.refresh_from_db()


@contextlib.contextmanager
def hooked(settings: Any, *statuses: int, types: Sequence[str] = events.CHOOSABLE, **more: Any) -> Iterator[HooksWorld]:
    """Make the world, with its consent signed and not yet in force, and run its receiver."""
    with receiving(*statuses, **more) as receiver:
        settings.WEBHOOK_EGRESS = [*settings.WEBHOOK_EGRESS, f"127.0.0.1:{receiver.port}"]
        w = world(state=State.SIGNED)
        made = endpoint(w, receiver.url, types)
        yield HooksWorld(w, receiver, made.endpoint, made.secret)


def later(**span: float) -> datetime:
    """Give a moment that far from now."""
    return timezone.now() + timedelta(**span)


def rested(made: HooksWorld) -> datetime:
    """Give the moment until which the endpoint is left alone; now where it is not."""
    return Rest.objects.get(endpoint=made.endpoint).until or timezone.now()
