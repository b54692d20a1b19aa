"""Webhooks through the API: an application sets up its own endpoints, sees what was sent, and nobody else's."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from requests_app.hooks import query
from requests_app.hooks.models import Endpoint, SigningKey
from tests.api_contract import holds
from tests.hooks_world import HooksWorld, endpoint, enter, hooked
from tests.requests_world import World, events, organisation, world

URL = "https://hooks.example.com/in"


def call(w: World, method: str, path: str, body: Any = None) -> Any:
    answer = w.call(method, path, body)
    holds(method.upper(), f"/api/v1/{path}", answer)
    return answer


def test_from_an_endpoint_to_a_message_that_verifies(committing: str, settings: Any) -> None:
    with hooked(settings, types=["data.ready"]) as made:
        answer = call(made.world, "post", "webhook-endpoints", {"url": made.receiver.url, "types": ["consent.granted"]})
        assert (answer.status_code, answer.json()["keys"]) == (201, 1)
        secret, at = answer.json()["secret"], f"webhook-endpoints/{answer.json()['id']}"
        assert call(made.world, "post", f"{at}/ping").status_code == 202
        enter(made.world.consent)
        made.send_all()
        consent = {"consent": str(made.world.consent.id)}
        assert made.got(secret) == [
            ("webhook.ping", {"endpoint": answer.json()["id"]}),
            ("consent.granted", consent),
        ]
        found = call(made.world, "get", f"{at}/deliveries").json()["deliveries"]
        assert [(each["type"], each["state"], each["code"], each["data"]) for each in found] == [
            ("consent.granted", "delivered", "http_204", consent),
            ("webhook.ping", "delivered", "http_204", {"endpoint": answer.json()["id"]}),
        ]
        assert {each["message"] for each in found} == set(made.ids())
        again = call(made.world, "post", f"webhook-deliveries/{found[0]['id']}/resend")
        assert (again.status_code, again.json()["state"]) == (202, "queued")
        assert call(made.world, "post", f"webhook-deliveries/{found[0]['id']}/resend").status_code == 409
        made.send_all()
        assert made.ids()[-1] == found[0]["message"]


def test_a_secret_stands_in_two_answers_and_in_no_other(committing: str) -> None:
    w = world()
    made = call(w, "post", "webhook-endpoints", {"url": URL, "types": ["data.ready"]}).json()
    at = f"webhook-endpoints/{made['id']}"
    newer = call(w, "post", f"{at}/rotate", {"at_once": False}).json()
    assert made["secret"] != newer["secret"]
    assert (newer["keys"], newer["older_key_ends_at"] is not None) == (2, True)
    assert call(w, "post", f"{at}/rotate", {"at_once": True}).json()["keys"] == 1
    for path in ("webhook-endpoints", at, f"{at}/deliveries"):
        assert "whsec_" not in call(w, "get", path).content.decode()
    assert SigningKey.objects.count() == 3


@pytest.mark.parametrize(
    ("body", "status", "code", "fields"),
    [
        ({"url": "http://hooks.example.com/in", "types": ["data.ready"]}, 400, "webhook.address", ["url"]),
        ({"url": "https://127.0.0.1/in", "types": ["data.ready"]}, 400, "webhook.address", ["url"]),
        ({"url": URL, "types": ["data.everything"]}, 400, "ask.invalid", ["types"]),
        ({"url": URL, "types": []}, 400, "ask.invalid", ["types"]),
        ({"url": URL, "types": "data.ready"}, 400, "ask.invalid", ["types"]),
        ({"url": URL, "types": [["data.ready"]]}, 400, "ask.invalid", ["types"]),
        ({"url": 5, "types": ["data.ready"]}, 400, "ask.invalid", ["url"]),
        ({"url": "", "types": ["data.ready"]}, 400, "ask.invalid", ["url"]),
        ({"url": URL}, 400, "ask.invalid", ["types", "url"]),
        ({"url": URL, "types": ["data.ready"], "secret": "x"}, 400, "ask.invalid", ["types", "url"]),
        ([], 400, "ask.invalid", ["types", "url"]),
    ],
)
def test_what_is_no_endpoint_is_refused(sqlite_db: str, body: Any, status: int, code: str, fields: Any) -> None:
    answer = call(world(), "post", "webhook-endpoints", body)
    found = answer.json()
    assert (answer.status_code, found["code"], found.get("fields")) == (status, code, fields)
    assert not Endpoint.objects.exists()


def test_another_application_sees_nothing_of_it(committing: str) -> None:
    w = world()
    made = endpoint(w, URL).endpoint
    _other, _application, key = organisation("other", timezone.now())
    headers = {"Authorization": f"Bearer {key}"}
    at = f"/api/v1/webhook-endpoints/{made.id}"
    tried = [
        Client().get(at, headers=headers),
        Client().get(f"{at}/deliveries", headers=headers),
        Client().generic("POST", f"{at}/ping", headers=headers),
        Client().generic("POST", f"{at}/disable", headers=headers),
        Client().post(f"{at}/rotate", {"at_once": True}, content_type="application/json", headers=headers),
        Client().generic("POST", f"/api/v1/webhook-deliveries/{uuid.uuid4()}/resend", headers=headers),
    ]
    assert {(each.status_code, each.json()["code"]) for each in tried} == {(404, "not_found")}
    assert Client().get("/api/v1/webhook-endpoints", headers=headers).json() == {"endpoints": [], "next": None}
    assert len(events("auth.foreign")) == len(tried)
    made.refresh_from_db()
    assert made.disabled_at is None


def test_pages_show_each_delivery_once(committing: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "PAGE", 3)
    with hooked(settings, 500) as made:
        for _ in range(8):
            call(made.world, "post", f"webhook-endpoints/{made.endpoint.id}/ping")
        made.send_all()
        assert len(walked(made, "")) == len(set(walked(made, ""))) == 8
        assert len(walked(made, "state=dead&")) == 8
        assert walked(made, "state=delivered&") == []
        at = f"webhook-endpoints/{made.endpoint.id}/deliveries"
        assert call(made.world, "get", f"{at}?state=lost").json()["fields"] == ["state"]
        cursor = call(made.world, "get", at).json()["next"]
        assert call(made.world, "get", f"{at}?state=dead&cursor={cursor}").status_code == 400


def walked(made: HooksWorld, filters: str) -> list[str]:
    """Give the ids of every page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = f"cursor={cursor}" if cursor else ""
        page = call(made.world, "get", f"webhook-endpoints/{made.endpoint.id}/deliveries?{filters}{more}").json()
        found += [each["id"] for each in page["deliveries"]]
        cursor = page["next"]
    return found


def test_the_twenty_first_test_of_an_hour_says_when_to_come_again(sqlite_db: str) -> None:
    w = world()
    at = f"webhook-endpoints/{endpoint(w, URL).endpoint.id}/ping"
    assert {call(w, "post", at).status_code for _ in range(20)} == {202}
    answer = call(w, "post", at)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate.limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
