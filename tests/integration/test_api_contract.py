"""What the description of the API shows is so: examples are taken, codes have pages, oddities are refused."""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from broker.reasons import REASONS
from requests_app.api.description import Operation
from tests.api_contract import description, holds, operations, somewhere
from tests.hooks_world import endpoint
from tests.integration.test_release import delivered, path_of, revoke
from tests.requests_world import World, coop, run_job, world
from tests.unit.test_api_description import codes_of

KEY = {"Idempotency-Key": "an-example"}


def test_every_code_has_a_page_that_says_it(sqlite_db: str) -> None:
    for code in sorted({code for _, _, each in operations() for code in codes_of(each)}):
        page = Client().get(f"/problems/{code}")
        assert page.status_code == 200, code
        assert code in page.content.decode()
        assert REASONS[code].title in page.content.decode().replace("&#x27;", "'")


@pytest.fixture
def w(sqlite_db: str, tmp_path: Path, settings: Any) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world()


def ids_for(operation: str, w: World) -> dict[str, uuid.UUID]:
    """Make what an example needs, and give the ids in its address."""
    if operation == "attestDeletion":
        assert w.get(path_of(delivered(w))).status_code == 200
        revoke(w)
    ids = {"consent_id": w.consent.id}
    if operation == "rotateWebhookKey":
        ids["endpoint_id"] = endpoint(w, "https://hooks.example.com/in").endpoint.id
    if operation == "orderClock":
        manual = w.manual()
        run_job("manual.send", manual.id)
        ids["request_id"] = manual.request_id
    return ids


def bodies() -> list[tuple[str, str, str, Any]]:
    return [
        (path, method, f"{operation['operationId']}: {name}", example["value"])
        for path, method, operation in operations()
        if "requestBody" in operation
        for name, example in operation["requestBody"]["content"]["application/json"]["examples"].items()
    ]


@pytest.mark.parametrize(("path", "method", "name", "body"), bodies(), ids=[each[2] for each in bodies()])
def test_every_example_of_a_body_is_taken(w: World, path: str, method: str, name: str, body: Any) -> None:
    place = somewhere(path, **ids_for(name.partition(":")[0], w))
    headers = {"Authorization": f"Bearer {w.key}", **KEY}
    answer = getattr(Client(), method)(place, body, content_type="application/json", headers=headers)
    holds(method.upper(), place, answer)
    assert answer.status_code < 300, answer.content


@pytest.mark.parametrize(
    ("path", "method", "operation"), operations(), ids=[each[2]["operationId"] for each in operations()]
)
def test_what_nobody_described_is_refused_as_described(w: World, path: str, method: str, operation: Operation) -> None:
    key, place = {"Authorization": f"Bearer {w.key}"}, somewhere(path)
    json = "application/json"
    tried = [
        (getattr(Client(), method)(place), 401, "auth.missing"),
        (getattr(Client(), method)(place, headers={"Authorization": "Bearer obk_test_no"}), 401, "auth.invalid"),
        (getattr(Client(), method)(f"{place}?page=2", headers={**key, **KEY}), 400, "ask.invalid"),
        (Client().options(place, headers=key), 405, "method.not_allowed"),
        (getattr(Client(), method)(place, headers={**key, "Accept": "image/webp"}), 406, "media.not_acceptable"),
    ]
    if "requestBody" in operation:
        form = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--b--\r\n'
        for kind, body in (
            ("text/plain", "a=b"),
            ("application/x-www-form-urlencoded", "a=b"),
            ("multipart/form-data; boundary=b", form),
        ):
            odd = getattr(Client(), method)(place, body, content_type=kind, headers={**key, **KEY})
            tried.append((odd, 415, "media.unsupported"))
        twice = getattr(Client(), method)(place, '{"a": 1, "a": 2}', content_type=json, headers={**key, **KEY})
        tried.append((twice, 400, "ask.invalid"))
    for answer, status, code in tried:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        if status != 405:
            holds(method.upper(), place, answer)


@pytest.mark.parametrize("path", ["data-requests/nonsense", "nothing", "data-requests/"])
def test_where_there_is_nothing_a_program_is_told_so_in_its_own_words(w: World, path: str) -> None:
    answer = w.call("get", path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_cursor_is_good_for_its_own_list_and_caller_alone(w: World) -> None:
    for cursor in ("", "x", "AAAA", "é", "a" * 400):
        assert w.call("get", f"consents?cursor={cursor}").status_code == 400
    assert description()["paths"]["/api/v1/consents"]["get"]["parameters"][0]["name"] == "cursor"
