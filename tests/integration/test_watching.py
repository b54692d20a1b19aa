"""What programs that watch are told: with the token alone, nothing of anybody, and what does not stand."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from broker import jobs
from broker.audit import log
from broker.jobs import heartbeats
from broker.jobs.models import Job
from broker.operating import gathering
from broker.operating.watching import readiness
from broker.reasons import REASONS
from broker.vault import keyring
from tests.environment import ROOT
from tests.integration.audit_support import integrate, log_world, write
from tests.requests_world import ACCOUNT, World, world

TOKEN = "a-token-of-the-tests-0123456789abcdef"
_LINE = re.compile(r'(broker_[a-z_]+)(?:\{((?:[a-z]+="[A-Za-z0-9_./-]+",?)+)\})? (-?[0-9.e+]+)')


def ask(path: str, token: str | None = TOKEN, **more: Any) -> Any:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return Client().get(path, headers=headers, **more)


def readable(text: str) -> set[str]:
    """Somebody else's reader of the format takes every line; the names that it found."""
    return {family.name for family in text_string_to_metric_families(text)}


def figures() -> dict[str, dict[str, float]]:
    """Each figure by name, its values by their labels; read as strictly as the format is written."""
    answer = ask("/metrics")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/plain")
    text, found, announced = answer.content.decode(), {}, set()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# "):
            announced.add(line.split(" ")[2])
            continue
        hit = _LINE.fullmatch(line)
        assert hit is not None, line
        assert hit[1] in announced
        found.setdefault(hit[1], {})[hit[2] or ""] = float(hit[3])
    return found


@pytest.fixture
def watched(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


@pytest.mark.parametrize("path", ["/ready", "/metrics"])
@pytest.mark.parametrize("token", [None, "", "another", TOKEN[:-1], f"{TOKEN}x"])
def test_without_the_token_nothing_is_there(sqlite_db: str, watched: None, path: str, token: str | None) -> None:
    answer = ask(path, token)
    assert answer.status_code == 404
    assert b"<title>This page does not exist</title>" in answer.content
    assert b"checks" not in answer.content
    assert b"broker_" not in answer.content


@pytest.mark.parametrize("path", ["/ready", "/metrics"])
@pytest.mark.parametrize("token", [None, ""])
def test_where_no_token_is_set_nobody_may_ask(sqlite_db: str, path: str, token: str | None) -> None:
    assert ask(path, token).status_code == 404


def test_it_is_counted_what_happened_and_nothing_says_to_whom(
    committing: str, settings: Any, tmp_path: Path, watched: None
) -> None:
    with log_world(settings, tmp_path) as desk:
        w: World = world()
        assert w.post(w.ask()).status_code in (201, 202)
        assert w.post(w.ask(data_types=["usage_15min"], purpose="research")).status_code == 403
        write()
        before = figures()
        assert before["broker_log_lanes_behind"][""] >= 1
        assert before["broker_process_alive"]['process="worker"'] == 0
        integrate(desk.answer)
        heartbeats.beat("worker", now=timezone.now())
        found = figures()
        assert found["broker_log_lanes_behind"][""] == found["broker_log_oldest_unsigned_seconds"][""] == 0
        assert found["broker_log_signed_entries"][""] > 0
        assert found["broker_process_alive"]['process="worker"'] == 1
        assert found["broker_decisions_last_hour"] == {'outcome="refusal"': 1, 'outcome="route"': 1}
        refused = [
            code for labels in found["broker_decision_codes_last_hour"] if 'outcome="refusal"' in labels
            for code in re.findall(r'code="([^"]+)"', labels)
        ]  # fmt: skip
        assert refused
        assert set(refused) <= set(REASONS)
        assert sum(found["broker_manual_requests"].values()) == 1
        assert found["broker_figures_unanswered"][""] == 0
        told = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
        assert [name for name in found if f"`{name}`" not in told] == []
        assert readable(ask("/metrics").content.decode()) >= set(found)
        text = ask("/metrics").content.decode()
        for secret in (ACCOUNT, str(w.customer.id), str(w.consent.id), w.organisation.slug, w.key):
            assert secret not in text


def test_each_thing_that_does_not_stand_is_named(
    committing: str, settings: Any, tmp_path: Path, watched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_world(settings, tmp_path) as desk:
        write()
        integrate(desk.answer)
        now = timezone.now()

        def found() -> tuple[int, set[str]]:
            answer = ask("/ready")
            said = json.loads(answer.content)
            assert said["ready"] is (answer.status_code == 200)
            return answer.status_code, {name for name, stands in said["checks"].items() if not stands}

        assert found() == (503, {"queue"})  # no worker gave a sign of life
        heartbeats.beat("worker", now=now)
        assert found() == (200, set())
        Job.objects.create(
            kind="tests.late", subject_id="00000000-0000-0000-0000-000000000001", due_at=now - timedelta(minutes=11),
            created_at=now,
        )  # fmt: skip
        assert found() == (503, {"queue"})
        Job.objects.all().update(due_at=now)
        monkeypatch.setattr(gathering, "disks", lambda: {"/srv": 2})
        assert found() == (503, {"disk"})
        monkeypatch.undo()
        monkeypatch.setattr(log, "why_closed", lambda: "an event has been unsigned for an hour")
        assert found() == (503, {"log"})
        monkeypatch.undo()
        held = settings.KEY_FILE
        settings.KEY_FILE = tmp_path / "gone.keys"
        keyring._provider.cache_clear()
        assert found() == (503, {"keys"})
        settings.KEY_FILE = held
        keyring._provider.cache_clear()

        def broken() -> Any:
            raise OSError("no connection (test)")

        monkeypatch.setattr(readiness, "_database", broken)
        assert found() == (503, {"database"})


def test_jobs_that_failed_for_good_and_the_oldest_that_is_due_are_counted(
    sqlite_db: str, settings: Any, tmp_path: Path, watched: None
) -> None:
    with log_world(settings, tmp_path):
        now = timezone.now()
        Job.objects.create(
            kind="tests.late", subject_id="00000000-0000-0000-0000-000000000001", due_at=now - timedelta(seconds=90),
            created_at=now,
        )  # fmt: skip
        Job.objects.create(
            kind="tests.dead", subject_id="00000000-0000-0000-0000-000000000001", due_at=now, created_at=now,
            finished_at=now, state=jobs.states.JobState.DEAD,
        )  # fmt: skip
        found = figures()
        assert found["broker_jobs"] == {'state="queued"': 1, 'state="running"': 0, 'state="dead"': 1}
        assert 90 <= found["broker_job_oldest_due_seconds"][""] < 120
