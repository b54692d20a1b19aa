"""An older backup in the place of a lost database: nothing goes on until two people declare the loss. Both engines."""

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from broker.approvals.models import Approval
from broker.audit import checkpoint, log, older, signer, store
from broker.audit.integrator import Diverged
from broker.operating import archive, place, restoring
from broker.parties.models import Role
from broker.parties.staff import create_user
from broker.terms import SERVICE
from tests import cluster, harness
from tests.integration.audit_support import ORIGIN, STAFF, headers, integrate, log_world, write

NEW = "broker.localhost/audit/after"


def lines(command: str, *options: str) -> tuple[int, str, dict[str, Any]]:
    out, code = StringIO(), 0
    try:
        call_command(command, *options, stdout=out)
    except SystemExit as end:
        code = int(str(end.code))
    return code, out.getvalue(), json.loads(out.getvalue().splitlines()[-1])


@contextmanager
def instead_of_the_live_one(source: Path, folder: Path, settings: Any) -> Iterator[None]:
    """Restore an archive, and let this process work on that database instead."""
    engine, name = connection.vendor, f"broker_older_{time.time_ns()}"
    live = dict(connection.settings_dict)
    owner = app = ""
    with cluster.connect("postgres", "postgres") as admin:
        if engine == "postgresql":
            admin.execute(cluster.quoted("CREATE DATABASE {} OWNER broker_owner TEMPLATE template0", name))
            app, owner = cluster.url("broker_app", name), cluster.url("broker_owner", name)
        where = place.given(engine, folder, settings.KEY_FILE, database_url=app, owner_url=owner)
        restoring.restore(source, archive.read(source, lambda _text: None), where, lambda _text: None)
        done = where.run(["manage.py", "migrate", "--no-input", "--skip-checks", "-v", "0"])
        assert done.returncode == 0, done.stderr
        wanted = {key: live[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")}
        harness.switch({**wanted, "NAME": name if engine == "postgresql" else str(folder / "broker.sqlite3")})
        settings.MIGRATE_DATABASE_URL = owner
        try:
            yield
        finally:
            log.close_lanes()
            harness.switch(wanted)
            if engine == "postgresql":
                admin.execute(cluster.quoted("DROP DATABASE {} WITH (FORCE)", name))


@contextmanager
def running(desk: signer.Desk, settings: Any) -> Iterator[None]:
    """The signer behind its socket."""
    server, over = signer.listen(Path(settings.SIGNER_SOCKET)), threading.Event()
    thread = threading.Thread(target=signer.serve, args=(desk, server, over.is_set))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        server.close()


def may_be_restored(engine: str, settings: Any, folder: Path) -> None:
    """Say where a backup finds what it needs of the live one."""
    if engine == "postgresql":
        settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", str(connection.settings_dict["NAME"]))
    settings.SEAL_ROOT_FILE = folder / "root.pem"


@contextmanager
def begun_anew(asked: uuid.UUID, last_note: str, folder: Path, settings: Any) -> Iterator[signer.Desk]:
    """Every process is stopped; the new log gets a signer's folder and a key of its own, and is opened."""
    log.close_lanes()
    log.reset()
    former = settings.SIGNER_DIR / signer.VKEY
    settings.LOG_ORIGIN, settings.SIGNER_DIR = NEW, folder / "after"
    call_command("make_log_key", "--former", str(former), stdout=StringIO())
    (folder / "known").write_text(last_note)
    known = ("--checkpoint", str(folder / "known"))
    call_command("open_new_origin", "--approval", str(asked), *known, stdout=StringIO())
    fresh = signer.Desk(settings.SIGNER_DIR)
    try:
        yield fresh
    finally:
        log.close_lanes()
        fresh.close()
        settings.LOG_ORIGIN = ORIGIN


def read() -> None:
    log.append_read("data.read", actor=STAFF, subject=uuid.UUID(int=42), purpose="support", body={}, obj="customer")


def people() -> tuple[Client, Client]:
    """An officer and an approver, signed in."""
    found = []
    for role in (Role.OFFICER, Role.APPROVER):
        user = create_user(f"{role}-of-test", f"Somebody (test), {role}", role, password=None, actor=SERVICE("tests"))
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        found.append(client)
    return found[0], found[1]


def declared(officer: Client, approver: Client) -> uuid.UUID:
    """Ask and decide on the console's own pages, while all that is protected is closed."""
    assert officer.get("/console/integrity/alarms/").status_code == 200
    fields = {"origin": NEW, "reason": "The disk was lost; this is last night's copy."}
    assert officer.post("/console/integrity/alarms/lost/", fields).status_code == 302
    asked = Approval.objects.get(act="log.new_origin").id
    assert approver.get("/console/approvals/").status_code == 200
    page = approver.get(f"/console/approvals/{asked}/?sure=1")
    confirmed = page.content.decode().partition('name="confirmed" value="')[2].partition('"')[0]
    answer = approver.post(f"/console/approvals/{asked}/decide/", {"decision": "approve", "confirmed": confirmed})
    assert answer.status_code == 302
    assert Approval.objects.get(id=asked).state == "approved"
    return asked


def test_nothing_goes_on_from_an_older_copy_until_two_people_declare_the_loss(
    committing: str, settings: Any, tmp_path: Path
) -> None:
    may_be_restored(committing, settings, tmp_path)
    with log_world(settings, tmp_path) as desk:
        officer, approver = people()
        write()
        kept = integrate(desk.answer)
        call_command("backup", str(tmp_path / "night.backup"), stdout=StringIO())
        write()  # the day that will be lost
        signed = integrate(desk.answer)
        last_note = store.notes(1)[-1].note
        log.close_lanes()
        with instead_of_the_live_one(tmp_path / "night.backup", tmp_path / "restored", settings):
            with running(desk, settings):
                # The signer's own state is ahead: nothing is signed, nothing protected is read, and it is said.
                with pytest.raises(CommandError, match="declare a loss"):
                    call_command("integrate", "--once", stdout=StringIO())
                # By what was tried the copy has grown meanwhile: to that size, or not yet.
                with pytest.raises(Diverged, match=r"another tree|different histories"):
                    integrate(desk.answer)
                assert [head.res for head in headers() if head.act == "alarm.log"] == ["error"]
                with pytest.raises(log.ReadsClosed, match="older copy"):
                    read()
                code, said, line = lines("verify_log")
                assert (code, line["ok"], line["kind"]) == (1, False, "rollback")
                asked = declared(officer, approver)
            with begun_anew(asked, last_note, tmp_path, settings) as fresh:
                write()
                size = integrate(fresh.answer)
                read()
                code, said, line = lines("verify_log")
                assert (code, line["size"]) == (0, size)
                assert f"{ORIGIN} was declared lost" in said
                code, said, line = lines("verify_log", "--origin", ORIGIN)
                assert (code, line["size"]) == (0, kept)
                assert "it ends here" in said
                assert signed > kept
                assert datetime.now(UTC) > store.opened_at(2)


def test_a_new_connection_has_the_question_asked_again(committing: str, settings: Any, tmp_path: Path) -> None:
    """A failover, or a restore in the database's place, is a new connection to the process and nothing else."""
    with log_world(settings, tmp_path) as desk:
        write()
        integrate(desk.answer)
        with running(desk, settings):
            read()
            read()  # settled
        log.close_lanes()
        ahead = checkpoint.Checkpoint(ORIGIN, 10_000, bytes(32))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(older, "last_signed", lambda: ahead)
            read()  # nobody asks on a connection that stays
            connection.close()
            with pytest.raises(log.ReadsClosed, match="older copy"):
                read()
