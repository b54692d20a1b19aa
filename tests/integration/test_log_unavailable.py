"""Without the log no page opens anything: 503, in words, and nothing of the data."""

import pytest

from broker.audit import log
from consents.models import Consent
from tests.integration.audit_support import write
from tests.integration.grant_support import NAME, desk

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
