"""Databases for tests: one migrated template per engine and run, one clone per test that commits.

A database that a test made can be kept and cloned as well (`keep`).

Nothing is ever flushed: the evidence triggers refuse it, rightly.
"""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from tests import cluster
from tests.environment import ROOT, RUN

Config = dict[str, Any]
CACHE = os.environ.get("BROKER_TEST_CACHE", "")
SQLITE_TEMPLATE = RUN / "template.sqlite3"
POSTGRESQL_TEMPLATE = "broker_template"


class SQLiteClones:
    """Copies of a migrated file."""

    engine = "sqlite"

    def make(self, of: str = "") -> Config:
        """Give a database of its own; `of` names one that was kept, else it is as migrated."""
        with cluster.locked("sqlite"):
            if not SQLITE_TEMPLATE.exists():
                _make_sqlite_template()
        folder = RUN / "sqlite" / uuid.uuid4().hex
        folder.mkdir(parents=True)
        shutil.copyfile(of or SQLITE_TEMPLATE, folder / "db.sqlite3")
        name = folder / "db.sqlite3"
        return {
            "ENGINE": "broker.db.sqlite3",
            "NAME": str(name),
            "OPTIONS": {"timeout": 20},
            **dict.fromkeys(("USER", "PASSWORD", "HOST", "PORT"), ""),
        }

    def keep(self, config: Config) -> str:
        """Keep a database as it is now; give its name for `make`."""
        kept = str(RUN / f"{uuid.uuid4().hex}.sqlite3")
        with closing(sqlite3.connect(config["NAME"])) as source, closing(sqlite3.connect(kept)) as target:
            source.backup(target)
        return kept

    def drop(self, config: Config) -> None:
        """Delete it."""
        shutil.rmtree(Path(config["NAME"]).parent)


class PostgreSQLClones:
    """Clones of a migrated database; the tests log in as the application does."""

    engine = "postgresql"
    _admin: psycopg.Connection | None = None

    def make(self, of: str = "") -> Config:
        """Give a database of its own; `of` names one that was kept, else it is as migrated."""
        known = cluster.facts()
        with cluster.locked("pg-template"):
            if not (RUN / "pg-template").exists():
                _make_postgresql_template()
                (RUN / "pg-template").touch()
        name = f"broker_{os.getpid()}_{uuid.uuid4().hex[:12]}"
        self._copy(name, of or POSTGRESQL_TEMPLATE)
        self._execute("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC", name)  # grants on a database are not cloned
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": "broker_app",
            "PASSWORD": known["passwords"]["broker_app"],
            "HOST": "127.0.0.1",
            "PORT": str(known["port"]),
            "OPTIONS": {"prepare_threshold": 5},
        }

    def keep(self, config: Config) -> str:
        """Keep a database as it is now; give its name for `make`. Whoever is still connected is sent away."""
        kept = f"broker_{os.getpid()}_{uuid.uuid4().hex[:12]}"
        with cluster.connect("postgres", "postgres") as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [config["NAME"]])
        self._copy(kept, config["NAME"])
        self._execute("ALTER DATABASE {} ALLOW_CONNECTIONS false", kept)
        return kept

    def _copy(self, name: str, of: str) -> None:
        self._execute("CREATE DATABASE {} TEMPLATE {} OWNER broker_owner STRATEGY FILE_COPY", name, of)

    def drop(self, config: Config) -> None:
        """Drop it, whoever is still connected."""
        self._execute("DROP DATABASE {} WITH (FORCE)", config["NAME"])

    def _execute(self, text: str, *names: str) -> None:
        if self._admin is None or self._admin.closed:
            self._admin = cluster.connect("postgres", "postgres")
        self._admin.execute(cluster.quoted(text, *names))


CLONES: dict[str, SQLiteClones | PostgreSQLClones] = {"sqlite": SQLiteClones(), "postgresql": PostgreSQLClones()}


def migrate(database_url: str, owner_url: str = "") -> None:
    """Run the project's own migrate command in a process of its own, as at set-up."""
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--no-input", "--skip-checks", "-v", "0"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url, "MIGRATE_DATABASE_URL": owner_url},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"migrate failed:\n{done.stdout}{done.stderr}", pytrace=False)


def _cached(name: str) -> Path | None:
    """Where a migrated database may lie from an earlier run; nowhere unless the developer names a folder.

    CI names none. What a database becomes depends on these files; a change elsewhere needs the folder emptied.
    """
    if not CACHE:
        return None
    # A migrated database names its log: one that a benchmark made is of no use to a test.
    mark = hashlib.sha256(os.environ.get("LOG_ORIGIN", "").encode())
    for file in sorted(
        each
        for package in ("broker", "consents", "requests_app")
        for each in (ROOT / package).rglob("*.*")
        if each.suffix in (".py", ".sql") and ("migrations" in each.parts or "db" in each.parts or each.name in _MAKES)
    ):
        mark.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    Path(CACHE).mkdir(parents=True, exist_ok=True)
    return Path(CACHE) / f"{mark.hexdigest()[:32]}.{name}"


_MAKES = ("models.py", "apps.py", "settings.py")


def _make_sqlite_template() -> None:
    made = SQLITE_TEMPLATE.with_suffix(".new")
    cached = _cached("sqlite3")
    if cached and cached.exists():
        shutil.copyfile(cached, made)
    else:
        migrate(f"sqlite:///{made}")
        if cached:
            shutil.copyfile(made, part := cached.with_suffix(f".{os.getpid()}"))
            part.rename(cached)
    made.rename(SQLITE_TEMPLATE)


def _make_postgresql_template() -> None:
    cached = _cached("sql")
    superuser = cluster.url("postgres", POSTGRESQL_TEMPLATE)
    with cluster.connect("postgres", "postgres") as admin:
        admin.execute(cluster.quoted("CREATE DATABASE {} OWNER broker_owner TEMPLATE template0", POSTGRESQL_TEMPLATE))
        if cached and cached.exists():
            command = [cluster.BINARIES / "psql", "-qX1", "-v", "ON_ERROR_STOP=1", "-f", cached, "-d", superuser]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        else:
            migrate(cluster.url("broker_app", POSTGRESQL_TEMPLATE), cluster.url("broker_owner", POSTGRESQL_TEMPLATE))
            if cached:
                part = cached.with_suffix(f".{os.getpid()}")
                subprocess.run([cluster.BINARIES / "pg_dump", "-f", part, "-d", superuser], check=True)
                part.rename(cached)
        admin.execute(cluster.quoted("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false", POSTGRESQL_TEMPLATE))


def address(config: Config) -> str:
    """Give a database's DATABASE_URL."""
    if config["ENGINE"] == "broker.db.sqlite3":
        return f"sqlite:///{config['NAME']}"
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**config)


def switch(config: Config) -> None:
    """Let this process's threads talk to another database, and forget what was remembered of the last one."""
    connections.close_all()
    settings = connections.settings["default"]  # one dict for all threads: each opens its connections from it
    settings.update(config)
    os.environ["DATABASE_URL"] = address(config)  # processes that a test starts work on the same database
    if hasattr(connections._connections, "default"):  # type: ignore[attr-defined]  # no public way to look
        del connections["default"]  # the next one may be of another engine
    forget()


def forget() -> None:
    """Drop everything that a process keeps about its database."""
    from django.contrib.contenttypes.models import ContentType
    from django.core.cache import caches

    from broker.audit import log
    from broker.vault import permission
    from broker.vault.writing import write_keys

    log.reset()
    write_keys.forget()
    permission.forget_uses()
    ContentType.objects.clear_cache()
    for cache in caches.all():
        cache.clear()


_base: Config = {}


def base() -> Config:
    """Give this process's database for tests that roll back."""
    if not _base:
        _base.update(CLONES["sqlite"].make())
    return _base


@contextmanager
def clone(engine: str, *, declared: bool = True, of: str = "") -> Iterator[Config]:
    """Work on a fresh clone, a rehearsal unless it is left undeclared; afterwards it is gone.

    `of` names a kept database, which says itself what it is.
    """
    from broker.db import installation

    before = base()
    config = CLONES[engine].make(of)
    switch(config)
    try:
        if declared and not of:
            installation.declare("rehearsal")
        yield config
    finally:
        switch(before)
        CLONES[engine].drop(config)
