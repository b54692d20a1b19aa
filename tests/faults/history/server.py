"""A PostgreSQL of the history's own: it can be killed at any moment and started again on what lies there."""

import os
import secrets
import signal
import subprocess
import time
import uuid
from pathlib import Path

import psycopg
from psycopg import sql

from tests import cluster
from tests.environment import ROOT, RUN, alive

DATABASE = "history"
# Unlike the run's own cluster this one may not lose what it has confirmed, so it waits for its disk as in production.
_SETTINGS = {**cluster.SETTINGS, "fsync": "on", "full_page_writes": "on", "max_connections": "80"}


class Server:
    """Its data lies in a folder of the run; `crash` and `start` as often as one likes."""

    def __init__(self) -> None:
        self.data = RUN / f"{uuid.uuid4().hex}-pg"
        self.data.mkdir(mode=0o700)
        self._as = cluster.as_postgres(self.data)
        self.passwords = {role: secrets.token_urlsafe(18) for role in (*cluster.ROLES, "postgres")}
        self._environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        first = self.data.with_suffix(".first")
        first.touch(mode=0o600)
        first.write_text(self.passwords["postgres"])
        os.chown(first, self._as.get("user", -1), self._as.get("group", -1))
        argv = [cluster.BINARIES / "initdb", "-D", self.data, "-U", "postgres", *cluster.INITDB, f"--pwfile={first}"]
        subprocess.run(argv, env=self._environment, check=True, capture_output=True, **self._as)
        first.unlink()
        self.port = cluster.free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.start()
        self._make_roles()

    def start(self) -> None:
        """Start it on its data, and wait until it answers."""
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        options += ["-c", f"unix_socket_directories={self.data}"]
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with (self.data.with_suffix(".log")).open("ab") as said:
                self.process = subprocess.Popen(
                    [cluster.BINARIES / "postgres", "-D", self.data, "-p", str(self.port), *options],
                    env=self._environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
                    start_new_session=True, **self._as,
                )  # fmt: skip
            while self.process.poll() is None and time.monotonic() < end:
                if self.answers():
                    return
                time.sleep(0.05)
            time.sleep(0.2)  # what its dead predecessor held in memory is given back by and by
        raise TimeoutError((self.data.with_suffix(".log")).read_text()[-2000:])

    def answers(self) -> bool:
        """Say whether somebody can log in."""
        try:
            psycopg.connect(self.url("postgres", "postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def crash(self) -> None:
        """Kill the whole server, without a word."""
        assert self.process is not None
        children = self.backends()
        self.process.kill()
        self.process.wait()
        end = time.monotonic() + 20
        while any(alive(each) for each in children) and time.monotonic() < end:
            time.sleep(0.02)

    def backends(self) -> list[int]:
        """Give the processes under it."""
        assert self.process is not None
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            return [int(each) for each in tasks.read_text().split()]
        except OSError:
            return []

    def stop(self) -> None:
        """End it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)

    def url(self, role: str, database: str = DATABASE) -> str:
        """Give the address by which a role logs in."""
        return f"postgres://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make the database, with nothing in it."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {DATABASE} OWNER broker_owner TEMPLATE template0")
            admin.execute(f"REVOKE TEMPORARY ON DATABASE {DATABASE} FROM PUBLIC")

    def load(self) -> None:
        """Make the database as the run's template has it."""
        from tests import harness

        with cluster.locked("pg-template"):
            cluster.facts()
        template = harness.CLONES["postgresql"]
        config = template.make()
        try:
            dump = subprocess.run(
                [cluster.BINARIES / "pg_dump", "-d", cluster.url("postgres", config["NAME"])],
                capture_output=True, check=True,
            ).stdout  # fmt: skip
        finally:
            template.drop(config)
        self.create()
        argv = [cluster.BINARIES / "psql", "-qX1", "-v", "ON_ERROR_STOP=1", "-d", self.url("postgres")]
        subprocess.run(argv, input=dump, check=True, stdout=subprocess.DEVNULL)

    def _make_roles(self) -> None:
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as admin:
            admin.execute((ROOT / "broker" / "db" / "roles.sql").read_text())
            for role in cluster.ROLES:
                words = sql.Identifier(role), sql.Literal(self.passwords[role])
                admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(*words))
