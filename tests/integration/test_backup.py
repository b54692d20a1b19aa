"""A backup of a whole world, and the drill that restores it: what it proves, and each way in which it must fail."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from broker import vault
from broker.audit import log, signer, store
from broker.operating import archive, drilling, gathering, inside, lost, manifest, place, room
from broker.operating.management.commands.backup import key_places
from broker.parties.models import Customer
from broker.terms import SERVICE
from broker.vault import files, keyring
from broker.vault.models import VaultKey
from requests_app.inbound import holding
from tests import cluster, factories
from tests.environment import ROOT
from tests.integration.audit_support import headers, integrate, log_world, write
from tests.integration.grant_support import Desk, desk

__all__ = ["desk"]


@pytest.fixture(autouse=True)
def owner(committing: str, settings: Any, tmp_path: Path) -> Path:
    """The folder of the installation, and on PostgreSQL the login of the tables' owner."""
    settings.DATA_DIR = tmp_path
    if committing == "postgresql":
        settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
    return tmp_path


def back_up(folder: Path) -> dict[str, Any]:
    folder.mkdir(exist_ok=True)
    out = StringIO()
    call_command("backup", str(folder), "--json", stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def drill(archive: str | Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Run a drill in a place that is made for it; its exit code and its last line."""
    out, code = StringIO(), 0
    admin = ["--admin-url", cluster.url("postgres", "postgres")] if connection.vendor == "postgresql" else []
    try:
        call_command("restore_drill", str(archive), *admin, *more, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, json.loads(out.getvalue().splitlines()[-1])


def events(act: str) -> list[tuple[str, str | None]]:
    return [(head.res, head.obj) for head in headers() if head.act == act]


@pytest.mark.granted
def test_a_world_is_backed_up_restored_verified_opened_and_served(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = integrate(desk.signer.answer)
    # Somebody nearly always waits for a signature, and no archive is drilled or needed in its own hour alone.
    real = log.time.time_ns
    with monkeypatch.context() as earlier:
        earlier.setattr(log.time, "time_ns", lambda: real() - 2 * 3600 * 10**9)
        write()
    assert not log.reads_are_open()
    made = back_up(tmp_path / "backups")
    assert (made["size"], made["files"] > 0, made["without_bytes"]) == (size, True, 0)
    assert events("admin.backup") == [("ok", "log")]
    for path in Path(made["archive"]).iterdir():
        assert path.stat().st_mode & 0o077 == 0
    code, found = drill(made["archive"])
    assert code == 0, found
    assert (found["size"], found["root"], found["live"]) == (size, made["root"], "same root")
    assert (found["letter"], found["migrated"]) == ("exact", [])
    assert found["files"] > 0
    assert found["values"] > 3
    assert all(step["ok"] for step in found["steps"])
    assert events("admin.drill") == [("ok", "log")]
    # The live log is as it was but for those two entries, and the drill's own reading is in the copy alone.
    assert not [head for head in headers() if head.act == "log.verified"]


def test_where_no_archive_is_nothing_was_drilled(committing: str, settings: Any, tmp_path: Path) -> None:
    with log_world(settings, tmp_path):
        (tmp_path / "a.file").write_text("no archive")
        for name in ("nowhere.backup", "a.file"):
            with pytest.raises(CommandError, match="no archive is there"):
                call_command("restore_drill", str(tmp_path / name))
        assert events("admin.drill") == []


def test_no_key_is_in_an_archive_and_it_says_where_they_are(committing: str, settings: Any, tmp_path: Path) -> None:
    with log_world(settings, tmp_path) as keys:
        write()
        integrate(keys.answer)
        out = StringIO()
        call_command("backup", str(tmp_path / "one.backup"), stdout=out)
        assert str(settings.KEY_FILE) in out.getvalue()
        secrets = json.loads(Path(settings.KEY_FILE).read_text())
        words = [secrets["root"], *secrets["wrapping"].values(), (settings.SIGNER_DIR / signer.KEY).read_text()[-44:-1]]
        for path in (tmp_path / "one.backup").iterdir():
            data = path.read_bytes()
            assert not [word for word in words if word.encode() in data]
        parts = {manifest.DATABASE[committing], manifest.FILES, manifest.CHECKPOINT, manifest.VKEY}
        assert {path.name for path in (tmp_path / "one.backup").iterdir()} == parts | {manifest.NAME, manifest.SUMS}
        done = subprocess.run(["sha256sum", "--check", "--quiet", manifest.SUMS], cwd=tmp_path / "one.backup")
        assert done.returncode == 0


def test_nothing_is_ever_replaced_and_no_entry_means_no_archive(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_world(settings, tmp_path) as keys:
        write()
        integrate(keys.answer)
        taken = tmp_path / "taken"
        taken.write_text("mine")
        with pytest.raises(CommandError, match="never replaces"):
            call_command("backup", str(taken), stdout=StringIO())
        assert taken.read_text() == "mine"

        def closed(*_args: Any, **_more: Any) -> Any:
            raise log.LogUnavailable("closed")

        monkeypatch.setattr(log, "append", closed)
        with pytest.raises(CommandError, match="No backup was made"):
            call_command("backup", str(tmp_path / "unlogged"), stdout=StringIO())
        assert not list(tmp_path.glob("*unlogged*"))


def test_a_backup_killed_just_before_it_gets_its_name_is_cleared_an_hour_later(settings: Any, tmp_path: Path) -> None:
    """It has given up its lock by then: nothing but its age says that nobody fills it any more."""
    with log_world(settings, tmp_path) as keys:
        write()
        integrate(keys.answer)
        place = tmp_path / "backups"
        place.mkdir()
        young, old = (place / f".broker-{name}.1{archive.UNFINISHED}" for name in ("young", "old"))
        for left in (young, old):
            left.mkdir()
            (left / "db").write_text("x")
        os.utime(old, (0, 0))
        back_up(place)
        assert young.exists()
        assert not old.exists()


def test_a_killed_backup_leaves_nothing_that_looks_whole(settings: Any, tmp_path: Path) -> None:
    with log_world(settings, tmp_path) as keys:
        for _ in range(20):
            write()
        integrate(keys.answer)
        place = tmp_path / "backups"
        place.mkdir()
        program = (
            "import django, sys, time; django.setup()\n"
            "from broker.operating import archive\n"
            "archive.publish = lambda *a: (print('filled', flush=True), time.sleep(60))\n"
            "from django.core.management import call_command\n"
            f"call_command('backup', {str(place)!r})\n"
        )
        more = {"BROKER_DATA_DIR": str(tmp_path), "MIGRATE_DATABASE_URL": settings.MIGRATE_DATABASE_URL}
        running = subprocess.Popen(
            [sys.executable, "-c", program], cwd=ROOT, env={**_environment(), **more}, stdout=subprocess.PIPE
        )
        assert running.stdout is not None
        assert running.stdout.readline() == b"filled\n"
        running.send_signal(signal.SIGKILL)
        running.wait()
        running.stdout.close()
        (left,) = place.iterdir()
        assert left.name.startswith(".")
        assert "interrupted" in drill(left)[1]["why"]
        assert not list(place.glob("broker-*"))
        back_up(place)
        assert [each.name.startswith("broker-") for each in place.iterdir()] == [True]  # the leftover is cleared away


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


@pytest.mark.parametrize(
    "part", ["database", manifest.FILES, manifest.CHECKPOINT, manifest.VKEY, manifest.NAME, manifest.SUMS]
)
def test_a_damaged_archive_is_refused_by_the_name_of_its_part(
    committing: str, settings: Any, tmp_path: Path, part: str
) -> None:
    with log_world(settings, tmp_path) as keys:
        write()
        integrate(keys.answer)
        archive = Path(back_up(tmp_path / "backups")["archive"])
        name = manifest.DATABASE[committing] if part == "database" else part
        data = bytearray((archive / name).read_bytes())
        data[len(data) // 2] ^= 1
        (archive / name).write_bytes(data)
        code, found = drill(archive)
        assert (code, found["failed"]) == (1, "archive whole")
        assert found["why"].startswith(name)
        assert events("admin.drill") == [("error", "log")]
        (archive / name).unlink()
        assert drill(archive)[1]["why"].startswith(name)


def test_a_lost_key_is_named_and_a_rotated_one_reads_all_into_what_was_given(settings: Any, tmp_path: Path) -> None:
    settings.KEY_FILE = tmp_path / "keys" / "first"
    keyring.write_new(settings.KEY_FILE)
    _begin_anew()
    with log_world(settings, tmp_path) as keys:
        first = factories.customer("first@customer.example")
        factories.account(first)
        vault.seal_file(b"under the first key", subject=first.id, name="file")
        integrate(keys.answer)
        old = Path(back_up(tmp_path / "backups")["archive"])
        copy = tmp_path / "copy.keys"
        shutil.copy(settings.KEY_FILE, copy)
        assert keyring.rotate(settings.KEY_FILE) == 2
        _begin_anew()
        second = factories.customer("second@customer.example")
        factories.account(second, "100200301")
        for _ in range(drilling.OPENED):
            vault.seal_file(b"under the second key", subject=second.id, name="file")
        integrate(keys.answer)
        assert set(VaultKey.objects.values_list("kek", flat=True)) == {1, 2}
        call_command("backup", str(tmp_path / "new.backup"), stdout=StringIO())
        # The copy from before the rotation lacks a key for the new archive; it is named before anything is restored.
        code, found = drill(tmp_path / "new.backup", "--keys", str(copy))
        assert (code, found["failed"]) == (1, "keys")
        assert "wrapping key 2 is not in" in found["why"]
        # With the whole file all opens: of each of the two her address, and number, name and place of her account.
        code, found = drill(tmp_path / "new.backup", "--all")
        assert code == 0, found
        assert (found["files"], found["values"]) == (1 + drilling.OPENED, 2 * 4)
        code, found = _drill_into_what_was_given(old, tmp_path / "restored")
        assert code == 0, found
        assert (found["files"], found["values"]) == (1, 2)  # of each table's rows one value, unless all are asked for
        assert (tmp_path / "restored" / "signer" / "log.vkey").read_text() == (
            settings.SIGNER_DIR / "log.vkey"
        ).read_text()
        assert not (tmp_path / "restored" / "signer" / "log.key").exists()
        keyring.write_new(tmp_path / "another.keys")
        code, found = drill(old, "--keys", str(tmp_path / "another.keys"))
        assert (code, found["failed"]) == (1, "keys")
        assert "wrapping key 1 does not fit" in found["why"]
    _begin_anew()


def test_one_old_file_or_value_that_does_not_open_is_found_among_all(settings: Any, tmp_path: Path) -> None:
    with log_world(settings, tmp_path):
        members = sorted((factories.customer(f"m{n}@customer.example") for n in range(6)), key=lambda each: each.id)
        sealed = [vault.seal_file(b"x", subject=members[0].id, name="file") for _ in range(3)]
        assert inside.open_some("2") == {"ok": True, "files": 2, "values": 1}
        assert inside.open_some("all") == {"ok": True, "files": 3, "values": 6}
        # The row of the smallest id is not in a sample of five; the value that is put there belongs to another's.
        _put(members[0], members[1].email)
        assert inside.open_some("50") == {"ok": True, "files": 3, "values": 5}
        assert inside.open_some("all")["ok"] is False
        _put(members[0], members[0].email)
        assert inside.open_some("all")["ok"] is True
        path = files.as_it_lies(sealed[0])[0]
        whole = storages["sealed"].open(path).read()
        storages["sealed"].delete(path)
        storages["sealed"].save(path, ContentFile(whole[:-1] + bytes([whole[-1] ^ 1])))
        assert inside.open_some("2") == {"ok": True, "files": 2, "values": 1}
        assert inside.open_some("all")["ok"] is False


def _put(customer: Customer, email: vault.Sealed) -> None:
    with transaction.atomic():
        event = factories.event("admin.action", subject=customer.id, obj="customer")
        Customer.objects.filter(id=customer.id).update(email=email, audit_event_id=event.id)


def _begin_anew() -> None:
    from broker.vault.writing import write_keys

    log.reset(fresh_operations=True)
    write_keys.forget()


def test_a_place_that_is_not_empty_or_is_the_live_one_is_refused(settings: Any, tmp_path: Path) -> None:
    with log_world(settings, tmp_path) as keys:
        write()
        integrate(keys.answer)
        archive = back_up(tmp_path / "backups")["archive"]
        full = tmp_path / "full"
        full.mkdir()
        (full / "something").write_text("mine")
        owner = settings.MIGRATE_DATABASE_URL
        given = ["--database-url", owner, "--owner-url", owner] if owner else []
        assert "not empty" in drill(archive, "--into", str(full), *_elsewhere(tmp_path))[1]["why"]
        assert (full / "something").read_text() == "mine"
        live = given or ["--database-url", f"sqlite:///{connection.settings_dict['NAME']}"]
        assert "live database" in drill(archive, "--into", str(tmp_path / "fresh"), *live)[1]["why"]
        assert "live installation" in drill(archive, "--into", str(tmp_path), *_elsewhere(tmp_path))[1]["why"]


def _elsewhere(folder: Path) -> list[str]:
    """Addresses of a database that is not the live one, and not there."""
    if connection.vendor == "sqlite":
        return ["--database-url", f"sqlite:///{folder / 'other.sqlite3'}"]
    url = cluster.url("broker_owner", "postgres")
    return ["--database-url", url, "--owner-url", url]


def _drill_into_what_was_given(archive: Path, into: Path) -> tuple[int, dict[str, Any]]:
    """Restore into a folder and an empty database that are there before, and stay."""
    if connection.vendor == "sqlite":
        found = drill(archive, "--into", str(into))
        assert (into / "broker.sqlite3").exists()
        return found
    with cluster.connect("postgres", "postgres") as admin:
        name = f"broker_given_{time.time_ns()}"
        admin.execute(cluster.quoted("CREATE DATABASE {} OWNER broker_owner TEMPLATE template0", name))
        try:
            urls = cluster.url("broker_app", name), cluster.url("broker_owner", name)
            return drill(archive, "--into", str(into), "--database-url", urls[0], "--owner-url", urls[1])
        finally:
            admin.execute(cluster.quoted("DROP DATABASE {} WITH (FORCE)", name))


def test_too_little_room_is_refused_before_anything_is_begun(settings: Any, tmp_path: Path) -> None:
    with log_world(settings, tmp_path / "log") as keys:
        settings.DATA_DIR = tmp_path
        write()
        integrate(keys.answer)
        source = Path(back_up(tmp_path / "backups")["archive"])
        found = archive.read(source, print)
        admin = cluster.url("postgres", "postgres") if connection.vendor == "postgresql" else ""
        asked: list[Path] = []

        def left(path: Path) -> int:
            asked.append(path)
            return 1_000

        before = databases()
        for where in (drilling.Where(admin_url=admin), drilling.Where(tmp_path / "a" / "b", admin_url=admin)):
            now = datetime.now(UTC)
            made = drilling.run(source, where, Path(settings.KEY_FILE), now=now, progress=print, free=left)
            assert (made["ok"], made["failed"]) == (False, "enough room")
            assert "too little room" in made["why"]
            assert "Nothing was begun" in made["why"]
        assert asked
        assert all(each.exists() for each in asked)  # of what is made later, the folder above it is asked
        assert not list(tmp_path.glob("drill-*"))
        assert not (tmp_path / "a").exists()
        assert databases() == before
        assert events("admin.drill") == [("error", "log")] * 2
        enough = room.needed(room.of_files(found) + room.of_database(found))
        drilling.demand_room(found, drilling.Where(admin_url=admin), lambda _path: enough)


def databases() -> set[str]:
    """Every database of the server but those of the tests that run beside these."""
    if connection.vendor == "sqlite":
        return set()
    with cluster.connect("postgres", "postgres") as admin:
        found = {name for (name,) in admin.execute("SELECT datname FROM pg_database")}
    # As tests/harness.py names them, and as a drill names its own.
    ours = (f"broker_{os.getpid()}_", "broker_drill_")
    return {name for name in found if not name.startswith("broker_") or name.startswith(ours)}


def test_an_archive_that_tells_another_history_is_refused(settings: Any, tmp_path: Path) -> None:
    with log_world(settings, tmp_path) as keys:
        write()
        integrate(keys.answer)
        archive = Path(back_up(tmp_path / "backups")["archive"])
        said = json.loads((archive / manifest.NAME).read_text())
        said["log"]["root"] = re.sub(r"^.", lambda at: "B" if at[0] == "A" else "A", said["log"]["root"])
        (archive / manifest.NAME).write_text(json.dumps(said))
        digest = hashlib.sha256((archive / manifest.NAME).read_bytes()).hexdigest()
        listed = (archive / manifest.SUMS).read_text()
        (archive / manifest.SUMS).write_text(f"{digest}{listed[64:]}")
        code, found = drill(archive)
        assert (code, found["failed"]) == (1, "same log as the live one")
        assert store.newest_note(1) is not None


def test_a_sealed_file_that_is_lost_makes_backup_drill_and_doctor_red(settings: Any, tmp_path: Path) -> None:
    customer = factories.customer()
    with log_world(settings, tmp_path) as keys:
        draft = uuid.uuid4()
        kept, gone, ended = (
            vault.seal_file(b"x", subject=subject, name="file") for subject in (customer.id, customer.id, draft)
        )
        vault.delete_bytes(ended, for_a_time=True)  # a draft's: nobody misses it
        log.append("draft.deleted", actor=SERVICE("drafts"), subject=draft, body={"letters_deleted": 1})
        integrate(keys.answer)
        assert back_up(tmp_path / "backups")["lost"] == 0
        storages["sealed"].delete(files.as_it_lies(gone)[0])
        out, err = StringIO(), StringIO()
        with pytest.raises(SystemExit, match="1"):
            call_command("backup", str(tmp_path / "lost.backup"), stdout=out, stderr=err)
        assert "1 sealed files, 2 without bytes" in out.getvalue()
        found = json.loads(out.getvalue().splitlines()[-1])
        assert (found["ok"], found["files"], found["without_bytes"], found["lost"]) == (False, 1, 2, 1)
        assert "1 sealed files are lost" in err.getvalue()
        assert [res for res, _obj in events("admin.backup")] == ["ok", "error"]
        integrate(keys.answer)
        said = gathering.last("admin.backup")
        assert said is not None
        assert not said.ok  # the doctor's red
        code, found = drill(tmp_path / "lost.backup")
        assert (code, found["failed"]) == (1, "restored")
        assert "1 sealed files were lost" in found["why"]
        assert kept


@pytest.mark.parametrize("whose", [holding.HOLDER, holding.LOGINS, uuid.UUID(int=77)])
def test_a_file_of_nobody_or_of_somebody_who_is_no_customer_yet_is_lost_too(
    settings: Any, tmp_path: Path, whose: uuid.UUID
) -> None:
    """Mails of the holding pen and of the gate, and the scan of a letter that no second person has looked at."""
    with log_world(settings, tmp_path):
        gone = vault.seal_file(b"x", subject=whose, name="mail.eml", alone=True)
        storages["sealed"].delete(files.as_it_lies(gone)[0])
        log.append("draft.saved", actor=SERVICE("drafts"), subject=whose, body={})  # another entry excuses nothing
        assert lost.among([gone]) == [gone]


def test_an_archive_that_gets_no_name_is_taken_back_in_the_log(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any) -> None:
        raise OSError("no space left on device")

    with log_world(settings, tmp_path) as keys:
        write()
        integrate(keys.answer)
        monkeypatch.setattr(archive, "publish", full)
        with pytest.raises(CommandError, match="No backup was made"):
            call_command("backup", str(tmp_path / "unnamed"), stdout=StringIO())
        assert [res for res, _obj in events("admin.backup")] == ["ok", "error"]


def test_whatever_breaks_a_drill_is_a_drill_that_failed(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Path] = []

    def broken(_found: Any, target: place.Place) -> None:
        seen.append(target.folder)
        raise RuntimeError("MARKER of somebody's row")

    left = tmp_path / "drill-of-last-month"
    left.mkdir()
    os.utime(left, (0, 0))
    with log_world(settings, tmp_path / "log") as keys:
        settings.DATA_DIR = tmp_path
        write()
        integrate(keys.answer)
        made = back_up(tmp_path / "backups")
        monkeypatch.setattr(drilling, "_migrate", broken)
        code, found = drill(made["archive"])
        assert (code, found["failed"]) == (1, "schema")
        assert "RuntimeError" in found["why"]
        assert "MARKER" not in json.dumps(found)
        assert events("admin.drill") == [("error", "log")]
    # Beside the installation's own data, not in a folder that may be memory.
    assert [each.parent for each in seen] == [tmp_path]
    assert not list(tmp_path.glob("drill-*"))


def test_the_settings_file_is_named_only_where_there_is_one(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR = tmp_path
    assert tmp_path / ".env" not in key_places()
    (tmp_path / ".env").touch()
    assert key_places()[-1] == tmp_path / ".env"
