"""The SQLite backend: settings that always hold, and a turn that is always given back."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.db.utils import IntegrityError
from django.utils import timezone

from broker.jobs.models import Heartbeat

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import os, sys
import django
django.setup()
from django.db import connection, transaction
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(sys.argv[2])):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM turns")
        cursor.execute("INSERT INTO turns (who) VALUES (%s)", [sys.argv[1]])
"""


HOLDER = """
import sys
import django
django.setup()
from django.db import connection, transaction
with transaction.atomic():
    print("inside", flush=True)
    sys.stdin.readline()
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    """Run a script over this test's database in another process."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def beat(name: str = "x") -> Heartbeat:
    return Heartbeat.objects.create(name=name, pid=1, beat_at=timezone.now())


def elsewhere(work: object) -> object:
    """Run in another thread, with a connection of its own and no patience."""
    answers: list[object] = []

    def run() -> None:
        connections["default"].settings_dict["OPTIONS"]["timeout"] = 0.05
        try:
            answers.append(work())  # type: ignore[operator]
        except Exception as error:  # noqa: BLE001  (handed to the test)
            answers.append(error)
        finally:
            connections["default"].settings_dict["OPTIONS"]["timeout"] = 20
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return answers[0]


def test_the_settings_that_evidence_depends_on(sqlite_db: str) -> None:
    with connection.cursor() as cursor:

        def pragma(name: str) -> object:
            cursor.execute(f"PRAGMA {name}")
            return cursor.fetchone()[0]

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2  # FULL
        assert pragma("recursive_triggers") == pragma("foreign_keys") == pragma("secure_delete") == 1
        assert pragma("busy_timeout") == 20_000


def test_a_new_database_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    script = (
        "import django; django.setup(); from django.db import connection as c; c.cursor().execute('CREATE TABLE t (x)')"
    )
    subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ | {"DATABASE_URL": f"sqlite:///{path}"}, check=True
    )
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}


def test_a_transaction_holds_the_turn_until_it_ends(sqlite_db: str) -> None:
    with transaction.atomic():
        assert connection.queue.held  # type: ignore[attr-defined]
        with transaction.atomic():
            beat()
        assert isinstance(elsewhere(beat), OperationalError)
    assert not connection.queue.held  # type: ignore[attr-defined]
    assert isinstance(elsewhere(lambda: beat("y")), Heartbeat)


def test_readers_do_not_queue(sqlite_db: str) -> None:
    with transaction.atomic():
        beat()
        assert elsewhere(Heartbeat.objects.count) == 0


def test_a_lone_write_takes_its_turn_and_gives_it_back(sqlite_db: str) -> None:
    beat()
    assert not connection.queue.held  # type: ignore[attr-defined]
    with transaction.atomic():
        blocked = elsewhere(lambda: Heartbeat.objects.update(pid=2))
        assert isinstance(blocked, OperationalError)
    assert elsewhere(lambda: Heartbeat.objects.update(pid=2)) == 1


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_transaction_that_breaks_gives_the_turn_back(sqlite_db: str, failure: type[BaseException]) -> None:
    def break_off() -> None:
        with transaction.atomic():
            beat()
            raise failure

    with pytest.raises(failure):
        break_off()
    assert not connection.queue.held  # type: ignore[attr-defined]
    assert Heartbeat.objects.count() == 0


def test_a_savepoint_that_is_rolled_back_keeps_the_turn(sqlite_db: str) -> None:
    with transaction.atomic():
        with pytest.raises(ValueError, match="inner"), transaction.atomic():
            raise ValueError("inner")
        assert connection.queue.held  # type: ignore[attr-defined]
        beat()
    assert Heartbeat.objects.count() == 1


def test_a_commit_that_fails_gives_the_turn_back(sqlite_db: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        # A foreign key is checked at the commit.
        cursor.execute("INSERT INTO auth_permission (content_type_id, codename, name) VALUES (-1, 'x', 'x')")
    assert not connection.queue.held  # type: ignore[attr-defined]
    assert isinstance(elsewhere(beat), Heartbeat)


def test_closing_inside_a_transaction_gives_the_turn_back(sqlite_db: str) -> None:
    def close_and_go_on() -> None:
        with transaction.atomic():
            beat()
            connection.close()
            beat("y")

    with pytest.raises(DatabaseError):
        close_and_go_on()
    assert isinstance(elsewhere(beat), Heartbeat)
    assert Heartbeat.objects.count() == 1


def test_transactions_without_a_queue_are_refused(sqlite_db: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        transaction.set_autocommit(False)


def test_several_processes_write_without_a_lock_error_and_lose_nothing(sqlite_db: str) -> None:
    each = 60
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE turns (id INTEGER PRIMARY KEY, who TEXT)")
    writers = [start(WRITER, str(number), str(each)) for number in range(3)]
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in writers:
            _, complaints = writer.communicate()
            assert writer.returncode == 0, complaints
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    with connection.cursor() as cursor:
        cursor.execute("SELECT who, count(*) FROM turns GROUP BY who ORDER BY who")
        assert cursor.fetchall() == [(str(number), each) for number in range(3)]


def test_a_stopped_writer_gives_others_a_clear_error(sqlite_db: str) -> None:
    writer = start(HOLDER)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "inside\n"
        writer.send_signal(signal.SIGSTOP)
        answer = elsewhere(beat)
        assert isinstance(answer, OperationalError)
        assert "busy" in str(answer)
        writer.send_signal(signal.SIGCONT)
        writer.communicate("go on\n")
        assert writer.returncode == 0
    finally:
        writer.kill()
        writer.wait()
    assert isinstance(elsewhere(beat), Heartbeat)
