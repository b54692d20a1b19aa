"""What the doctor looks for is found where it is: a day that is assumed, a migration that waits, no room, no server."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from broker import publishing
from broker.operating import gathering, rules
from broker.operating.rules import State
from broker.transport import own_server
from broker.utilities.closings import Certainty
from requests_app.clocks import calendars
from tests.integration.test_doctor import doctor
from tests.unit.test_doctor_rules import WELL


def test_an_installation_in_order_ends_with_0(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "gather", lambda **_asked: WELL)
    code, found = doctor()
    assert (code, found["ok"]) == (0, True)
    assert {line["state"] for line in found["lines"]} == {State.OK}


def test_a_migration_that_waits_is_named(sqlite_db: str) -> None:
    assert gathering._pending() == []
    ((app, name),) = MigrationLoader(connection).graph.leaf_nodes("parties")
    MigrationRecorder(connection).record_unapplied(app, name)
    assert f"{app}.{name}" in gathering._pending()
    line = next(each for each in rules.findings(gathering.gather(now=timezone.now())) if each.name == "schema")
    assert (line.state, line.fix) == (State.RED, "manage.py migrate")


def test_days_to_come_that_are_only_assumed_are_counted(sqlite_db: str) -> None:
    before_all, after_all = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    assert gathering._assumed(before_all) > 0
    assert gathering._assumed(after_all) == 0
    rows = calendars.in_force(publishing.working("obec")).rows
    last = datetime.combine(max(day for day, row in rows.items() if row.certainty is Certainty.ASSUMED), time(), UTC)
    assert (gathering._assumed(last), gathering._assumed(last + timedelta(days=1))) == (1, 0)  # today's is to come


def test_memory_and_disks_are_read_as_the_machine_says(
    settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = tmp_path / "meminfo"
    monkeypatch.setattr(gathering, "_MEMORY", said)
    said.write_text("MemTotal: 4194304 kB\nMemFree: 1024 kB\nMemAvailable:  102400 kB\n")
    assert gathering.memory() == 100
    said.write_text("MemTotal: 4194304 kB\n")
    with pytest.raises(OSError, match="does not say"):
        gathering.memory()
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(gathering.shutil, "disk_usage", lambda _place: SimpleNamespace(total=200, free=4))
    assert gathering.disks()[str(tmp_path)] == 2


class Answers(BaseHTTPRequestHandler):
    """A web server that takes note of what it was asked, and answers as it was told."""

    status, asked = 200, ("", "", "")

    def do_GET(self) -> None:
        """Answer."""
        type(self).asked = (self.path, self.headers["Host"], self.headers["X-Forwarded-Proto"])
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[int]:
    """Give the port of such a server."""
    server = HTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", ""])
def test_the_web_server_is_asked_where_it_listens(settings: Any, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    settings.PUBLIC_URL = "https://broker.example.org"
    with served() as port:
        monkeypatch.setenv("WEB_BIND", f"{host}:{port}")
        assert own_server.why_silent() == ""
        assert Answers.asked == ("/health", "broker.example.org", "https")
        monkeypatch.setattr(Answers, "status", 500)
        assert own_server.why_silent().endswith("answers 500")
    assert "gives no answer" in own_server.why_silent()


def test_a_rehearsals_is_asked_at_its_public_address_and_a_socket_file_is_not_asked(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEB_BIND", "unix:/run/broker/web.sock")
    with served() as port:
        settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
        assert own_server.why_silent() == ""
    settings.PUBLIC_URL = "https://broker.example.org"
    with pytest.raises(ValueError, match="port"):
        own_server.why_silent()


def test_a_dead_web_server_is_a_line_that_fails(sqlite_db: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with served() as port:
        settings.PUBLIC_URL = f"http://127.0.0.1:{port}"
        lines = {line["name"]: line for line in doctor()[1]["lines"]}
        assert lines["web server"]["state"] == State.OK
    code, found = doctor()
    line = next(each for each in found["lines"] if each["name"] == "web server")
    assert (code, line["state"], "systemctl restart broker-web" in line["fix"]) == (1, State.RED, True)
