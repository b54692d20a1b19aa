"""The whole site behind a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.servers.basehttp import ThreadedWSGIServer
from pytest_django.live_server_helper import LiveServer


class _SoonStopped(ThreadedWSGIServer):
    """Django's own looks only twice a second whether it shall stop."""

    def serve_forever(self, poll_interval: float = 0.05) -> None:
        """Serve until told."""
        super().serve_forever(poll_interval)


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
