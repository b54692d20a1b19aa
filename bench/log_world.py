"""Where `./run bench log` runs: a folder on disk, databases with full durability, and processes that are ended."""

import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DISK = Path("/var/tmp")  # on a disk; the system's other temporary folder may be in memory


def _environment(folder: Path) -> dict[str, str]:
    return {
        "BROKER_TEST_RUN": str(folder),  # tests.cluster and tests.harness work in this folder
        "SECRET_KEY": secrets.token_urlsafe(48),
        "BROKER_DATA_DIR": str(folder / "data"),
        "BROKER_KEY_FILE": str(folder / "keys" / "broker.keys"),
        "DATABASE_URL": f"sqlite:///{folder}/none.sqlite3",
        "MIGRATE_DATABASE_URL": "",
        "LOG_ORIGIN": "broker.localhost/audit/bench",
        "LOG_LEVEL": "WARNING",
    }


class Process:
    """A process of the bench's own that takes orders."""

    def __init__(self, argv: Sequence[str], env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *argv], cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def send(self, **order: object) -> None:
        """Give an order without waiting for its end."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Wait for the next answer."""
        line = self.line()
        found: dict[str, Any] = json.loads(line)
        return found

    def line(self) -> str:
        """Wait for the next line."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"a process of the benchmark ended with {self._process.wait()}")
        return line

    def ask(self, **order: object) -> dict[str, Any]:
        """Give an order and wait for its answer."""
        self.send(**order)
        return self.answer()

    def end(self) -> None:
        """Let it finish by itself where it takes orders, else tell it to stop; then wait."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.stop()

    def finish(self) -> None:
        """Wait for its own end, which must be a good one."""
        said = self._process.communicate()[0]
        if self._process.returncode:
            raise RuntimeError(f"a process of the benchmark failed: {said}")

    def stop(self) -> None:
        """Tell it to stop and wait."""
        self._process.terminate()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class World:
    """A folder, a PostgreSQL and a template of each engine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = 0

    def database(self, engine: str, *, ours: bool) -> dict[str, str]:
        """Make a database and give the addresses of its logins: `app`, `integrator`, `admin`."""
        from tests import cluster, harness

        if ours:
            config = harness.CLONES[engine].make()
            app = harness.address(config)
            if engine == "sqlite":
                return dict.fromkeys(("app", "integrator", "admin"), app)
            name = config["NAME"]
            logins = {"app": "broker_app", "integrator": "broker_integrator", "admin": "postgres"}
            return {key: cluster.url(role, name) for key, role in logins.items()}
        self._made += 1
        name = f"peer{self._made}"
        if engine == "sqlite":
            (self.folder / "peers").mkdir(exist_ok=True)
            return dict.fromkeys(("app", "admin"), f"sqlite:///{self.folder}/peers/{name}.sqlite3")
        with cluster.connect("postgres", "postgres") as admin:
            admin.execute(cluster.quoted("CREATE DATABASE {}", name))
        return dict.fromkeys(("app", "admin"), cluster.url("postgres", name))

    def python(self, argv: Sequence[str], *, case: str = "ours", url: str, data: Path, **more: str) -> Process:
        """Start Python under the settings of a case, on this database and data folder."""
        data.mkdir(parents=True, exist_ok=True)
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "bench.log_settings",
            "BENCH_CASE": case,
            "DATABASE_URL": url,
            "BROKER_DATA_DIR": str(data),
            **more,
        }
        return Process(argv, env)

    @contextmanager
    def signer(self, urls: dict[str, str], data: Path) -> Iterator[None]:
        """Make a key and run the signer."""
        self.python(["manage.py", "make_log_key"], url=urls["app"], data=data).finish()
        with self._serving("sign_log", urls["app"], data):
            yield

    @contextmanager
    def signing(self, urls: dict[str, str], data: Path) -> Iterator[None]:
        """Run signer and integrator over this database; the integrator drains it at the end."""
        with self.signer(urls, data), self._serving("integrate", urls["integrator"], data):
            yield

    @contextmanager
    def _serving(self, command: str, url: str, data: Path) -> Iterator[None]:
        process = self.python(["manage.py", command], url=url, data=data)
        try:
            process.line()  # "ready"
            yield
        finally:
            process.stop()

    def rows(self, url: str, statement: str) -> list[tuple[Any, ...]]:
        """Query a database."""
        if url.startswith("sqlite"):
            import sqlite3

            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
                return raw.execute(statement).fetchall()
        import psycopg

        with psycopg.connect(url) as connection:
            return connection.execute(statement).fetchall()


@contextmanager
def world() -> Iterator[World]:
    """Make the folder; afterwards the server is stopped and everything is gone."""
    with tempfile.TemporaryDirectory(prefix="broker-bench-", dir=DISK, ignore_cleanup_errors=True) as made:
        folder = Path(made)
        folder.chmod(0o711)  # the database server runs as another user
        os.environ.update(_environment(folder))
        os.environ["DJANGO_SETTINGS_MODULE"] = "broker.settings"
        import django

        django.setup()
        from broker.vault import keyring
        from tests import cluster, environment

        keyring.write_new(folder / "keys" / "broker.keys")
        # As an installation has it; the tests' cluster forgoes durability.
        cluster.SETTINGS.update(
            fsync="on", full_page_writes="on", autovacuum="on", shared_buffers="256MB", max_wal_size="2GB"
        )
        try:
            yield World(folder)
        finally:
            environment.remove(folder)
            time.sleep(0.1)
