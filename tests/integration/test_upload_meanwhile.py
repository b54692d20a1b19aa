"""What she does while her files are being saved: a stop, a change of mind, a second window, a process that dies."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from broker.terms import Actor, Refusal
from consents import actions
from requests_app import share
from requests_app.models import ReceivedFile
from tests.requests_world import ACCOUNT, World, events, usage, world


@pytest.fixture
def w(committing: str) -> World:
    return world(onward_recipients=[])


def stop(w: World) -> None:
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="dashboard", now=timezone.now())


def after_look(monkeypatch: pytest.MonkeyPatch, number: int, does: Callable[[], Any]) -> None:
    """Let something happen between the look into the nth file and its keeping."""
    real, seen = share.look, [0]

    def look(*args: Any, **more: Any) -> Any:
        found = real(*args, **more)
        seen[0] += 1
        if seen[0] == number:
            does()
        return found

    monkeypatch.setattr(share, "look", look)


def test_a_file_that_is_looked_into_during_the_stop_is_not_taken(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    after_look(monkeypatch, 1, lambda: stop(w))
    me, data = Actor("c", w.customer.id), usage(ACCOUNT).encode()
    answer = share.receive_share(w.consent, w.account, "a.csv", data, to_nectar=False, actor=me, now=timezone.now())
    assert answer == Refusal("consent.revoked")
    assert not ReceivedFile.objects.exists()
    assert not events("share.received")
    assert len(events("share.rejected")) == 1


def test_a_stop_waits_for_the_file_that_is_being_kept(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one or the other: kept and committed before the stop, or refused after it."""
    real = share._log
    waited = []

    def log(*args: Any) -> Any:
        stopping.start()
        stopping.join(0.4)
        waited.append(stopping.is_alive())
        return real(*args)

    def run() -> None:
        stop(w)
        connections.close_all()

    stopping = threading.Thread(target=run)
    monkeypatch.setattr(share, "_log", log)
    me, data = Actor("c", w.customer.id), usage(ACCOUNT).encode()
    answer = share.receive_share(w.consent, w.account, "a.csv", data, to_nectar=False, actor=me, now=timezone.now())
    stopping.join()
    assert isinstance(answer, ReceivedFile)
    assert waited == [True]
    w.consent.refresh_from_db()
    assert w.consent.state == "revoked"
