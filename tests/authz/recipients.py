"""What recipients have: data that came, asks, endpoints, keys; of one in force, one that ended, and another."""

import uuid
from datetime import timedelta
from typing import Any

import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.parties.directory import AccountFacts, ensure_account, ensure_customer
from broker.parties.keys import create_application, revoke_key
from broker.parties.models import Application, Organisation
from broker.rehearsal import paper
from broker.terms import Actor
from consents import actions
from consents.asking.acts import Asker
from consents.asking.tokens import link_of
from consents.stopping import record
from consents.stopping.models import Stop
from requests_app import acceptance
from requests_app.brought import dropping
from requests_app.hooks import actions as hooks
from requests_app.hooks.models import Delivery
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.pull import actor_of
from requests_app.receive import receive
from tests.authz.named import Named
from tests.hooks_world import endpoint
from tests.integration import asking_support
from tests.integration.test_release import STAFF
from tests.recipients_world import DAILY, analyst, browser_of
from tests.requests_world import ACCOUNT, ACTOR, World, grant, organisation, reply, run_job

NEIGHBOUR, HOOK = "40900041", "https://hooks.example.com/in"


def own(named: Named, w: World) -> ManualRequest:
    """Name what the recipient in force has, its person and its keys; give its request."""
    manual = _things(named.own, w)
    named.own["organisation"] = w.organisation.id
    named.own["unanswered"] = _waits(w)
    named.browsers["analyst"] = _person(named.own, w.organisation, "ana")
    named.keys["key"] = w.key
    _keys(named, w.organisation)
    return manual


def _waits(w: World) -> uuid.UUID:
    """Ask for readings and bills of which nothing came."""
    return w.requested(**{"from": "2025-01-01", "to": "2025-02-01", "data_types": ["usage_daily", "bill"]}).id


def ended(named: Named, w: World) -> None:
    """Let another recipient have read her data, and then her permission end."""
    row, app, key = organisation("ended", timezone.now())
    gone = World(row, app, key, w.customer, w.account, _granted(w.customer, w.account, row))
    _things(named.ended, gone)
    named.browsers["ended"], named.keys["ended-key"] = _person(named.ended, row, "eva"), key
    reading = Client().get(
        f"/api/v1/data-requests/{named.ended['request']}/readings", headers={"Authorization": f"Bearer {key}"}
    )
    assert reading.status_code == 200, reading.content
    actions.revoke(gone.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    named.ended["consent"] = gone.consent.id
    named.own["attest"] = record.attest_token(Stop.objects.get(consent=gone.consent).id)


def rival(named: Named) -> World:
    """Enrol a third recipient, with a customer and things of its own."""
    now, customer_id = timezone.now(), uuid.uuid4()
    row, app, key = organisation("rival", now)
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer_id), subject=customer_id, body={})
        customer = ensure_customer(customer_id, "lee@member.example", language="en", ref=ref, now=now)
        facts = AccountFacts(NEIGHBOUR, "Lee Member", "3 Example Road")
        account = ensure_account(customer, "obec", facts, ref=ref, now=now)
    made = World(row, app, key, customer, account, _granted(customer, account, row))
    named.rival |= {"consent": made.consent.id, "account": account.id, "account_number": NEIGHBOUR}
    _things(named.rival, made, NEIGHBOUR)
    named.rival["number"] = made.consent.number
    named.browsers["rival"], named.keys["rival-key"] = _person(named.rival, row, "rob"), key
    return made


def _person(named: dict[str, Any], house: Organisation, name: str) -> Client:
    user = analyst(house, name)
    named["drop"] = dropping.begin(user, now=timezone.now()).id
    return browser_of(user)


def _granted(customer: Any, account: Any, to: Organisation) -> Any:
    with transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", customer.id), subject=customer.id, body={})
        return grant(customer, to, [account], ref=ref, now=timezone.now(), letter=paper.pdf([[to.slug]]))


def _things(named: dict[str, Any], w: World, account: str = ACCOUNT) -> ManualRequest:
    manual = w.manual(accounts=[account])
    run_job("manual.send", manual.id)
    to = [f"r.{manual.thread_token}@localhost"]
    receive(reply(manual, account=account), envelope_from="", envelope_to=to, now=timezone.now())
    file = ReceivedFile.objects.get(message__manual=manual)
    assert isinstance(acceptance.accept(file, DAILY, actor=STAFF, now=timezone.now()), ReceivedFile)
    named |= {"request": manual.request_id, "manual": manual.id, "file": file.id}
    made = asking_support.make(Asker.app(w.application), email=f"{w.organisation.slug}@member.example")
    named |= {"ask": made.id, "asked": link_of(made.id).strip("/").removeprefix("asked/")}
    hook = endpoint(w, HOOK).endpoint
    assert hooks.ping(hook, actor=actor_of(w.application), now=timezone.now())
    named |= {"endpoint": hook.id, "delivery": Delivery.objects.filter(endpoint=hook).latest("at").id}
    named["key"] = w.application.id
    path = f"/api/v1/data-requests/{named['request']}/files/{file.id}/link"
    bearer = {"Authorization": f"Bearer {w.key}"}
    answer = Client().post(path, "", content_type="application/json", headers=bearer)
    assert answer.status_code == 201, answer.content
    named["link"] = answer.json()["link"].rpartition("/")[2]
    return manual


def _keys(named: Named, of: Organisation) -> None:
    now = timezone.now()
    long = now + timedelta(days=90)

    def made(name: str, **more: Any) -> tuple[Application, str]:
        return create_application(
            of, name, "test", expires_at=more.pop("until", long), actor=ACTOR, now=timezone.now(), **more
        )

    named.keys["wrong-key"] = "obk_test_" + "x" * 43
    # The database keeps no live key in a rehearsal: this is what one looks like that came from elsewhere.
    named.keys["live-key"] = named.keys["key"].replace("_test_", "_live_")
    named.keys["narrow-key"] = made("Narrow", operations=["webhooks"], data_types=["bill"])[1]
    named.keys["sibling-key"] = made("Sibling")[1]
    gone, named.keys["revoked-key"] = made("Revoked")
    assert revoke_key(gone, actor=ACTOR, now=now)
    with time_machine.travel(now - timedelta(days=40), tick=False):
        named.keys["expired-key"] = made("Expired", until=now - timedelta(days=1))[1]
