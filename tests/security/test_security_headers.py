"""What every answer says to a browser, over every address, as everybody, with a live installation's settings."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth import login
from django.http import HttpRequest
from django.test import Client, RequestFactory

from broker.audit import signer
from consents import session
from tests.integration.audit_support import integrate, log_world
from tests.requests_world import world
from tests.security import production, walking

HTTPS: dict[str, Any] = {"secure": True, "SERVER_NAME": production.HOST}
SCRIPT = re.compile(rb"<script\b([^>]*)>")
NONCE = re.compile(r"'nonce-([^']+)'")
# Hashes and signatures of the log: the same for everybody, and meant to be read from anywhere.
PUBLIC_LOG = ("log/checkpoint", "log/vkey", "log/receipt-vkey", "log/tile/", "log/continues/")


@pytest.fixture
def live(sqlite_db: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    production.apply(settings)
    with log_world(settings, tmp_path) as desk:
        yield desk


_kept: list[tuple[str, str, Any]] = []


@pytest.fixture
def answers(request: pytest.FixtureRequest) -> list[tuple[str, str, Any]]:
    """Each address, as each person; asked once for all tests of this process, which only look."""
    if not _kept:
        desk = request.getfixturevalue("live")
        everybody = walking.crowd()
        integrate(desk.answer)
        _kept.extend(walking.walk(everybody, **HTTPS))
    return _kept


def test_the_walk_reaches_pages_of_everybody(answers: list[tuple[str, str, Any]]) -> None:
    shown = {(who, place) for who, place, answer in answers if answer.status_code == 200}
    assert len(shown) > 150
    assert {who for who, _place in shown} == {
        "stranger", "customer", "staff", "officer", "approver", "operator", "analyst", "application",
    }  # fmt: skip
    assert not [(who, place, answer.status_code) for who, place, answer in answers if answer.status_code == 500]


def policy(answer: Any) -> dict[str, str]:
    return {
        name: rest
        for name, _, rest in (each.strip().partition(" ") for each in answer["Content-Security-Policy"].split(";"))
    }


def test_every_answer_carries_the_headers(answers: list[tuple[str, str, Any]]) -> None:
    for who, place, answer in answers:
        said, where = policy(answer), (who, place)
        assert said["default-src"] == said["object-src"] == said["base-uri"] == said["frame-ancestors"] == "'none'", (
            where
        )
        assert "unsafe" not in answer["Content-Security-Policy"], where
        assert set(said["script-src"].split()) - {"'self'"} == set(re.findall(r"'nonce-[^']+'", said["script-src"])), (
            where
        )
        assert said["form-action"] == "'self'", where
        assert answer["X-Content-Type-Options"] == "nosniff", where
        assert answer["X-Frame-Options"] == "DENY", where
        assert answer["Referrer-Policy"] == "same-origin", where
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", where
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin", where
        age, *more = [each.strip() for each in answer["Strict-Transport-Security"].split(";")]
        assert int(age.removeprefix("max-age=")) >= 365 * 86400, where
        assert "includeSubDomains" in more, where
        if answer.status_code == 200 and not answer.streaming and answer.content:
            kind = answer["Content-Type"]
            assert not kind.startswith("text/") or "charset=" in kind, where


def test_no_page_has_a_script_without_its_nonce(answers: list[tuple[str, str, Any]]) -> None:
    nonces: dict[str, int] = {}
    for who, place, answer in answers:
        if answer.streaming or not answer["Content-Type"].startswith("text/html"):
            continue
        allowed = NONCE.findall(answer["Content-Security-Policy"])
        for attributes in SCRIPT.findall(answer.content):
            text = attributes.decode()
            assert 'src="/static/' in text or any(f'nonce="{each}"' in text for each in allowed), (who, place, text)
        assert not re.search(rb"<[a-z][^>]*\son[a-z]+\s*=", answer.content), (who, place)
        assert b"javascript:" not in answer.content, (who, place)
        for each in allowed:
            nonces[each] = nonces.get(each, 0) + 1
    assert set(nonces.values()) <= {1}  # each answer has its own


def test_no_answer_lets_another_site_read_it(live: signer.Desk) -> None:
    """No CORS header, nor one for the first question of a program (preflight): only the public log is for everybody."""
    integrate(live.answer)
    foreign = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for place, path in walking.paths():
        for ask in (Client().get, Client().options):
            answer = ask(path, headers=foreign, **HTTPS)
            found = {name.lower(): value for name, value in answer.headers.items()}
            said = {name: value for name, value in found.items() if name.startswith("access-control-")}
            assert said in ({}, {"access-control-allow-origin": "*"}), place
            assert not said or place.startswith(PUBLIC_LOG), place


def test_no_script_is_answered_by_a_view(answers: list[tuple[str, str, Any]]) -> None:
    scripts = {place for _who, place, answer in answers if "javascript" in answer["Content-Type"]}
    assert scripts <= {"admin/jsi18n/"}  # Django's words for its own widgets; no data


def test_pages_behind_a_sign_in_are_not_kept(answers: list[tuple[str, str, Any]]) -> None:
    for who, place, answer in answers:
        if who not in {"stranger", "application"} and not place.startswith(PUBLIC_LOG):
            assert "no-store" in answer["Cache-Control"], (who, place, answer["Cache-Control"])
        if who == "application":
            assert "no-store" in answer["Cache-Control"], place


def test_no_answer_names_what_it_runs_on(answers: list[tuple[str, str, Any]]) -> None:
    for who, place, answer in answers:
        assert not {"Server", "X-Powered-By", "X-Generator"} & set(answer.headers), (who, place)
        if not answer.streaming:
            assert not re.search(rb"(?i)django[ /]\d|gunicorn[ /]\d|python[ /]\d\.|postgresql \d", answer.content), (
                who,
                place,
            )


def test_each_page_behind_a_sign_in_has_its_way_out(answers: list[tuple[str, str, Any]]) -> None:
    pages = [
        (who, place, answer)
        for who, place, answer in answers
        if who in {"staff", "officer", "approver", "operator", "analyst"}
        and answer.status_code == 200
        and answer["Content-Type"].startswith("text/html")
        and place.startswith(("console/", "recipient/", "admin/", "duties/", "operating/", "sign-in/"))
    ]
    assert len(pages) > 40
    assert not [(who, place) for who, place, answer in pages if b"/logout/" not in answer.content]
    hers = next(answer for who, place, answer in answers if who == "customer" and place == "my/")
    assert b"/my/sign-out/" in hers.content


# --- cookies and sessions ------------------------------------------------------------------------------------------


def test_cookies_are_bound_to_this_host_and_to_https(live: signer.Desk) -> None:
    w, client = world(), Client()
    got = [
        client.get("/login/", **HTTPS),  # the form's token
        client.post("/language/setlang/", {"language": "es", "next": "/"}, **HTTPS),
        walking.signed_in(w.customer).get("/my/", **HTTPS),
    ]
    mine = walking.signed_in(w.customer)
    mine.get("/my/", **HTTPS)
    got.append(mine.post("/my/sign-out/", **HTTPS))
    cookies = {name: cookie for answer in got for name, cookie in answer.cookies.items()}
    assert {configured.CSRF_COOKIE_NAME, configured.LANGUAGE_COOKIE_NAME, configured.SESSION_COOKIE_NAME} <= set(
        cookies
    )
    for name, cookie in cookies.items():
        assert name.startswith("__Host-"), name
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert cookie["samesite"] == "Lax", name
        assert len(name) + len(cookie.value) < 400
        if cookie["max-age"] != 0:  # one that is taken away
            assert cookie["secure"] is True, name
            assert cookie["httponly"] is True, name


def given(key: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.session = import_module(configured.SESSION_ENGINE).SessionStore(key)
    return request


def test_a_session_that_was_given_by_somebody_else_is_not_taken(sqlite_db: str) -> None:
    """Neither an id that exists already, nor one that was made up, is ever the id after a sign-in (fixation)."""
    w = world()
    planted = import_module(configured.SESSION_ENGINE).SessionStore()
    planted["note"] = "an attacker's own visit"
    planted.save()
    old = str(planted.session_key)
    request = given(old)
    session.sign_in(request, w.customer)
    request.session.save()
    assert request.session.session_key != old
    assert len(str(request.session.session_key)) == 32  # of 36 letters and digits: 165 bits
    assert not request.session.exists(old)
    user = walking.create_user("a-clerk", "A Clerk", walking.Role.STAFF, password=None, actor=walking.ACTOR)
    request = given("a" * 32)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session.save()
    assert request.session.session_key != "a" * 32


def test_a_session_that_was_ended_opens_nothing(live: signer.Desk) -> None:
    w = world()
    client = walking.signed_in(w.customer)
    old = client.cookies[configured.SESSION_COOKIE_NAME].value
    assert (
        client.get(f"/my/{w.consent.id}/stop/", **HTTPS).status_code == client.get("/my/", **HTTPS).status_code == 200
    )
    client.post("/my/sign-out/", **HTTPS)
    again = Client()
    again.cookies[configured.SESSION_COOKIE_NAME] = old
    assert again.get(f"/my/{w.consent.id}/stop/", **HTTPS).status_code in {302, 404}


def test_who_was_disabled_is_out_at_the_next_request(live: signer.Desk) -> None:
    user = walking.create_user("a-clerk", "A Clerk", walking.Role.OFFICER, password=None, actor=walking.ACTOR)
    client = walking.logged_in(user)
    assert client.get("/console/", **HTTPS).status_code == 200
    user.is_active = False
    user.save(update_fields=["is_active"])
    assert client.get("/console/", **HTTPS).status_code == 302


def test_signing_out_clears_the_browser(live: signer.Desk) -> None:
    client = walking.signed_in(world().customer)
    assert "Clear-Site-Data" not in client.get("/my/", **HTTPS).headers
    assert client.post("/my/sign-out/", **HTTPS)["Clear-Site-Data"] == '"cache", "storage"'


def test_no_form_is_taken_without_its_token(live: signer.Desk) -> None:
    """Every address that takes a form, as a signed-in person whose browser was led there by another site."""
    all_ = walking.crowd()
    consent = str(all_.world.consent.id)
    for who in ("stranger", "customer", "staff", "officer", "analyst"):
        kept = all_.browsers[who]
        client = Client(enforce_csrf_checks=True)
        client.cookies = kept.cookies
        for place, path in walking.paths({"uuid": consent}):
            if place.startswith(("api/", "hooks/")):
                continue  # no cookie counts there
            answer = client.post(
                path, headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, **HTTPS
            )
            assert answer.status_code in {302, 403, 404, 405}, (who, place, answer.status_code)
            if answer.status_code == 302:  # to the sign-in, or the address with its slash
                assert client.get(answer["Location"], **HTTPS).status_code < 500


# --- methods, plain HTTP, errors -----------------------------------------------------------------------------------


def test_methods_that_no_view_names_are_refused(live: signer.Desk) -> None:
    client = walking.logged_in(
        walking.create_user("an-officer", "An Officer", walking.Role.OFFICER, password=None, actor=walking.ACTOR)
    )
    for place, path in walking.paths():
        for method in ("TRACE", "CONNECT", "PROPFIND", "MOVE"):
            assert client.generic(method, path, **HTTPS).status_code == 405, (place, method)
        if not place.startswith(("api/", "hooks/")):
            for method in ("PUT", "PATCH", "DELETE"):
                assert client.generic(method, path, **HTTPS).status_code == 405, (place, method)


def test_programs_are_refused_over_plain_http_and_people_led_to_https(live: signer.Desk) -> None:
    w = world()
    plain: dict[str, Any] = {"SERVER_NAME": production.HOST}
    for place, path in walking.paths():
        answer = Client().get(path, headers={"Authorization": f"Bearer {w.key}"}, **plain)
        if place.startswith(("api/", "hooks/")):
            assert answer.status_code == 400, place
            assert "HTTPS" in answer.json()["detail"]
            assert "Location" not in answer.headers
        else:
            assert answer.status_code == 301, place
            assert answer["Location"].startswith(f"https://{production.HOST}/"), place
    assert (
        Client().post("/api/v1/data-requests", data="{}", content_type="application/json", **plain).status_code == 400
    )


def test_debugging_cannot_be_switched_on() -> None:
    """The environment of the process said DEBUG=true."""
    assert production.values()["DEBUG"] is False


def test_an_error_says_nothing_of_the_inside(live: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("secret-of-the-inside at /etc/broker with SELECT 1")

    w = world()
    monkeypatch.setattr("requests_app.api.calls.count", breaks)
    monkeypatch.setattr("consents.session.current_customer", breaks)
    client = Client(raise_request_exception=False)
    asked = [
        client.get("/api/v1/consents", headers={"Authorization": f"Bearer {w.key}"}, **HTTPS),
        client.get("/my/", **HTTPS),
    ]
    for answer in asked:
        assert answer.status_code == 500
        for word in (b"secret-of-the-inside", b"SELECT", b"Traceback", b"RuntimeError", b"/etc/"):
            assert word not in answer.content
        assert answer["X-Content-Type-Options"] == "nosniff"
