"""An organisation's people choose what their programs are told: they disable an address and take it up again."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from broker.parties import keys
from broker.parties.models import Role
from requests_app.hooks import actions
from requests_app.hooks.models import Delivery, Endpoint
from tests.hooks_world import endpoint
from tests.joint_world import person
from tests.recipients_world import analyst, browser_of
from tests.requests_world import ACTOR, World, events, organisation, world

URL = "https://hooks.acme.example/in"


@pytest.fixture
def w(committing: str) -> World:
    return world()


@pytest.fixture
def ana(w: World) -> Client:
    return browser_of(analyst(w.organisation))


def at(found: Endpoint, what: str) -> str:
    return f"/recipient/webhooks/{found.id}/{what}/"


def test_an_analyst_disables_an_address_and_takes_it_up_again_with_a_key_of_its_own(w: World, ana: Client) -> None:
    made = endpoint(w, URL, ["data.ready"])
    actions.ping(made.endpoint, actor=ACTOR, now=timezone.now())
    assert ana.post(at(made.endpoint, "disable")).status_code == 302
    made.endpoint.refresh_from_db()
    assert made.endpoint.disabled_because == "person"
    assert "Take it up again" in ana.get("/recipient/webhooks/").content.decode()
    answer = ana.post(at(made.endpoint, "again"), {"types": ["data.ready", "consent.revoked"]})
    new = Endpoint.objects.get(disabled_at=None)
    assert (new.url, set(new.types), new.application) == (URL, {"data.ready", "consent.revoked"}, w.application)
    assert answer.context["secret"].startswith("whsec_")
    assert answer.context["secret"] != made.secret
    assert answer["Cache-Control"].find("no-store") >= 0
    assert answer.context["secret"] not in ana.get("/recipient/webhooks/").content.decode()


def test_what_an_address_is_told_changes_in_one_step(w: World, ana: Client) -> None:
    made = endpoint(w, URL, ["data.ready"])
    assert 'value="data.ready"' in ana.get(at(made.endpoint, "again")).content.decode()
    assert ana.post(at(made.endpoint, "again"), {"types": ["consent.revoked"]}).status_code == 200
    assert [each.types for each in Endpoint.objects.filter(disabled_at=None)] == [["consent.revoked"]]
    assert (len(events("hook.disabled")), len(events("hook.created"))) == (1, 2)


def test_a_refusal_leaves_the_older_one_in_use(w: World, ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = endpoint(w, URL, ["data.ready"])
    for said in ({}, {"types": ["webhook.ping"]}, {"types": ["consent.everything"]}):
        assert ana.post(at(made.endpoint, "again"), said).status_code == 422
    monkeypatch.setattr(actions, "MOST_ENDPOINTS", 0)
    assert ana.post(at(made.endpoint, "again"), {"types": ["data.ready"]}).status_code == 422
    assert Endpoint.objects.get().disabled_at is None
    assert not events("hook.disabled")


def test_under_a_key_that_is_over_nothing_is_taken_up_again(w: World, ana: Client) -> None:
    made = endpoint(w, URL)
    keys.revoke_key(w.application, actor=ACTOR, now=timezone.now())
    assert "its key is over" in ana.get("/recipient/webhooks/").content.decode()
    assert ana.post(at(made.endpoint, "again"), {"types": ["data.ready"]}).status_code == 422
    assert Endpoint.objects.count() == 1


@pytest.mark.parametrize("what", ["disable", "again"])
def test_another_organisations_address_is_not_there(w: World, what: str) -> None:
    made = endpoint(w, URL)
    other = browser_of(analyst(organisation("other", timezone.now())[0], "bo"))
    assert other.post(at(made.endpoint, what), {"types": ["data.ready"]}).status_code == 404
    assert len(events("auth.foreign")) == 1
    for role in (Role.STAFF, Role.OFFICER, Role.APPROVER):
        assert browser_of(person(role)[0]).post(at(made.endpoint, what)).status_code == 404
    assert Client().post(at(made.endpoint, what)).status_code == 302
    made.endpoint.refresh_from_db()
    assert (made.endpoint.disabled_at, Endpoint.objects.count()) == (None, 1)
    assert not Delivery.objects.exists()


def test_a_get_disables_nothing(w: World, ana: Client) -> None:
    made: Any = endpoint(w, URL)
    assert ana.get(at(made.endpoint, "disable")).status_code == 405
    assert ana.get(at(made.endpoint, "again")).status_code == 200
    assert Endpoint.objects.get().disabled_at is None
