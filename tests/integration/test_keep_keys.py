"""The keeper's process: one pass by command, and a real process that shows life and ends when told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from broker.audit import log
from broker.console.holds.models import LegalHold
from broker.db import evidence
from broker.jobs import heartbeats
from tests.integration.audit_support import log_world, logged_in_as, tamper
from tests.integration.holds_support import Records, hold, log_keys

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Any:
    with log_world(settings, tmp_path) as made:
        yield made
        log.close_lanes()


def test_one_pass_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    Records()
    hold()
    log.close_lanes()
    with logged_in_as("broker_keeper"):
        log.reset()
        call_command("keep_keys", "--once")
        log.reset()
    assert "1 done" in capsys.readouterr().out
    assert LegalHold.objects.get().state == "held"


def test_the_keeper_does_not_work_on_a_database_whose_rules_were_changed() -> None:
    hold()
    log.close_lanes()
    tamper("UPDATE audit_key SET hold = hold")
    if connection.vendor == "postgresql":
        assert evidence.differences(connection)
    with pytest.raises(Exception, match="not as written"):
        call_command("keep_keys", "--once")
    assert LegalHold.objects.get().state == "placed"


def test_a_process_works_shows_life_and_ends_when_told(environment: dict[str, str]) -> None:
    Records()
    hold()
    log.close_lanes()
    process = subprocess.Popen([sys.executable, str(ROOT / "manage.py"), "keep_keys"], env=environment)
    try:
        while LegalHold.objects.get().state != "held" and process.poll() is None:
            time.sleep(0.2)
        beat = heartbeats.last_beat("keeper")
        assert beat is not None
        assert beat.pid == process.pid
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    finally:
        process.kill()
        process.wait()
    assert {count for *_, count, _ in log_keys()} == {1}


@pytest.fixture
def environment(settings: Any) -> dict[str, str]:
    """The environment of a process over the test's database, with the keeper's login on PostgreSQL."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{facts['NAME']}"
    else:
        from tests import cluster

        password = cluster.facts()["passwords"]["broker_keeper"]
        url = f"postgresql://broker_keeper:{password}@{facts['HOST']}:{facts['PORT']}/{facts['NAME']}"
    return {
        **os.environ,
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": url,
        "BROKER_DATA_DIR": str(settings.DATA_DIR),
        "BROKER_KEY_FILE": str(settings.KEY_FILE),
        "LOG_ORIGIN": settings.LOG_ORIGIN,
        "SEALED_FILES_DIR": settings.STORAGES["sealed"]["OPTIONS"]["location"],
    }
