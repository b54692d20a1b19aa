"""The whole site behind a real socket."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from django.core.servers.basehttp import ThreadedWSGIServer
from pytest_django.live_server_helper import LiveServer

from broker.demo.visitor import tls
from tests.environment import ROOT


class _SoonStopped(ThreadedWSGIServer):
    """Django's own looks only twice a second whether it shall stop."""

    def serve_forever(self, poll_interval: float = 0.01) -> None:
        """Serve until told."""
        super().serve_forever(poll_interval)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection that sends at once: head and body are written apart, and else the body waits 40 ms."""
        accepted, address = super().get_request()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        return accepted, address


@contextmanager
def served(settings: Any) -> Iterator[LiveServer]:
    """Serve the database that is in use now, as what is public of us; `url` is where."""
    server = LiveServer("127.0.0.1", start=False)
    server.thread.server_class = _SoonStopped
    server.start()
    try:
        settings.PUBLIC_URL = server.url
        yield server
    finally:
        server.stop()


@contextmanager
def web(folder: Path, **settings: str) -> Iterator[str]:
    """The product's own web server over this test's database: two processes, which share nothing but the database."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    argv = [sys.executable, "-m", "gunicorn", "--config", "python:broker.demo.gunicorn_conf", "--bind", address[7:]]
    more = {"PUBLIC_URL": address, "WEB_WORKERS": "2", "WEB_THREADS": "8", "BROKER_DATA_DIR": str(folder), **settings}
    with (folder / "said.txt").open("w") as said:
        server = subprocess.Popen(
            [*argv, "broker.wsgi:application"], cwd=ROOT, env={**os.environ, **more}, stdout=said, stderr=said
        )
    try:
        with httpx.Client(trust_env=False, verify=tls()) as asker:
            for _ in range(600):
                with suppress(httpx.HTTPError):
                    if asker.get(f"{address}/health").status_code == 200:
                        break
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)
