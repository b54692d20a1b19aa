"""Objects as an operation needs them to have a good answer, made anew where the last one was used up.

They are made in this process, by the acts of the product itself; only its limits on how many are made in an hour or a
day do not count here. The server under test keeps all of its own.
"""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest import mock

from django.db import transaction
from django.utils import timezone

from broker.audit import log
from broker.inlets import watching
from broker.parties.models import Role, User
from broker.parties.staff import create_user
from consents.asking import acts
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from requests_app import pull
from requests_app.fees import quoting
from requests_app.fees.lifecycle import SaidBy
from requests_app.hooks import actions, events, outbox
from requests_app.hooks.models import Delivery, Endpoint
from requests_app.models import ManualRequest
from requests_app.pull import actor_of
from requests_app.test_orders import at_coop, played
from tests.integration.asking_support import body
from tests.requests_world import ACTOR, World, run_job

# What a call uses up: after so many calls with the same object there is a fresh one.
OFTEN, SELDOM, RARELY = 2, 6, 40
IN_AN_HOUR = ("requests_app.desk.turns.wait", "consents.asking.acts._refused")


@contextmanager
def without_limits() -> Iterator[None]:
    """Make as many as are needed: the billing desk's turns and the limits of asks are not looked at in this process."""
    with mock.patch(IN_AN_HOUR[0], return_value=None), mock.patch(IN_AN_HOUR[1], return_value=None):
        yield


class Fresh:
    """The fresh objects of one caller."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._calls: Counter[str] = Counter()
        self._last: dict[str, dict[str, str]] = {}

    def let_go_on(self) -> None:
        """Have an officer let this caller go on: what is made up looks like a portal login now and then."""
        for row in watching.suspended():
            if row.application_id == self.world.application.id:
                watching.lift(row, self._officer(), "made up for a test", now=timezone.now())

    @staticmethod
    def _officer() -> User:
        found = User.objects.filter(role=Role.OFFICER).first()
        return found or create_user("lifts", "Officer", Role.OFFICER, password=None, actor=ACTOR)

    def ids(self, operation: str, *, anew: bool = False) -> dict[str, str]:
        """Give what stands in the address of an operation; nothing where it uses nothing up."""
        if operation not in MAKERS:
            return {}
        make_one, often = MAKERS[operation]
        if anew or self._calls[operation] % often == 0:
            self._last[operation] = make_one(self.world)
        self._calls[operation] += 1
        return self._last[operation]


def _pending(w: World, *, days_ago: int = 0) -> ConsentAsk:
    wanted = body(email=f"{uuid.uuid4().hex[:12]}@member.example")
    then = timezone.now() - timedelta(days=days_ago)
    made = acts.ask(Asker.app(w.application), wanted, idempotency_key=uuid.uuid4().hex, now=then)
    assert isinstance(made, acts.Made), made
    return made.ask


def _ask(w: World) -> dict[str, str]:
    return {"ask_id": str(_pending(w).id)}


def _old_ask(w: World) -> dict[str, str]:
    return {"ask_id": str(_pending(w, days_ago=4).id)}


def _granted(w: World) -> dict[str, str]:
    ask = _pending(w)
    assert played.grant(ask, w.application, now=timezone.now()) is None
    return {"ask_id": str(ask.id)}


def _endpoint(w: World) -> dict[str, str]:
    actor, now = actor_of(w.application), timezone.now()
    for each in Endpoint.objects.filter(application=w.application, disabled_at=None).order_by("-made_at")[2:]:
        actions.disable(each, because=Endpoint.Because.APPLICATION, actor=actor)  # there is room for a new one
    url = f"https://app.example/{uuid.uuid4().hex[:8]}"
    made = actions.create_endpoint(w.application, url, [events.CHOOSABLE[0]], actor=actor, now=now)
    assert isinstance(made, actions.Made)
    return {"endpoint_id": str(made.endpoint.id)}


def _dead_delivery(w: World) -> dict[str, str]:
    """Give a message that was given up."""
    found = _endpoint(w)
    endpoint = Endpoint.objects.get(id=found["endpoint_id"])
    with transaction.atomic():
        facts: dict[str, Any] = {"actor": ACTOR, "subject": w.application.id, "obj": "endpoint"}
        ref = log.append("hook.pinged", **facts, body={"endpoint": endpoint.id})
        (row,) = outbox.write([endpoint], events.PING, {"endpoint": endpoint.id}, ref=ref, now=timezone.now())
    for act, state, ended in (("hook.tried", "sending", None), ("hook.failed", "dead", timezone.now())):
        with transaction.atomic():
            ref = log.append(act, **facts, body={"delivery": row.id, "state": state, "attempt": 1})
            Delivery.objects.filter(id=row.id).update(
                state=state, attempts=1, ended_at=ended, next_at=None, audit_event_id=ref.id
            )
    return {**found, "delivery_id": str(row.id)}


def _sent(w: World) -> ManualRequest:
    asked = pull.pull(w.application, w.ask(), idempotency_key=uuid.uuid4().hex, now=timezone.now())
    assert isinstance(asked, pull.Outcome)
    manual = ManualRequest.objects.get(request=asked.request)
    assert run_job("manual.send", manual.id) == "done"
    return ManualRequest.objects.get(id=manual.id)


def _letter(w: World) -> dict[str, str]:
    return {"request_id": str(_sent(w).request_id)}


def _fee(w: World) -> dict[str, str]:
    manual = _sent(w)
    quoting.quote(manual, at_coop.FEE, said_by=SaidBy.PHONE, actor=ACTOR, now=timezone.now())
    return {"request_id": str(manual.request_id)}


def _came_back(w: World) -> dict[str, str]:
    manual = _sent(w)
    assert at_coop.bounce(manual, w.application, now=timezone.now()) is None
    return {"request_id": str(manual.request_id)}


Maker = Callable[[World], dict[str, str]]
MAKERS: dict[str, tuple[Maker, int]] = {
    **dict.fromkeys(("orderDecline", "orderExpiry", "cancelAsk", "seeAsk"), (_ask, OFTEN)),
    "orderGrant": (_ask, SELDOM),
    "resendAsk": (_old_ask, OFTEN),
    **dict.fromkeys(("orderConfirmation", "orderRevocation"), (_granted, RARELY)),
    **dict.fromkeys(
        ("seeWebhookEndpoint", "disableWebhookEndpoint", "rotateWebhookKey", "pingWebhookEndpoint"), (_endpoint, OFTEN)
    ),
    "listWebhookDeliveries": (_dead_delivery, SELDOM),
    "resendWebhookDelivery": (_dead_delivery, OFTEN),
    **dict.fromkeys(
        ("orderAnswer", "orderPartialAnswer", "orderLateAnswer", "orderFee", "orderBounce", "orderClock"),
        (_letter, SELDOM),
    ),
    **dict.fromkeys(("orderFeeAcceptance", "orderFeeRefusal"), (_fee, SELDOM)),
    "orderSendingAgain": (_came_back, RARELY),
}
