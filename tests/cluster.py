"""A PostgreSQL 17 of this run's own: in memory, on loopback, started and stopped by its process id."""

import fcntl
import json
import os
import pwd
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.environment import ROOT, RUN, alive

BINARIES = Path("/usr/lib/postgresql/17/bin")
INSTALL = "PostgreSQL 17 is needed by these tests: apt-get install --no-install-recommends postgresql-17"
DATA = RUN / "pg"
STATE = RUN / "pg.json"
ROLES = ("broker_owner", "broker_app", "broker_integrator", "broker_keeper", "broker_reader")
INITDB = ("-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": str(DATA),
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
    "password_encryption": "scram-sha-256",
}


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let one process of the run at a time through."""
    with (RUN / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def facts() -> dict[str, Any]:
    """Give port and passwords of the run's cluster; starts it the first time."""
    with locked("pg"):
        if not STATE.exists():
            _start()
        found: dict[str, Any] = json.loads(STATE.read_text())
        return found


def url(role: str, database: str) -> str:
    """Give the address by which a role logs in."""
    known = facts()
    return f"postgres://{role}:{known['passwords'][role]}@127.0.0.1:{known['port']}/{database}"


def connect(role: str, database: str, **options: Any) -> psycopg.Connection:
    """Log in as a role, in autocommit."""
    return psycopg.connect(url(role, database), autocommit=True, **options)


def quoted(text: str, *names: str) -> sql.Composed:
    """Put names into a statement."""
    return sql.SQL(text).format(*(sql.Identifier(name) for name in names))


def as_postgres(data: Path = DATA) -> dict[str, Any]:
    """Run as the server's own user where we are root, which PostgreSQL refuses to be; `data` is that user's."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        pytest.fail(INSTALL, pytrace=False)
    os.chown(data, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}


def _start() -> None:
    if not (BINARIES / "postgres").exists():
        pytest.fail(INSTALL, pytrace=False)
    DATA.mkdir(mode=0o700, exist_ok=True)
    passwords = {role: secrets.token_urlsafe(18) for role in (*ROLES, "postgres")}
    user = as_postgres()
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    first = RUN / "pg.first"
    first.touch(mode=0o600)
    first.write_text(passwords["postgres"])
    os.chown(first, user.get("user", -1), user.get("group", -1))
    made = subprocess.run(
        [BINARIES / "initdb", "-D", DATA, "-U", "postgres", *INITDB, f"--pwfile={first}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        **user,
    )
    first.unlink()
    if made.returncode:
        pytest.fail(f"initdb failed: {made.stderr}", pytrace=False)
    for _ in range(5):
        port = free_port()
        if _serve(port, passwords["postgres"], environment, user):
            break
    else:
        pytest.fail(f"PostgreSQL did not start: {(RUN / 'pg.log').read_text()[-2000:]}", pytrace=False)
    _make_roles(port, passwords)
    STATE.write_text(json.dumps({"port": port, "passwords": passwords}))
    STATE.chmod(0o600)


def free_port() -> int:
    """Give a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _serve(port: int, password: str, environment: dict[str, str], as_postgres: dict[str, Any]) -> bool:
    """Start the server; False where it ended at once (somebody took the port meanwhile)."""
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    with (RUN / "pg.log").open("ab") as log:
        server = subprocess.Popen(  # lives until the run ends it: a worker that started it may leave before
            [BINARIES / "postgres", "-D", DATA, "-p", str(port), *options],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **as_postgres,
        )
    address = f"postgres://postgres:{password}@127.0.0.1:{port}/postgres"
    end = time.monotonic() + 60
    while alive(server.pid) and time.monotonic() < end:
        try:
            psycopg.connect(address, connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return True
    server.kill()
    server.wait()
    return False


def _make_roles(port: int, passwords: dict[str, str]) -> None:
    address = f"postgres://postgres:{passwords['postgres']}@127.0.0.1:{port}/postgres"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute((ROOT / "broker" / "db" / "roles.sql").read_text())
        for role in ROLES:
            connection.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(passwords[role]))
            )
