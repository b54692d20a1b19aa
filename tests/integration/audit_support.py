"""What the tests of the log share: an installation of its own, the roles of PostgreSQL, and tampering."""

import json
import sqlite3
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, connections

from broker.audit import auditing, entry, integrator, log, signer, store, verdict_file
from broker.terms import SERVICE, Actor, EventRef

STAFF = Actor("s", uuid.UUID(int=7), role="staff")
SUBJECT = uuid.UUID(int=42)
ORIGIN = "broker.localhost/audit/tests"


def write(act: str = "data.read", *, subject: uuid.UUID | None = SUBJECT, **more: Any) -> EventRef:
    """Append an event."""
    more.setdefault("body", {"why": "test"})
    more.setdefault("obj", "customer")
    return log.append(act, actor=STAFF, subject=subject, **more)


def headers() -> list[entry.Header]:
    """All events in the order of their ids."""
    return [entry.parse_header(header) for (header,) in store.rows("SELECT header FROM audit_event ORDER BY id")]


def acts() -> list[str]:
    """What was written, without the log's own housekeeping."""
    return [head.act for head in headers() if not head.act.startswith(("key.", "lane."))]


def lanes_have_no_gap() -> bool:
    """Whether every lane counts from 1 without a gap and each event names its predecessor."""
    before: dict[int, tuple[int, bytes]] = {}
    for header, ct in store.rows("SELECT header, ct FROM audit_event ORDER BY id"):
        head = entry.parse_header(header)
        n, leaf = before.get(head.w, (0, entry.FIRST_PREVIOUS))
        if (head.n, head.p) != (n + 1, leaf):
            return False
        before[head.w] = (head.n, entry.leaf_hash(entry.entry_bytes(header, ct)))
    return True


@contextmanager
def logged_in_as(role: str) -> Iterator[None]:
    """Talk to PostgreSQL as another of its roles; SQLite has none."""
    if connection.vendor != "postgresql":
        yield
        return
    from tests import cluster

    settings = connections.settings["default"]
    before = {name: settings[name] for name in ("USER", "PASSWORD")}
    _switch({"USER": role, "PASSWORD": cluster.facts()["passwords"][role]})
    try:
        yield
    finally:
        _switch(before)


def _switch(login: dict[str, str]) -> None:
    connections.close_all()
    connections.settings["default"].update(login)
    if hasattr(connections._connections, "default"):  # type: ignore[attr-defined]
        del connections["default"]


def integrate(asker: integrator.Asker) -> int:
    """Close this process's lanes, then be the integrator until everything is signed; return the size."""
    log.close_lanes()
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        try:
            runner = integrator.Integrator(asker)
            integrator.drain(runner)
            log.close_lanes()
            return integrator.drain(runner)
        finally:
            log.reset()


def integrate_burying(asker: integrator.Asker, number: int, *, patience: float = 60.0) -> list[entry.Header]:
    """Integrate until so many lanes of dead processes are ended; return their ends.

    On PostgreSQL a lane is ended only once every transaction of that moment is over, also those of other tests.
    """
    end = time.monotonic() + patience
    while True:
        integrate(asker)
        dead = [head for head in headers() if head.act == "lane.dead"]
        if len(dead) >= number or time.monotonic() > end:
            return dead
        time.sleep(0.1)


def verified(desk: signer.Desk) -> verdict_file.Verdict:
    """Everything signed, then verified with keys as the daily job does."""
    integrate(desk.answer)
    auditing.verify_database(opener=SERVICE("verification"))
    found = verdict_file.last()
    assert found is not None
    return found


def verdict() -> dict[str, Any]:
    """The last line of verify_log."""
    out = StringIO()
    with suppress(SystemExit):
        call_command("verify_log", stdout=out)
    line: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return line


def tamper(statement: str, values: dict[str, Any] | None = None, *, table: str = "") -> None:
    """Change the database as somebody who owns it: triggers dropped, constraints off. Named parameters `:name`.

    `table` is the one that is changed, where it is not the first of the log's tables in the statement.
    """
    if connection.vendor == "sqlite":
        path = str(connection.settings_dict["NAME"])
        connection.close()
        with closing(sqlite3.connect(path)) as raw:
            names = [name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
            for name in names:
                raw.execute(f'DROP TRIGGER "{name}"')
            raw.execute(statement, values or {})
            raw.commit()
        return
    import re

    from tests import cluster

    name = str(connection.settings_dict["NAME"])
    with cluster.connect("postgres", name) as raw_pg:
        first = re.search(r"\baudit_\w+", statement)
        assert table or first is not None
        raw_pg.execute(f"ALTER TABLE {table or first[0]} DISABLE TRIGGER ALL")
        raw_pg.execute("SET session_replication_role = replica")
        raw_pg.execute(re.sub(r":(\w+)", r"%(\1)s", statement), values or {})  # type: ignore[call-overload]


def make_signer(folder: Path) -> signer.Desk:
    """A signer of the tests' log."""
    signer.make_key(folder, ORIGIN)
    return signer.Desk(folder)


@contextmanager
def log_world(settings: Any, folder: Path) -> Iterator[signer.Desk]:
    """A log of the test's own: its folder, a signer with a new key."""
    settings.DATA_DIR = folder
    settings.SIGNER_DIR = folder / "signer"
    settings.SIGNER_SOCKET = folder / "s"
    log.reset()
    made = make_signer(folder / "signer")
    try:
        yield made
    finally:
        log.reset()
        made.close()


def say_verified(**changes: Any) -> None:
    """Keep a verdict as a verification would: the log holds, unless the changes say otherwise."""
    line = {"ok": True, "size": 1, "root": "", "first_bad": None, "kind": "ok", **changes}
    verdict_file.keep(line, at=datetime.now(UTC), full=True)
