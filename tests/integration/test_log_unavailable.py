"""Without the log no page opens anything: 503, in words, and nothing of the data."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.utils import timezone

from broker.audit import log
from broker.db import installation
from broker.inlets import answers
from broker.parties import api_auth
from consents.models import Consent
from tests.clock import travel
from tests.integration.audit_support import write
from tests.integration.grant_support import NAME, desk
from tests.integration.sign_in_support import signed_in

__all__ = ["desk"]


@pytest.fixture
def broken_log(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise log.LogUnavailable("the disk is full")

    def break_it():
        monkeypatch.setattr(log, "append", refuse)
        monkeypatch.setattr(log, "append_read", refuse)

    return break_it


@pytest.mark.granted
def test_s54_the_customers_pages_show_nothing_while_the_log_cannot_be_written(desk, broken_log):
    person = desk.grant()
    consent = Consent.objects.get()
    broken_log()
    for path in ("/my/access/", f"/my/{consent.id}/letter.pdf"):
        answer = person.http.get(path)
        assert answer.status_code == 503
        assert NAME not in answer.text
        assert b"%PDF" not in answer.content


def test_a_draft_is_not_opened_or_changed_while_the_log_cannot_be_written(desk, broken_log):
    person = desk.visitor()
    desk.enter(person)
    broken_log()
    assert person.http.get("/share/account/").status_code == 503


@pytest.mark.granted
def test_stopping_that_cannot_be_logged_is_said_and_not_done_by_halves(desk, broken_log):
    person = desk.grant()
    consent = Consent.objects.get()
    page = person.get(f"/my/{consent.id}/stop/")
    broken_log()
    token = person.field(page, "csrfmiddlewaretoken")
    answer = person.http.post(f"/my/{consent.id}/stop/", data={"csrfmiddlewaretoken": token})
    assert answer.status_code == 503
    consent.refresh_from_db()
    assert consent.state == "active"


@pytest.mark.granted
def test_an_hour_without_a_signature_closes_her_pages_and_she_can_still_stop(desk, monkeypatch):
    person = desk.grant()
    consent = Consent.objects.get()
    page = person.get(f"/my/{consent.id}/stop/")
    token = person.field(page, "csrfmiddlewaretoken")
    write()  # and nobody signs it
    real = log.time.time_ns
    monkeypatch.setattr(log.time, "time_ns", lambda: real() + 3_700_000_000_000)
    for path in ("/my/access/", f"/my/{consent.id}/letter.pdf"):
        answer = person.http.get(path)
        assert answer.status_code == 503
        assert NAME not in answer.text
        assert b"%PDF" not in answer.content
    person.http.post(f"/my/{consent.id}/stop/", data={"csrfmiddlewaretoken": token})
    consent.refresh_from_db()
    assert consent.state == "revoked"


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_is_away_is_said_to_come_back(committing, monkeypatch, error):
    def away(*_args, **_kwargs):
        raise error("the connection to 10.0.0.7 as broker_app is lost")

    monkeypatch.setattr(api_auth, "key_in", away)
    monkeypatch.setattr(answers, "render", away)
    browser = Client(raise_request_exception=False)
    program = browser.get("/api/v1/consents", headers={"Authorization": "Bearer utd_live_x"})
    assert (program.status_code, program.json()["code"]) == (503, "log.unavailable")
    page = browser.get("/nowhere/")
    assert page.status_code == 503
    for answer in (program, page):
        assert answer["Retry-After"] == "5"
        assert b"10.0.0.7" not in answer.content


def test_what_breaks_on_our_side_is_a_500(committing, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("row 7 of 9")

    monkeypatch.setattr(api_auth, "key_in", broken)
    browser = Client(raise_request_exception=False)
    answer = browser.get("/api/v1/consents", headers={"Authorization": "Bearer utd_live_x"})
    assert (answer.status_code, answer.json()["code"]) == (500, "server.error")
    assert "Retry-After" not in answer


@pytest.mark.undeclared
def test_a_session_that_cannot_be_ended_or_touched_in_the_log_is_said_to_come_back(committing, broken_log):
    """The guard of the sign-in writes before any view is asked."""
    installation.declare("live")
    idle, asked, now = signed_in("olga"), signed_in("omar"), timezone.now()
    for each in (idle, asked):
        each.browser.raise_request_exception = False
    with travel(now + timedelta(minutes=6)):
        page = asked.browser.post("/sign-in/codes/")
        assert page.status_code == 403
    broken_log()
    with travel(now + timedelta(minutes=7)):
        touched = asked.touch(page, {})
    with travel(now + timedelta(minutes=16)):
        ended = idle.browser.get("/console/")
    for answer in (touched, ended):
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        assert "Please try again in a moment" in answer.text
        assert "Inténtelo de nuevo en un momento" in answer.text
        assert "the disk is full" not in answer.text


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_database_that_goes_away_as_a_session_is_saved_is_said_to_come_back(committing, monkeypatch, error):
    browser = Client(raise_request_exception=False)
    assert browser.get("/login/").status_code == 200

    def away(*_args, **_kwargs):
        raise error("the connection to 10.0.0.7 as broker_app is lost")

    monkeypatch.setattr(Session, "save", away)
    answer = browser.get("/login/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "10.0.0.7" not in answer.text
