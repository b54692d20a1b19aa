"""The gate in front of every view: what is refused, what is left behind, and what passes."""

import json
import random
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import get_resolver

from broker.inlets.exempt import EXEMPT, TOKEN_PATHS
from broker.inlets.models import Refused
from tests.requests_world import events, world

SECRET = "Thimble!Gravel8"
CODE = "channel.forbidden.credentials"


def database_bytes() -> bytes:
    """Give all that SQLite has on disk, the write-ahead log too."""
    name = Path(connection.settings_dict["NAME"])
    return b"".join(path.read_bytes() for path in name.parent.iterdir() if path.is_file())


def assert_refused(answer: Any, *, api: bool = False, concerned: int = 0) -> None:
    """The answer is a refusal without the secret; one event was written, and one for each whom it concerned.

    The secret is nowhere.
    """
    assert answer.status_code == 403
    assert SECRET not in answer.content.decode()
    if api:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == CODE
    assert len(events("gate.refused")) == 1 + concerned
    assert SECRET.encode() not in database_bytes()


def test_a_query_string_is_refused(sqlite_db: str) -> None:
    assert_refused(Client().get("/login/", {"pw": SECRET}))


@pytest.mark.promise("no-passwords")
def test_a_refusal_leaves_no_secret_in_the_log_lines(sqlite_db: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    Client().get("/login/", {"pw": SECRET})
    Client().post("/my/sign-in/", {"email": f"password: {SECRET}", "portal_password": SECRET})
    Client().post("/api/v1/data-requests", json.dumps({"pin": SECRET}), content_type="application/json")
    assert len(events("gate.refused")) == 3
    assert SECRET not in caplog.text


def test_a_form_field_is_refused_even_without_a_form_token(sqlite_db: str) -> None:
    client = Client(enforce_csrf_checks=True)
    assert_refused(client.post("/my/sign-in/", {"email": f"my SmartHub password is {SECRET}"}))


def test_a_label_that_is_only_the_fields_name_is_seen(sqlite_db: str) -> None:
    assert_refused(Client().post("/my/sign-in/", {"portal_password": SECRET}))


def test_a_json_body_is_refused_with_a_problem_document(sqlite_db: str) -> None:
    w = world()
    answer = w.post({**w.ask(), "smarthub": {"password": SECRET}})
    assert_refused(answer, api=True, concerned=1)  # it names her account


def test_a_secret_in_escapes_or_in_another_charset_is_seen(sqlite_db: str) -> None:
    body = json.dumps({"note": f"password: {SECRET}"}).replace("password", "p\\u0061ssword")
    assert Client().post("/api/v1/data-requests", body, content_type="application/json").status_code == 403
    wide = json.dumps({"note": f"password: {SECRET}"}).encode("utf-16")
    answer = Client().generic("POST", "/api/v1/data-requests", wide, content_type="application/json; charset=utf-16")
    assert answer.status_code == 403
    lying = json.dumps({"note": f"password: {SECRET}"}).encode()
    answer = Client().generic("POST", "/api/v1/data-requests", lying, content_type="application/json; charset=utf-16")
    assert answer.status_code == 403
    assert len(events("gate.refused")) == 3
    assert SECRET.encode() not in database_bytes()


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-unknown", ""])
def test_a_body_of_another_type_is_scanned_too(sqlite_db: str, content_type: str) -> None:
    raw = f"password: {SECRET}".encode()
    assert_refused(Client().generic("POST", "/api/v1/data-requests", raw, content_type=content_type), api=True)


def test_a_charset_that_is_none_is_refused(sqlite_db: str) -> None:
    answer = Client().generic("POST", "/api/v1/consents", b"nothing", content_type="application/json; charset=rot13")
    assert answer.status_code in {400, 413}


@pytest.mark.parametrize("charset", ["utf-16", "rot13", "base64", "undefined", "x-none"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_a_form_of_a_charset_that_no_form_has_is_refused_by_a_page(sqlite_db: str, kind: str, charset: str) -> None:
    body = f'--b\r\nContent-Disposition: form-data; name="email"\r\n\r\npassword: {SECRET}\r\n--b--\r\n'
    raw = body.encode() if "boundary" in kind else f"email=password: {SECRET}".encode()
    answer = Client(enforce_csrf_checks=True).generic("POST", "/join/", raw, content_type=f"{kind}; charset={charset}")
    assert answer.status_code in {403, 413}
    assert SECRET not in answer.content.decode()
    assert SECRET.encode() not in database_bytes()


def test_a_file_name_is_refused(sqlite_db: str) -> None:
    upload = SimpleUploadedFile(f"smarthub password {SECRET}.csv", b"date,kwh\n", content_type="text/csv")
    assert_refused(Client().post("/check/", {"file": upload}))


def test_a_name_that_a_stranger_gave_a_field_is_never_repeated(sqlite_db: str) -> None:
    assert_refused(Client().post("/my/sign-in/", {f"password {SECRET}": "x"}))


@pytest.mark.parametrize("value", ["", "x", "2026-11-01", "words " * 50])
def test_a_name_that_a_stranger_gave_a_field_is_read_whatever_stands_in_it(sqlite_db: str, value: str) -> None:
    assert_refused(Client().post("/my/sign-in/", {f"password {SECRET}": value}))


def test_a_name_that_a_stranger_gave_a_files_field_is_read(sqlite_db: str) -> None:
    upload = SimpleUploadedFile("usage.csv", b"date,kwh\n", content_type="text/csv")
    assert_refused(Client().post("/my/sign-in/", {f"password {SECRET}": upload}))


def test_our_own_password_field_is_exempt_in_the_sign_in_alone(sqlite_db: str) -> None:
    answer = Client().post("/login/", {"username": "nobody", "password": SECRET})
    assert answer.status_code == 200  # the form again: no such user
    assert not events("gate.refused")
    assert_refused(Client().post("/my/sign-in/", {"password": SECRET}))


def test_another_field_of_the_sign_in_is_not_exempt(sqlite_db: str) -> None:
    assert_refused(Client().post("/login/", {"username": f"password: {SECRET}", "password": "x"}))


def test_an_ask_that_is_clean_passes(sqlite_db: str) -> None:
    w = world()
    assert w.post(w.ask()).status_code == 202
    assert not events("gate.refused")


def test_26_megabytes_are_refused_and_nothing_is_written(sqlite_db: str) -> None:
    before = database_bytes()
    upload = SimpleUploadedFile("usage.csv", b"0" * (26 * 1024 * 1024), content_type="text/csv")
    answer = Client().post("/check/", {"file": upload})
    assert answer.status_code == 413
    assert database_bytes() == before


def test_a_json_body_over_the_limit_is_refused(sqlite_db: str) -> None:
    body = json.dumps({"note": "a" * (1024 * 1024)})
    answer = Client().post("/api/v1/data-requests", body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.json()["code"] == "request.too_large"


def test_a_body_that_is_too_long_to_be_read_while_its_sender_waits_is_no_login(sqlite_db: str) -> None:
    rng = random.Random(3)
    note = " ".join("".join(rng.choices("bdfgklmn", k=7)) for _word in range(20_000))
    answer = Client().post("/api/v1/data-requests", json.dumps({"note": note}), content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    page = Client().post("/my/sign-in/", {"email": note})
    assert page.status_code == 413
    assert "60,000 letters" in page.content.decode()
    assert not Refused.objects.exists()  # nobody is warned or suspended for it
    told = f"my SmartHub password is {SECRET}"
    both = Client().post("/my/sign-in/", {"email": note, "name": told})
    assert both.status_code == 403  # a login beside it is a login


def test_over_a_real_wire_the_refusal_is_the_same(site: Any) -> None:
    answer = httpx.post(f"{site.url}/api/v1/data-requests", json={"login": {"password": SECRET}})
    assert answer.status_code == 403
    assert answer.json()["code"] == CODE
    assert SECRET not in answer.text
    assert len(events("gate.refused")) == 1


def test_every_exemption_names_a_view_that_exists() -> None:
    names = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert {view for view, _field in EXEMPT} <= names
    assert names >= TOKEN_PATHS


def test_a_login_in_a_header_or_in_the_address_is_refused_too(site):
    client = httpx.Client(base_url=site.url, trust_env=False)
    for headers, path in (
        ({"Idempotency-Key": "SmartHub password: Hunter2-Zebra9"}, "/api/v1/data-requests"),
        ({"User-Agent": "SmartHub password: Hunter2-Zebra9"}, "/login/"),
        ({}, "/api/v1/smarthub password: Hunter2-Zebra9"),
    ):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 403
        assert "Zebra9" not in answer.text


def test_the_type_of_a_problem_leads_to_a_page_that_explains_it(site):
    client = httpx.Client(base_url=site.url, trust_env=False)
    document = client.post("/api/v1/data-requests", json={"password": "Hunter2-Zebra9"}).json()
    page = client.get(document["type"])
    assert page.status_code == 200
    assert document["code"] in page.text
    assert client.get("/problems/no.such.code").status_code == 404
