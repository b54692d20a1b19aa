"""While disclosures are stopped: what narrows comes in, no refusal is an entry without an end, a shut log is told."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from broker.audit import log
from broker.duties import bars
from broker.parties.models import Application, Role
from tests.duties_world import person, suspended
from tests.hooks_world import endpoint, enter, hooked
from tests.integration.desk_support import opened, press
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World, coop, events, run_job, world


@pytest.fixture
def w(committing: str) -> World:
    return world()


def stop() -> None:
    bars.stop(person("Sam Staff", Role.STAFF), "Look first.", now=timezone.now())


def test_a_key_and_an_address_end_while_all_is_stopped(w: World) -> None:
    hook = endpoint(w, "https://books.example/in").endpoint
    ana = browser_of(analyst(w.organisation))
    stop()
    assert ana.get("/recipient/keys/").status_code == 503
    assert ana.post(f"/recipient/webhooks/{hook.id}/disable/").status_code == 302
    assert ana.post(f"/recipient/keys/{w.application.id}/revoke/").status_code == 302
    hook.refresh_from_db()
    assert hook.disabled_at is not None
    assert Application.objects.get(id=w.application.id).revoked_at is not None


@pytest.mark.parametrize("suspends", [False, True])
def test_the_api_takes_the_word_about_deletion_and_the_end_of_an_address(
    committing: str, settings: Any, suspends: bool
) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        made.revoke()
        if suspends:
            suspended(made.world.organisation, person("Olga Officer", Role.OFFICER))
        else:
            stop()
        said = made.world.call("post", f"consents/{made.world.consent.id}/deletion", {"name": "Dana Reed, records"})
        assert said.status_code in (200, 404), said.json()  # 404: nothing of it was ever read here
        ended = made.world.call("post", f"webhook-endpoints/{made.endpoint.id}/disable")
        assert ended.status_code == 200, ended.json()
        assert not events("duties.refused")
        assert made.world.get("consents").status_code in (403, 503)


def test_a_coop_doubts_a_letter_while_all_is_stopped(committing: str, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings) as mailbox:
        manual = world().manual()
        run_job("manual.send", manual.id)
        desk = opened(manual, mailbox)
        stop()
        assert desk.get("/desk/requests/").status_code == 503
        assert press(desk, manual, "words", words="Hello.").status_code == 503
        assert press(desk, manual, "doubt", words="We do not know her.").status_code == 302
    manual.request.consent.refresh_from_db()
    assert manual.request.consent.state == "suspended"


def test_refusals_of_a_program_are_counted_before_they_are_written(w: World, settings: Any) -> None:
    settings.API_CALLS_PER_MINUTE = settings.API_CALLS_PER_MINUTE_TOGETHER = 3
    stop()
    assert [w.get("consents").status_code for _ in range(6)] == [503] * 3 + [429] * 3
    assert len(events("duties.refused")) == 3


def test_a_stranger_writes_no_entry(w: World) -> None:
    stop()
    assert [Client().get(at).status_code for at in ("/desk/requests/", reverse("verify-letter"))] == [503] * 2
    assert not events("duties.refused")


def test_where_the_log_is_shut_the_guard_says_so(w: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def shut(*_args: Any, **_more: Any) -> None:
        raise log.LogUnavailable("full")

    ana = browser_of(analyst(w.organisation))
    stop()
    monkeypatch.setattr(bars, "refused", shut)
    answer = ana.get("/recipient/")
    assert answer.status_code == 503
    assert b"Our log cannot be written at the moment" in answer.content
