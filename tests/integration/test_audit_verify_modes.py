"""verify_log in all its ways, on both engines: what is new, a copy of the database, an export, a pack, with keys."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from broker.audit import auditing, banner, container, copies, export, kept, log, signer, store, verdict_file, verdicts
from broker.audit.management.commands import integrate as integrate_command
from broker.audit.management.commands import verify_log as verify_log_command
from broker.audit.standalone import verify as standalone
from tests import memory_log
from tests.integration.audit_support import STAFF, SUBJECT, headers, integrate, logged_in_as, make_signer, tamper, write


@pytest.fixture(autouse=True)
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[signer.Desk]:
    """A signer with a new key, over a database of the test's own on each engine."""
    settings.DATA_DIR = tmp_path
    settings.SIGNER_DIR = tmp_path / "signer"
    settings.SIGNER_SOCKET = tmp_path / "s"
    log.reset()
    made = make_signer(tmp_path / "signer")
    yield made
    log.reset()
    made.close()


def grow(desk: signer.Desk, number: int = 5) -> int:
    """Write events, integrate them and have them signed; return the size."""
    for _ in range(number):
        write()
    return integrate(desk.answer)


def run(*options: str) -> tuple[int, list[str]]:
    """The command's exit code and lines."""
    out, code = StringIO(), 0
    try:
        call_command("verify_log", *options, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue().splitlines()


def verdict(*options: str) -> dict[str, Any]:
    """Its last line."""
    found: dict[str, Any] = json.loads(run(*options)[1][-1])
    return found


def swap_body(seq: int | str) -> str:
    """A statement that puts the first event's body into another event."""
    body = "SELECT e.ct FROM audit_event e JOIN audit_leaf l ON l.event_id = e.id WHERE l.seq = 0"
    return f"UPDATE audit_event SET ct = ({body}) WHERE id = (SELECT event_id FROM audit_leaf WHERE seq = {seq})"


class Counting:
    """Counts the places that are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from broker.audit import reading

        self.read: list[int] = []
        ask = reading.Tables._leaves

        def counted(tables: Any, begin: int) -> Any:
            for row in ask(tables, begin):
                self.read.append(row[0])
                yield row

        monkeypatch.setattr(reading.Tables, "_leaves", counted)

    def take(self) -> list[int]:
        """What was read since the last call."""
        found, self.read = self.read, []
        return found


# --- what is new


def test_only_what_is_new_is_read(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = grow(desk)
    counting = Counting(monkeypatch)
    assert verdict("--incremental")["ok"]
    assert counting.take() == list(range(first)), "there was nothing to go on from"
    assert verdict("--incremental")["ok"]
    assert counting.take() == []
    second = grow(desk, 300)
    found = verdict("--incremental")
    assert (found["ok"], found["size"]) == (True, second)
    assert counting.take() == list(range(first, second))
    assert verdict() == found
    last = verdict_file.last()
    assert last is not None
    assert last.full


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (swap_body(":new"), "entry"),
        ("UPDATE audit_index SET actor = 'x' WHERE event_id = (SELECT event_id FROM audit_leaf WHERE seq = :new)",
         "columns"),
        ("DELETE FROM audit_leaf WHERE seq = :new", "missing_leaf"),
        ("DELETE FROM audit_leaf WHERE seq >= :old", "missing_leaf"),
        ("DELETE FROM audit_checkpoint WHERE size >= :old", "rollback"),
        ("DELETE FROM audit_tile WHERE level = 0", "tile"),
        ("UPDATE audit_cursor SET n = n + 1", "columns"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_the_new_part_is_found(desk: signer.Desk, statement: str, kind: str) -> None:
    old = grow(desk)
    assert verdict("--incremental")["ok"]
    new = grow(desk) - 2
    values = {name: value for name, value in {"old": old - 1, "new": new}.items() if f":{name}" in statement}
    tamper(statement, values)
    found = verdict("--incremental")
    assert (found["ok"], found["kind"]) == (False, kind)
    assert not verdict("--incremental")["ok"], "a bad verdict leaves the state as it was"


def test_what_is_wrong_with_the_old_part_is_not_healed_by_reading_the_new(desk: signer.Desk) -> None:
    grow(desk)
    assert verdict("--incremental")["ok"]
    tamper(swap_body(2))
    assert (verdict()["kind"], verdict()["first_bad"]) == ("entry", 2)
    grow(desk)
    found = verdict("--incremental")
    assert (found["ok"], found["kind"], found["first_bad"]) == (False, "entry", 2)
    assert banner.banner(datetime.now(UTC)).state == "red"
    verdict_file.path().unlink()
    integrate(desk.answer)
    assert not verdict("--incremental")["ok"], "the log itself tells of the red verdict"


def test_an_edited_state_is_refused_and_everything_read(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    size = grow(desk)
    assert verdict("--incremental")["ok"]
    whole = auditing.state_path().read_text()
    counting = Counting(monkeypatch)
    dice = random.Random(7)
    for _ in range(40):
        at = dice.randrange(len(whole))
        auditing.state_path().write_text(whole[:at] + chr(ord(whole[at]) ^ 1) + whole[at + 1 :])
        assert kept.load(auditing.state_path(), "broker.localhost/audit/tests") is None
    assert verdict("--incremental")["ok"]
    assert counting.take() == list(range(size))
    auditing.state_path().write_text(whole)
    assert kept.load(auditing.state_path(), "other.localhost/audit/x") is None


def test_after_a_day_everything_is_read_again(desk: signer.Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    size = grow(desk)
    assert verdict("--incremental")["ok"]
    state = kept.load(auditing.state_path(), "broker.localhost/audit/tests")
    assert state is not None
    yesterday = datetime.now(UTC) - timedelta(days=1, seconds=1)
    kept.save(auditing.state_path(), "broker.localhost/audit/tests", state.progress, full_at=yesterday)
    counting = Counting(monkeypatch)
    assert verdict("--incremental")["ok"]
    assert counting.take() == list(range(size))


def test_a_kill_while_the_state_is_replaced_leaves_one_that_holds(tmp_path: Path, desk: signer.Desk) -> None:
    grow(desk)
    assert verdict("--incremental")["ok"]
    place = auditing.state_path()
    body = place.read_bytes()
    script = (
        "import os, sys; from pathlib import Path; place = Path(sys.argv[1]); body = place.read_bytes()\n"
        "while True:\n"
        "    new = place.with_name('s.' + str(os.getpid())); new.write_bytes(body); new.replace(place)\n"
        "    print('.', flush=True)"
    )
    for _ in range(5):
        with subprocess.Popen([sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.02)
            os.kill(writer.pid, signal.SIGKILL)
        assert place.read_bytes() == body
    assert verdict("--incremental")["ok"]


def test_the_integrator_verifies_beside_its_work_and_never_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    started, go_on = threading.Event(), threading.Event()
    asked: list[bool] = []

    def verify_database(*, incremental: bool) -> None:
        asked.append(incremental)
        started.set()
        assert go_on.wait(20)

    monkeypatch.setattr(auditing, "verify_database", verify_database)
    monkeypatch.setattr(integrate_command, "VERIFY_EVERY", 0.0)
    verification = integrate_command._Verification()
    verification.now_and_then(1_000_000)
    assert started.wait(20), "a large log is verified too"
    verification.now_and_then(1_000_001)
    assert asked == [True], "one at a time"
    go_on.set()
    assert verification._thread is not None
    verification._thread.join(20)
    verification.now_and_then(1_000_000)
    assert asked == [True], "nothing is new"
    verification.now_and_then(1_000_001)
    verification._thread.join(20)
    assert asked == [True, True]


# --- a copy of the database


def copy(folder: Path) -> Path:
    """Copy this database as an operator would: a closed SQLite file, or pg_dump of the log's tables."""
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        with closing(sqlite3.connect(name)) as raw, closing(sqlite3.connect(folder / "copy.sqlite3")) as made:
            raw.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")
        return folder / "copy.sqlite3"
    return dump(folder, "plain")


def dump(folder: Path, shape: str) -> Path:
    """What pg_dump writes."""
    from tests import cluster

    path = folder / f"log.{shape}"
    url = cluster.url("postgres", str(connection.settings_dict["NAME"]))
    argv = [cluster.BINARIES / "pg_dump", f"--format={shape}", "--table=audit_*", f"--file={path}", url]
    subprocess.run([str(part) for part in argv], check=True, capture_output=True)
    return path


def test_a_copy_is_verified_without_its_server(desk: signer.Desk, tmp_path: Path) -> None:
    size = grow(desk, 300)
    path = copy(tmp_path)
    before = path.read_bytes()
    code, lines = run("--dump", str(path), "--vkey", str(tmp_path / "signer" / signer.VKEY))
    assert (code, json.loads(lines[-1])["size"]) == (0, size)
    assert copies.REMARK in lines
    assert path.read_bytes() == before
    assert verdict("--dump", str(path)) == verdict()
    tamper(swap_body(137))
    path.unlink()
    found = verdict("--dump", str(copy(tmp_path)))
    assert (found["kind"], found["first_bad"]) == ("entry", 137)


def test_a_damaged_copy_is_refused(desk: signer.Desk, tmp_path: Path) -> None:
    grow(desk)
    path = copy(tmp_path)
    whole = path.read_bytes()
    rows = whole.find(b"COPY public.audit_leaf ")  # of a dump; what follows the rows no verification reads
    half = whole[: whole.find(b"\\.\n", rows) if rows > 0 else len(whole) // 2]
    for broken in (half, b"", b"SQLite format 3\0" + bytes(100), b"SELECT 1;\n"):
        path.write_bytes(broken)
        with pytest.raises((CommandError, SystemExit)):
            call_command("verify_log", "--dump", str(path), stdout=StringIO())


def test_a_dump_in_postgresql_s_own_format(desk: signer.Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        with pytest.raises(CommandError):
            call_command("verify_log", "--dump", str(tmp_path / "none"), stdout=StringIO())
        return
    from tests import cluster

    size = grow(desk)
    monkeypatch.setenv("PATH", str(cluster.BINARIES))
    found = verdict("--dump", str(dump(tmp_path, "custom")))
    assert (found["ok"], found["size"]) == (True, size)


# --- what a stranger holds


def test_an_export_of_this_database_is_verified_by_the_stranger_s_program(desk: signer.Desk, tmp_path: Path) -> None:
    for _ in range(3):
        size = grow(desk, 100)
    assert export.write(tmp_path / "export").ok
    code, lines = run("--tiles", str(tmp_path / "export"))
    last = json.loads(lines[-1])
    assert (code, last["ok"], last["size"]) == (0, True, size)
    done = subprocess.run(
        [sys.executable, "-I", standalone.__file__], cwd=tmp_path / "export", capture_output=True, text=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == last == {**verdict(), "trust": "pack"}


def test_a_pack_is_verified_by_the_stranger_s_program(tmp_path: Path) -> None:
    files = memory_log.pack(memory_log.filled(), [1, 2], [2])
    container.write(tmp_path / "pack.zip", files)
    code, lines = run("--pack", str(tmp_path / "pack.zip"))
    assert code == 0
    assert lines[-2].startswith("complete and unchanged as far as the keys in it say. ")
    assert len(run("--json", "--pack", str(tmp_path / "pack.zip"))[1]) == 1
    whole = (tmp_path / "pack.zip").read_bytes()
    (tmp_path / "pack.zip").write_bytes(whole.replace(b"%PDF a letter", b"%PDF b letter"))
    code, lines = run("--pack", str(tmp_path / "pack.zip"))
    assert (code, json.loads(lines[-1])["file"]) == (1, "letter/letter.pdf")


# --- with keys


def test_every_body_opens_and_the_aliases_are_what_events_say(desk: signer.Desk) -> None:
    log.alias(SUBJECT, "account_number", "12345", actor=STAFF) if write() else None
    grow(desk)
    code, lines = run("--with-keys")
    assert code == 0
    assert any(line.endswith("bodies opened; the aliases are what their events say") for line in lines)
    assert store.rows("SELECT count(*) FROM audit_alias")[0][0] > 2


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("DELETE FROM audit_alias WHERE field <> 0", "key"),
        ("UPDATE audit_alias SET epoch = 9 WHERE field <> 0", "key"),
        ("UPDATE audit_key SET wrapped = (SELECT wrapped FROM audit_key ORDER BY kid LIMIT 1)", "key"),
    ],
)
def test_a_changed_alias_or_key_is_found_with_keys_alone(desk: signer.Desk, statement: str, kind: str) -> None:
    write()
    log.alias(SUBJECT, "account_number", "12345", actor=STAFF)
    grow(desk)
    assert verdict("--with-keys")["ok"]
    tamper(statement)
    assert verdict()["ok"]
    found = verdict("--with-keys")
    assert (found["ok"], found["kind"]) == (False, kind)


def test_the_reading_with_keys_is_an_event_itself(desk: signer.Desk) -> None:
    grow(desk)
    before = store.rows("SELECT count(*) FROM audit_event")[0][0]
    run("--with-keys")
    assert store.rows("SELECT count(*) FROM audit_event")[0][0] > before


def test_what_it_wrote_has_its_place_where_no_integrator_runs(desk: signer.Desk, settings: Any) -> None:
    size = grow(desk)
    log.close_lanes()
    integrate(desk.answer)
    log.reset()  # as a command begins
    desk.close()
    assert verdict("--with-keys")["ok"]
    if connection.vendor == "sqlite":  # on PostgreSQL the application's role may not integrate
        assert store.tree_size(1) > size + 2
        assert not store.waiting_lanes(log.origin_id())
    assert headers()[-1].act == "lane.close"
    assert verdict()["ok"]
    desk._lock = os.open(settings.SIGNER_DIR / signer.LOCK, os.O_RDWR)


def test_a_reader_s_login_opens_nothing(desk: signer.Desk) -> None:
    grow(desk)
    if connection.vendor == "sqlite":
        assert verdict("--with-keys")["ok"]
        return
    with logged_in_as("broker_reader"):
        assert verdict()["ok"]
        with pytest.raises(CommandError):
            call_command("verify_log", "--with-keys", stdout=StringIO())


# --- how it speaks


def test_a_verdict_is_said_in_plain_words(desk: signer.Desk) -> None:
    grow(desk)
    assert verdicts.MEANING == standalone.MEANING
    assert run()[1][-2] == verdicts.MEANING["ok"]
    tamper(swap_body(2))
    code, lines = run()
    assert code == 1
    assert lines[-2] == f"First bad entry: 2 (entry). {verdicts.MEANING['entry']}"
    assert len(run("--json")[1]) == 1


def test_opening_the_bodies_is_shown_as_a_pass_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    bar = verify_log_command._Bar(shown=True)
    for done in (256, 5_376, 5_632, 2_048, 4_096, 7_100):
        bar.tick(done)
    bar.end()
    shown = capsys.readouterr().err.split("\r")[1:]
    assert [each.strip() for each in shown] == [
        "verifying: 256 entries", "verifying: 5,376 entries", "opening bodies: 2,048 entries",
        "opening bodies: 7,100 entries",
    ]  # fmt: skip


def test_progress_is_shown_on_stderr_alone(desk: signer.Desk, capsys: pytest.CaptureFixture[str]) -> None:
    size = grow(desk, 260)
    code, lines = run("--json", "--progress")
    assert (code, json.loads(lines[0])["size"]) == (0, size)
    assert capsys.readouterr().err.startswith("\rverifying: 256 entries")
    run("--json")
    assert capsys.readouterr().err == ""


def test_ways_that_do_not_go_together_are_refused() -> None:
    for options in (["--with-keys", "--incremental"], ["--with-keys", "--pack", "x"], ["--pack", "x", "--dump", "y"]):
        with pytest.raises((CommandError, SystemExit)):
            call_command("verify_log", *options, stdout=StringIO())
