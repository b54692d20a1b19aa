"""A text that is too long to be read while somebody waits is told so also beside the door, and counts as no login."""

import uuid
from typing import Any

import pytest
from django.utils import timezone

from broker.credentials import Finding
from broker.inlets import refusing
from broker.inlets.models import Incident, Refused
from broker.publishing import changing
from broker.reasons import REASONS
from broker.terms import Refusal
from requests_app.desk import acts
from requests_app.desk.models import DeskAct
from requests_app.desk_work import notes
from requests_app.models import ManualRequest
from tests.integration.test_gate_files import WORDS, thread
from tests.requests_world import ACTOR, events

__all__ = ["thread"]
LONG = " ".join(f"meter{number:06} reads {number * 7}" for number in range(6_000))
TOO_LONG = Finding("input.long", 0, len(LONG), "long")


def test_it_is_no_login(sqlite_db: str) -> None:
    refusal = refusing.login(TOO_LONG, inlet="admin_note", part="note")
    assert refusal == Refusal("request.too_large", "long")
    assert refusing.count(refusal, ACTOR) is None
    assert not Refused.objects.exists()
    assert REASONS[refusal.code].title == "Too large"


def test_a_note_that_is_too_long_is_told_so(thread: ManualRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "LONGEST", len(LONG))
    nobody: Any = None
    for text, code in ((LONG, "request.too_large"), (WORDS, "channel.forbidden.credentials")):
        assert notes.write(thread, text, nobody, actor=ACTOR, now=timezone.now()) == Refusal(code)
    assert not Incident.objects.exists()


def test_the_desks_words_that_are_too_long_open_no_incident(
    thread: ManualRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(acts, "_gate", lambda said: (TOO_LONG, "words"))
    said = acts.Said(DeskAct.Kind.WORDS, uuid.uuid4(), "short")
    answer = acts.say(thread, said, address="billing@coop.example", now=timezone.now())
    assert answer == Refusal("request.too_large")
    assert not Refused.objects.exists()
    assert not events("gate.refused")


def test_a_line_of_a_profile_that_is_too_long_is_told_so(sqlite_db: str) -> None:
    with pytest.raises(changing.NotProposed, match="too long to be checked"):
        changing.propose("obec", f"# {LONG}", requester=ACTOR, reason="a test", now=timezone.now())
