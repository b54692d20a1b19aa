"""The doctor asks a real installation: each fact is found, one that cannot be is said, and only the operator looks."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.utils import timezone

from broker.jobs import heartbeats
from broker.operating import gathering
from broker.operating.checks import database_chosen
from broker.operating.rules import Login, State
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.rehearsal.serving import SmtpServer
from broker.terms import SERVICE
from requests_app.models import Message
from requests_app.receive import Received, receive
from tests.integration.audit_support import headers, integrate, log_world, logged_in_as, say_verified, write

ZONE = 'localhost TXT "v=spf1 -all"\n'


def doctor(*more: str) -> tuple[int, dict[str, Any]]:
    out, code = StringIO(), 0
    try:
        call_command("doctor", "--json", *more, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    (line,) = out.getvalue().splitlines()
    return code, json.loads(line)


def test_each_line_says_how_it_stands_and_a_red_one_ends_with_1(
    committing: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_world(settings, tmp_path) as desk:
        write()
        integrate(desk.answer)
        code, found = doctor()
        lines = {line["name"]: line for line in found["lines"]}
        assert (code, found["ok"]) == (1, False)
        assert lines["schema"]["state"] == State.OK
        assert lines["backup"]["state"] == lines["restore drill"]["state"] == State.RED
        assert lines["process worker"]["state"] == State.RED
        assert lines["SPF, DKIM, DMARC"]["says"] == "could not be checked here"
        assert all(line["fix"] for line in found["lines"] if line["state"] != State.OK)
        assert not [line for line in found["lines"] if "could not be checked here: " in line["says"]]
        before = len(headers())
        for name in gathering.PROCESSES:
            heartbeats.beat(name, now=timezone.now())
        say_verified()
        (tmp_path / "zone").write_text(ZONE)
        code, found = doctor("--dns-file", str(tmp_path / "zone"))
        lines = {line["name"]: line for line in found["lines"]}
        assert lines["process worker"]["state"] == lines["log verified"]["state"] == State.OK
        assert (lines["SPF"]["state"], lines["DMARC"]["state"]) == (State.OK, State.WARN)
        assert len(headers()) == before  # it looks, and changes nothing
        monkeypatch.setattr("sys.stdin", StringIO(ZONE))
        assert [line for line in doctor("--dns-file", "-")[1]["lines"] if line["name"] in ("SPF", "DKIM", "DMARC")] == [
            lines[name] for name in ("SPF", "DKIM", "DMARC")
        ]


def test_a_login_that_no_trigger_or_grant_holds_is_seen(postgresql_db: str) -> None:
    assert gathering._login() == Login("broker_app", 17)
    with logged_in_as("broker_owner"):
        assert gathering._login() == Login("broker_owner", 17, "owns the tables")
    with logged_in_as("postgres"):
        assert gathering._login() == Login("postgres", 17, "is a superuser")


def test_the_disk_of_a_database_on_this_machine_counts(
    committing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(gathering, "_CLUSTER", tmp_path)
    assert (str(tmp_path) in gathering.disks()) is (committing == "postgresql")


def test_a_declared_copy_counts_until_the_keys_change(
    sqlite_db: str, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_world(settings, tmp_path):
        settings.SEAL_KEY_FILE = tmp_path / "seal.key"
        settings.SEAL_KEY_FILE.write_text("a key (test)")
        settings.SEAL_KEY_FILE.chmod(0o600)
        _, found = doctor("--keys-copied-to", "the safe of the co-op")
        line = next(each for each in found["lines"] if each["name"] == "copy of the keys elsewhere")
        assert (line["state"], line["says"].startswith("the safe of the co-op")) == (State.OK, True)
        assert [head.obj for head in headers() if head.act == "admin.keys_copied"] == ["setting"]
        settings.SEAL_KEY_FILE.write_text("another key (test)")
        line = next(each for each in doctor()[1]["lines"] if each["name"] == "copy of the keys elsewhere")
        assert (line["state"], str(settings.SEAL_KEY_FILE) in line["says"]) == (State.RED, True)
        gathering._copied_file().write_text("edited")
        line = next(each for each in doctor()[1]["lines"] if each["name"] == "copy of the keys elsewhere")
        assert (line["state"], "could not be checked" in line["says"]) == (State.WARN, True)


@pytest.mark.parametrize(
    ("named", "refused"),
    [("", True), ("sqlite:////srv/broker.sqlite3", False), ("postgresql://broker_app@localhost/broker", True)],
)
def test_a_deployment_on_sqlite_is_refused_unless_chosen_by_name(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch, named: str, refused: bool
) -> None:
    monkeypatch.setenv("DATABASE_URL", named)
    assert bool(database_chosen()) is refused
    codes = [each.id for each in run_checks(tags=["security"], include_deployment_checks=True)]
    assert ("operating.E001" in codes) is refused
    assert "operating.E001" not in [each.id for each in run_checks(tags=["security"])]


class Relay:
    """A mail server that brings what it takes to our own door, as an installation's does."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken.append(bytes(envelope.content))
        bring(self.taken[-1])
        return "250 taken"


def bring(raw: bytes) -> Received:
    """Hand a mail in as the listener does."""

    def call() -> Received:
        try:
            return receive(raw, envelope_from="", envelope_to=[], now=timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


def test_a_mail_to_ourselves_comes_back_and_is_nobodys_work(sqlite_db: str, settings: Any, tmp_path: Path) -> None:
    relay = Relay()
    server = SmtpServer(relay, port=0)
    with log_world(settings, tmp_path):
        server.start()
        try:
            port = server.port
            settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", port
            settings.ALLOWED_EGRESS = [f"127.0.0.1:{port}"]
            line = next(each for each in doctor("--mail")[1]["lines"] if each["name"] == "mail round trip")
            assert (line["state"], "came back" in line["says"]) == (State.OK, True)
            assert not Message.objects.exists()
            # The same once more is a mail like any other that bears our address.
            assert bring(relay.taken[0]).kind == "held"
        finally:
            server.stop()
        line = next(each for each in doctor("--mail")[1]["lines"] if each["name"] == "mail round trip")
        assert (line["state"], "could not be sent" in line["says"]) == (State.RED, True)
        # Whoever looks without asking, as the page does, reads what the last one who asked was told.
        later = next(each for each in doctor()[1]["lines"] if each["name"] == "mail round trip")
        assert (later["state"], later["fix"]) == (State.RED, line["fix"])
        assert re.fullmatch(re.escape(line["says"]) + r", asked \d+ seconds ago", later["says"])
        gathering._asked_file().write_text("edited")
        lines = {each["name"]: each for each in doctor()[1]["lines"]}
        assert lines["mail round trip"]["says"] == "not tried"
        assert "could not be checked" in lines["what was asked of others"]["says"]
        doctor("--mail")
        assert [each.line.name for each in gathering.asked()] == ["mail round trip"]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.OFFICER, Role.STAFF])
def test_only_the_operator_sees_the_page(sqlite_db: str, settings: Any, tmp_path: Path, role: Role) -> None:
    with log_world(settings, tmp_path):
        user = create_user("somebody", "Somebody (test)", role, password=None, actor=SERVICE("tests"))
        client = Client()
        assert client.get("/operating/").status_code == 302
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get("/operating/")
        assert answer.status_code == (200 if role == Role.OPERATOR else 404)
        if role == Role.OPERATOR:
            text = answer.content.decode()
            assert text.index("<strong>fail<") < text.index("<strong>ok<")
            assert "manage.py backup" in text
            assert "Is it fit to serve?" in client.get("/admin/").content.decode()
