"""A program's own key, or its webhook's login, in the wrong place: refused in words of its own, and not counted."""

import json
from typing import Any

import pytest
from django.test import Client

from broker import looking
from broker.inlets.models import Incident, Refused, Watched
from broker.parties.models import Role
from requests_app.hooks.models import Endpoint
from tests.api_contract import holds
from tests.integration.test_gate_requests import CODE, database_bytes
from tests.integration.test_held_files import signed_in
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World, events, world

SECRET, WORD = "Thimble!Gravel8", "Gravel9lamp"
AT = "/api/v1/webhook-endpoints"


@pytest.fixture
def w(sqlite_db: str) -> World:
    return world()


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def uncounted() -> bool:
    return not any(each.objects.exists() for each in (Watched, Refused, Incident)) and not events("gate.refused")


WAYS = {
    "the query": lambda w: w.get(f"consents?api_key={w.key}"),
    "the query of another name": lambda w: w.get(f"consents?token={w.key}"),
    "the query behind others": lambda w: w.get(f"consents?cursor=a&access_token={w.key}"),
    "a member": lambda w: w.post({**w.ask(), "api_key": w.key}),
    "another header": lambda w: Client().get(
        "/api/v1/consents", headers={"Authorization": f"Bearer {w.key}", "X-Proxy": f"Token {w.key}"}
    ),
    "no key where it belongs": lambda w: Client().get(f"/api/v1/consents?api_key={w.key}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_key_of_ours_in_the_wrong_place_is_refused_and_suspends_nobody(w: World, way: str) -> None:
    for _each in range(4):
        answer = WAYS[way](w)
        assert code(answer) == (403, "key.misplaced")
    said = answer.json()
    assert "Authorization header" in said["instead"]
    assert "replace this key" in said["instead"]
    holds(*(("POST", "/api/v1/data-requests") if way == "a member" else ("GET", "/api/v1/consents")), answer)
    assert uncounted()
    assert len(events("gate.misplaced")) == 4
    assert w.key not in answer.content.decode()
    assert w.key.encode() not in database_bytes()
    assert w.get("consents").status_code == 200


BESIDE = {
    "a login in the query": lambda w: w.get(f"consents?api_key={w.key}&pw={SECRET}"),
    "a login in the body": lambda w: w.post({**w.ask(), "api_key": w.key, "note": f"her password is {SECRET}"}),
    "a login in the key's own member": lambda w: w.post({**w.ask(), "api_key": f"{w.key} password: {SECRET}"}),
    "one letter more than a key has": lambda w: w.get(f"consents?api_key={w.key}a"),
    "one letter less": lambda w: w.get(f"consents?api_key={w.key[:-1]}"),
    "a letter before it": lambda w: w.get(f"consents?api_key=x{w.key}"),
    "another kind of key": lambda w: w.get(f"consents?api_key={w.key.replace('obk_', 'sbk_')}"),
}


@pytest.mark.parametrize("what", BESIDE)
def test_whatever_stands_beside_it_counts(w: World, what: str) -> None:
    answer = BESIDE[what](w)
    assert code(answer) == (403, CODE)
    assert Watched.objects.get().count == 1
    assert not events("gate.misplaced")
    assert SECRET not in answer.content.decode()


def test_a_person_of_a_recipient_reads_it_on_a_page(w: World) -> None:
    ana = browser_of(analyst(w.organisation, "ana"))
    for _each in range(4):
        page = ana.post("/recipient/", {"note": f"api_key={w.key}"})
        assert page.status_code == 403
    assert "Your key stands in the wrong place" in page.content.decode()
    spanish = Client().post("/my/sign-in/", {"email": f"api_key={w.key}"}, headers={"accept-language": "es"})
    assert "Su clave está en el lugar equivocado" in spanish.content.decode()
    assert w.key not in page.content.decode() + spanish.content.decode()
    assert uncounted()
    assert ana.get("/recipient/").status_code == 200


def test_what_our_own_people_have_of_a_key_is_an_incident_still(w: World) -> None:
    page = signed_in(Role.STAFF).post("/admin/tables/", {"note": f"api_key={w.key}"})
    assert page.status_code == 403
    assert len(events("gate.incident")) == 1
    assert not events("gate.misplaced")


def test_where_the_engine_breaks_over_the_rest_nothing_is_taken(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = looking.scan

    def breaks(text: str, inlet: str) -> Any:
        if w.key not in text:
            raise RuntimeError(text)
        return scan(text, inlet)

    monkeypatch.setattr(looking, "scan", breaks)
    assert code(w.get(f"consents?api_key={w.key}")) == (503, "gate.unchecked")
    assert not events("gate.misplaced")


def hook(url: str, **more: Any) -> str:
    return json.dumps({"url": url, "types": ["data.ready"], **more})


def say(w: World, body: str, at: str = AT, key: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {w.key if key is None else key}", "Idempotency-Key": "x"}
    return Client().post(at, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("host", ["hooks.example.com", "hooks.example.com/in", "hooks.example.com/in/a;b"])
def test_a_webhooks_address_with_a_login_is_refused_as_an_address(w: World, host: str) -> None:
    for _each in range(4):
        answer = say(w, hook(f"https://billing:{WORD}@{host}"))
        assert code(answer) == (400, "webhook.address")
    assert answer.json()["fields"] == ["url"]
    assert answer.json()["detail"] == "The address carries a user name and a password."
    holds("POST", AT, answer)
    assert uncounted()
    assert len(events("gate.misplaced")) == 4
    assert not Endpoint.objects.exists()
    assert WORD not in answer.content.decode()
    assert WORD.encode() not in database_bytes()
    assert say(w, hook(f"https://{host}")).status_code == 201


URL = f"https://billing:{WORD}@hooks.example.com/in"
COUNTED = {
    "a portal": hook(f"https://rob77:{WORD}@obec.smarthub.coop/"),
    "a mailbox as the name": hook(f"https://rob77%40mill.example:{WORD}@hooks.example.com/in"),
    "a word that is encoded": hook("https://billing:Gravel%39lamp@hooks.example.com/in"),
    "another scheme": hook(f"ftp://billing:{WORD}@hooks.example.com/in"),
    "no TLS": hook(f"http://billing:{WORD}@hooks.example.com/in"),
    "a machine inside": hook(f"https://billing:{WORD}@10.0.0.1/in"),
    "a query": hook(f"{URL}?password={SECRET}"),
    "words around it": hook(f"see {URL}"),
    "two addresses": hook(f"{URL} {URL}"),
    "a second login": hook(f"https://a:b@billing:{WORD}@hooks.example.com/in"),
    "a login in its path": hook(f"{URL}/user=rob77;password={SECRET}"),
    "a login in another member": hook(URL, note=f"password: {SECRET}"),
    "the address in another member": hook(URL, note=URL),
    "another member alone": hook("https://hooks.example.com/in", note=URL),
    "a member of that name inside": json.dumps({"hook": {"url": URL}}),
    "the name twice": f'{{"url": "https://hooks.example.com/", {hook(URL)[1:]}',
    "the name twice, that one first": f'{hook(URL)[:-1]}, "url": "https://hooks.example.com/"}}',
    "a list": json.dumps([["url", URL]]),
    "no JSON": f"url={URL}",
}


@pytest.mark.parametrize("what", COUNTED)
def test_a_login_in_any_other_address_or_place_counts(w: World, what: str) -> None:
    answer = say(w, COUNTED[what])
    assert code(answer) == (403, CODE)
    assert Watched.objects.get().count == 1
    assert not Endpoint.objects.exists()
    assert WORD.encode() not in database_bytes()


def test_it_is_so_at_that_address_and_for_a_program_alone(w: World) -> None:
    assert code(say(w, hook(URL), at="/api/v1/data-requests")) == (403, CODE)
    assert Watched.objects.get().count == 1
    assert code(say(w, hook(URL), key="obk_test_" + "x" * 43)) == (403, CODE)
    assert not events("gate.misplaced")


def test_a_key_of_ours_in_a_webhooks_address_is_said_to_be_one(w: World) -> None:
    assert code(say(w, hook(f"https://billing:{w.key}@hooks.example.com/in"))) == (403, "key.misplaced")
    assert uncounted()
