"""A whole rehearsal that keeps serving, and a browser to walk through it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.watched import WIDE, watched

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
LONG = 600  # seconds until a hung rehearsal is given up; never a measure of speed


@dataclass(frozen=True)
class Rehearsal:
    """A rehearsal that has played its case and goes on serving."""

    record: dict
    environment: dict[str, str]

    @property
    def web(self) -> str:
        """The address of the site."""
        return str(self.record["urls"]["web"])

    def login(self, username: str) -> str:
        """The printed password of a rehearsal person."""
        pairs = dict(item.split(":", 1) for item in self.environment["REHEARSAL_LOGINS"].split(","))
        return pairs[username]


@pytest.fixture(autouse=True, scope="module")
def _loop() -> Iterator[None]:
    """Let the tests read their database although the browser's driver runs a loop in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    """Start `./run demo` in a folder of its own, wait until its case is played, stop it at the end."""
    folder = tmp_path_factory.mktemp("rehearsal")
    record, said = folder / "record.json", folder / "said.txt"
    environment = {**os.environ, "REHEARSAL_DIR": str(folder / "demo")}
    for name in ("DATABASE_URL", "BROKER_DATA_DIR", "BROKER_KEY_FILE", "SECRET_KEY", "MIGRATE_DATABASE_URL"):
        environment.pop(name, None)
    with said.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "broker.demo", "--json", str(record), "--port", str(_free_port())],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(process, said)
            lines = (folder / "demo" / "env").read_text().splitlines()
            values = dict(line.split("=", 1) for line in lines if "=" in line)
            yield Rehearsal(json.loads(record.read_text()), values)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=150)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen, said: Path) -> None:
    end = time.monotonic() + LONG
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        if "It keeps serving" in said.read_text():
            return
        time.sleep(0.2)
    pytest.fail(f"the rehearsal did not play its case:\n{said.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A session as wide as a desk's screen."""
    with watched(browser, viewport=WIDE) as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of such a session."""
    return context.new_page()
