"""Orders of a test key: played people act by the acts of real ones, in a rehearsal alone."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from broker.db import installation
from broker.parties.keys import create_application
from broker.parties.models import Application
from consents.asking import acts
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from consents.models import Consent
from requests_app.test_orders import played
from tests import factories
from tests.api_contract import holds
from tests.integration.asking_support import application, make
from tests.integration.audit_support import acts as written
from tests.integration.grant_support import Desk, desk
from tests.several_world import numbers

__all__ = ["desk"]
ORDERS = ("grant", "decline", "expire", "confirm", "revoke")


def order(ask_id: uuid.UUID, what: str, key: str, *, expect: int = 200) -> dict[str, Any]:
    """Give an order by the API."""
    place = f"/api/v1/test/consent-asks/{ask_id}/{what}"
    answer = Client().post(place, "", content_type="application/json", headers={"Authorization": f"Bearer {key}"})
    holds("POST", place, answer)
    assert answer.status_code == expect, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_played_customer_signs_what_was_asked_is_confirmed_and_stops(desk: Desk) -> None:
    app, key = application(desk.organisation)
    ask = make(Asker.app(app))
    granted = order(ask.id, "grant", key)
    consent = Consent.objects.get()
    assert (granted["state"], granted["consent"]) == ("granted", str(consent.id))
    assert (consent.data_types, consent.purpose, consent.ends) == (ask.data_types, ask.purpose, ask.ends)
    assert (consent.history_from, consent.forward, consent.onward_recipients) == (ask.history_from, ask.forward, [])
    assert consent.accounts.get().last_four == ask.account_ending
    desk.work()
    consent.refresh_from_db()
    assert (consent.state, consent.assurance) == ("active", "L1")  # sealed by the worker, as any other
    order(ask.id, "confirm", key)
    order(ask.id, "confirm", key)
    consent.refresh_from_db()
    assert consent.assurance == "L3"
    order(ask.id, "revoke", key)
    consent.refresh_from_db()
    assert consent.state == "revoked"
    assert order(ask.id, "revoke", key, expect=409)["code"] == "state.conflict"
    assert order(ask.id, "grant", key, expect=409)["code"] == "asking.over"
    said = written()
    assert said.count("rehearsal.ordered") == 6  # each order, also one that came too late
    assert {"code.accepted", "letter.shown", "consent.granted", "ask.granted", "consent.revoked"} <= set(said)


@pytest.mark.parametrize(("what", "state"), [("decline", "declined"), ("expire", "expired")])
def test_an_ask_ends_as_ordered(committing: str, what: str, state: str) -> None:
    app, key = application(factories.organisation())
    ask = make(Asker.app(app), email=...)
    assert order(ask.id, what, key)["state"] == state
    assert order(ask.id, what, key, expect=409)["code"] == "asking.over"
    assert order(ask.id, "confirm", key, expect=409)["code"] == "state.conflict"


def test_a_played_customer_signs_once_for_a_list_of_accounts(desk: Desk) -> None:
    app, key = application(desk.organisation)
    ask = make(Asker.app(app), account=..., accounts=numbers(12))
    order(ask.id, "grant", key)
    desk.work()
    consent = Consent.objects.get()
    assert (consent.state, consent.assurance) == ("active", "L2")  # a played person of ours has looked
    endings = [each["ending"] for each in ask.accounts or ()]
    assert sorted(consent.accounts.values_list("last_four", flat=True)) == sorted(endings)
    order(ask.id, "confirm", key)
    consent.refresh_from_db()
    assert consent.assurance == "L3"


def test_only_the_application_that_asked_orders(committing: str) -> None:
    organisation = factories.organisation()
    ask = make(Asker.app(application(organisation)[0]))
    for key in (application(organisation, "Other")[1], application(factories.organisation())[1]):
        for what in ORDERS:
            order(ask.id, what, key, expect=404)
    assert ConsentAsk.objects.get().state == "pending"


@pytest.mark.undeclared
@pytest.mark.parametrize("declared", [True, False])
def test_on_a_live_installation_no_such_address_exists(committing: str, declared: bool) -> None:
    headers = {}
    if declared:
        installation.declare("live")
        _, key = _live()
        headers = {"Authorization": f"Bearer {key}"}
    for what in (*ORDERS, "nonsense"):
        for method in ("get", "post", "delete"):
            for sent in ({}, headers):
                place = f"/api/v1/test/consent-asks/{uuid.uuid4()}/{what}"
                assert getattr(Client(), method)(place, headers=sent).status_code == 404
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_event WHERE act IN (105, 106, 628)")
        assert cursor.fetchone()[0] == 0  # nobody was even asked who they are


@pytest.mark.undeclared
def test_nobody_is_played_on_a_live_installation(committing: str) -> None:
    installation.declare("live")
    app, _ = _live()
    made = acts.ask(Asker.app(app), _body(), idempotency_key="k", now=timezone.now())
    assert isinstance(made, acts.Made)
    for what in (played.grant, played.decline, played.expire, played.confirm, played.revoke):
        with pytest.raises(RuntimeError, match="only a rehearsal"):
            what(made.ask, app, now=timezone.now())
    assert ConsentAsk.objects.get().state == "pending"


def _live() -> tuple[Application, str]:
    now = timezone.now()
    return create_application(
        factories.organisation(), "Live", "live", expires_at=now + timedelta(days=1), actor=factories.TESTER, now=now
    )


def _body() -> dict[str, Any]:
    return {"purpose": "research", "data_types": ["bill"], "months": 1}


def test_two_orders_at_one_moment_have_one_customer_sign(desk: Desk) -> None:
    app, key = application(desk.organisation)
    ask = make(Asker.app(app))
    both = threading.Barrier(2)

    def one() -> int:
        try:
            both.wait(30)
            return Client().post(
                f"/api/v1/test/consent-asks/{ask.id}/grant", "", content_type="application/json",
                headers={"Authorization": f"Bearer {key}"},
            ).status_code  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as two:
        codes = [each.result() for each in [two.submit(one), two.submit(one)]]
    assert sorted(codes) == [200, 409]
    assert Consent.objects.count() == 1
    ask.refresh_from_db()
    assert ask.state == "granted"
