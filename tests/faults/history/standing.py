"""The installation that a history is played on: web, workers, integrator and signer over a server of its own."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings

from broker.audit import signer
from consents.actions import stop_token
from tests import cluster
from tests.environment import ROOT, RUN
from tests.faults.history.server import Server

CALLS = "1000000"  # a limit would only hide what is looked for


class Installation:
    """Its processes, each of which can be killed and started again."""

    def __init__(self, consents: int, tree: Path = ROOT) -> None:
        self.tree = tree  # whose code is run
        self.folder = RUN / f"history-{uuid.uuid4().hex}"
        self.folder.mkdir()
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.server = Server()
        try:
            self._begin(consents)
        except BaseException:
            self.end()
            raise

    def _begin(self, consents: int) -> None:
        self.address = f"http://127.0.0.1:{cluster.free_port()}"
        signer.make_key(self.folder / "signer", settings.LOG_ORIGIN)
        keys = {f"SEAL_{what}_FILE": self.folder / what for what in ("KEY", "CERT", "ROOT")}
        with override_settings(**keys):
            call_command("make_seal_key", stdout=io.StringIO())
        self.keys = {name: str(path) for name, path in keys.items()}
        self._fill()
        self.made: dict[str, Any] = json.loads(self._once("-m", "bench.revoke_world", str(consents)))
        with psycopg.connect(self.server.url("broker_app")) as line:
            rows = line.execute("SELECT idempotency_key FROM requests_app_datarequest").fetchall()
            self.marks = {key for (key,) in rows}  # under which the world itself was made
            given = line.execute("SELECT id FROM consents_consent").fetchall()
            self.given = {f"/stop/{stop_token(each)}/" for (each,) in given}
        # The analyst's; an earlier tree has no program for that, so there are no pages and nothing is filed in play.
        self.session = self._once("-m", "tests.faults.history.given") if self.tree == ROOT else ""
        for name in _ARGUMENTS:
            self.start(name)
        self.wait()

    def _fill(self) -> None:
        """Make the tables."""
        self.server.load()

    def environment(self, role: str = "broker_app") -> dict[str, str]:
        """What its processes find."""
        more = {
            "DATABASE_URL": self.server.url(role),
            "MIGRATE_DATABASE_URL": "",
            "BROKER_DATA_DIR": str(self.folder),
            "SIGNER_DIR": str(self.folder / "signer"),
            "SIGNER_SOCKET": str(self.folder / "s"),
            "SEALED_FILES_DIR": str(self.folder / "files"),
            "PUBLIC_URL": self.address,
            "OPERATOR_ADDRESS": "1 Rehearsal Road, Example, MO 00000",
            "OPERATOR_PHONE": "555-0101",
            **self.keys,
            "WEB_WORKERS": "2",
            "WEB_THREADS": "8",
            "API_CALLS_PER_MINUTE": CALLS,
            "LOG_LEVEL": "CRITICAL",
        }
        return {**os.environ, **more}

    def start(self, name: str) -> None:
        """Start one of its processes."""
        with (self.folder / f"{name}.txt").open("ab") as said:
            self.running[name] = subprocess.Popen(
                [sys.executable, *_ARGUMENTS[name], *(["--bind", self.address[7:]] if name == "web" else [])],
                cwd=self.tree, env=self.environment("broker_integrator" if name == "integrator" else "broker_app"),
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def revive(self) -> None:
        """Start whatever has ended, as a supervisor does: what is left of it goes first (systemd's control group)."""
        for name, process in self.running.items():
            if process.poll() is not None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # each is a session, and so a group, of its own
                self.start(name)

    def wait(self) -> None:
        """Wait until it serves."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            self.revive()
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.address}/health", trust_env=False, timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError((self.folder / "web.txt").read_text()[-2000:])

    def filed(self, consents: list[str]) -> dict[str, dict[str, str]]:
        """File something under each of these consents that is in force; nothing where somebody was killed meanwhile."""
        try:
            found: dict[str, dict[str, str]] = json.loads(self._once("-m", "tests.faults.history.given", *consents))
        except RuntimeError:
            return {}
        return found

    def children(self, name: str) -> list[int]:
        """Give the processes under one of its processes."""
        pid = self.running[name].pid
        with suppress(OSError):
            return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        return []

    def facts(self) -> dict[str, Any]:
        """Stop everything in order, sign to the end, and give what is there."""
        self.close()
        self._once("manage.py", "integrate", "--once", role="broker_integrator")
        found: dict[str, Any] = json.loads(self._once("-m", "tests.faults.history.facts", "verified"))
        return found

    def close(self) -> None:
        """End all that writes; the signer stays."""
        for name in ("web", "worker", "integrator"):
            self._end(name)
        self._end_orphans()  # else what they still write comes after the last leaf

    def _orphans(self) -> list[int]:
        """Give what the killed left behind: processes with this installation's folder in their environment."""
        mark, kept = f"BROKER_DATA_DIR={self.folder}\0".encode(), {each.pid for each in self.running.values()}
        found = []
        for place in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                if mark in place.read_bytes() and int(place.parent.name) not in kept:
                    found.append(int(place.parent.name))
        return found

    def _end_orphans(self) -> None:
        for pid in self._orphans():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def end(self) -> None:
        """End everything."""
        for name in list(self.running):
            self._end(name)
        self._end_orphans()
        self.server.stop()

    def _end(self, name: str) -> None:
        process = self.running.pop(name, None)
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _once(self, *arguments: str, role: str = "broker_app", **more: str) -> str:
        argv, env = [sys.executable, *arguments], {**self.environment(role), **more}
        done = subprocess.run(argv, cwd=self.tree, env=env, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            raise RuntimeError(f"{arguments}: {done.stderr[-2000:]}")
        return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


_ARGUMENTS = {
    "signer": ["manage.py", "sign_log"],
    "integrator": ["manage.py", "integrate"],
    "worker": ["manage.py", "worker"],
    "web": [
        "-m", "gunicorn", "--config", "python:broker.demo.gunicorn_conf", "--access-logfile", "/dev/null",
        "broker.wsgi:application",
    ],
}  # fmt: skip
