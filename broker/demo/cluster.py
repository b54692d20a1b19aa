"""A PostgreSQL 17 of a rehearsal's own, on loopback, with the roles of an installation; it ends with the rehearsal."""

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from broker.demo import environment
from broker.demo.supervisor import Service, ServiceFailed, Supervisor

BINARIES = Path("/usr/lib/postgresql/17/bin")
MISSING = "PostgreSQL 17 is not here: apt-get install --no-install-recommends postgresql-17"
ROLES_FILE = environment.ROOT / "broker" / "db" / "roles.sql"
_CREATE = (
    "CREATE DATABASE broker OWNER broker_owner ENCODING 'UTF8' LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' "
    "TEMPLATE template0"
)
_SETTINGS = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "60"}


@contextmanager
def serving(env: Mapping[str, str], logs: Path) -> Iterator[None]:
    """Have the database of this rehearsal there, made where it is missing; raise `ServiceFailed` where it cannot be."""
    if not (BINARIES / "postgres").exists():
        raise ServiceFailed(MISSING)
    folder = environment.CLUSTER
    become = _become(folder)
    if not (folder / "PG_VERSION").exists():
        _make(folder, env["DATABASE_ADMIN_PASSWORD"], become)
    port = int(env["DATABASE_PORT"])
    options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    argv = [*become, str(BINARIES / "postgres"), "-D", str(folder), "-p", str(port), *options]
    admin = {"host": "127.0.0.1", "port": port, "user": "postgres", "password": env["DATABASE_ADMIN_PASSWORD"]}
    service = Service("postgresql", argv, _answers(admin), grace=30, stop=signal.SIGINT)
    with Supervisor(logs=logs, environment={"PATH": os.defpath, "LC_ALL": "C.UTF-8"}, folder=Path("/")) as supervisor:
        supervisor.up(service)
        _make_roles(admin, environment.passwords(env))
        yield


def _become(folder: Path) -> list[str]:
    """What goes before a program so that it runs as PostgreSQL's own user: the server refuses to be root."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return []
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise ServiceFailed(MISSING) from None
    os.chown(folder, user.pw_uid, user.pw_gid)
    ids = (f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--pdeathsig=INT")
    prefix = [shutil.which("setpriv") or "/usr/bin/setpriv", *ids, "--"]
    if subprocess.run([*prefix, "test", "-w", str(folder)], cwd="/", check=False).returncode:
        raise ServiceFailed(f"PostgreSQL's user cannot reach {folder}: name another place in REHEARSAL_DIR")
    return prefix


def _make(folder: Path, password: str, become: list[str]) -> None:
    """Make the cluster; its superuser's password is in a file for the moment of making alone."""
    given = folder.with_suffix(".first")
    given.touch(mode=0o600)
    given.write_text(password, encoding="ascii")
    shutil.chown(given, *_owner(folder))
    options = ("-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions")
    argv = [*become, str(BINARIES / "initdb"), "-D", str(folder), *options, f"--pwfile={given}"]
    try:
        subprocess.run(argv, check=True, capture_output=True, text=True, cwd="/", stdin=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        raise ServiceFailed(f"PostgreSQL's cluster could not be made: {error.stderr[-400:]}") from None
    finally:
        given.unlink(missing_ok=True)


def _owner(folder: Path) -> tuple[int, int]:
    facts = folder.stat()
    return facts.st_uid, facts.st_gid


def _answers(admin: Mapping[str, Any]) -> Callable[[int], bool]:
    def check(_pid: int) -> bool:
        try:
            psycopg.connect(dbname="postgres", connect_timeout=2, **admin).close()
        except psycopg.OperationalError:
            return False
        return True

    return check


def _make_roles(admin: Mapping[str, Any], passwords: Mapping[str, str]) -> None:
    """Make the roles and the database where they are missing, and give each role the password of this rehearsal."""
    with psycopg.connect(dbname="postgres", autocommit=True, **admin) as connection:
        connection.execute(ROLES_FILE.read_bytes())
        for role, password in passwords.items():
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'broker'").fetchone() is None:
            connection.execute(_CREATE)
