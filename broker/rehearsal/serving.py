"""What the played servers share: a small HTTP server, a small SMTP server, and how they start."""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

LOOPBACK = "127.0.0.1"
MAX_BODY = 40 * 1024 * 1024


@dataclass(frozen=True)
class Request:
    """An HTTP request as a handler sees it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Message
    body: bytes

    def json(self) -> Any:
        """Give the body as JSON; an empty body is an empty object."""
        return json.loads(self.body or b"{}")

    def given(self) -> dict[str, Any]:
        """Give what was sent: the fields of a form, or a JSON object."""
        if not self.body or self.body.startswith(b"{"):  # some callers send JSON under the name of a form
            return dict(self.json())
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    def first(self, name: str, default: str = "") -> str:
        """Give the first value of a query parameter."""
        return self.query.get(name, [default])[0]


@dataclass(frozen=True)
class Reply:
    """An HTTP answer: bytes as they are, anything else as JSON, or a dropped connection."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


class HttpServer:
    """Serves one handler on loopback in a thread; port 0 picks a free one."""

    def __init__(self, handle: Callable[[Request], Reply], *, port: int = 0) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler_class(handle))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler_class(handle: Callable[[Request], Reply]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are written apart; else the body waits for the caller's word

        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                self._answer(Reply(413, {"detail": "too large"}, {"Connection": "close"}))
                return
            body = self.rfile.read(length) if length else b""
            request = Request(self.command, parts.path, parse_qs(parts.query), self.headers, body)
            with contextlib.suppress(ConnectionError):  # the caller may have lost patience
                self._answer(handle(request))

        def _answer(self, reply: Reply) -> None:
            if reply.drop:
                self.close_connection = True
                return
            raw = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.headers.get("Content-Type", "application/json"))
            for name, value in reply.headers.items():
                if name != "Content-Type":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(0 if reply.status == 204 else len(raw)))
            self.end_headers()
            if reply.status != 204:
                self.wfile.write(raw)

        do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = do_HEAD = _serve

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: request lines could name people."""

    return Handler


class _Smtp(SMTP):
    """An SMTP server that understands the parameters of delivery reports."""

    def _getparams(self, params: Sequence[str]) -> Any:
        known = [p for p in params if p.partition("=")[0] not in ("NOTIFY", "ORCPT", "RET", "ENVID")]
        return super()._getparams(known)


class SmtpServer(Controller):
    """Serves SMTP on loopback in a thread; port 0 picks a free one."""

    def __init__(self, handler: Any, *, port: int = 0, **options: Any) -> None:
        super().__init__(handler, hostname=LOOPBACK, port=port, **options)

    def factory(self) -> SMTP:
        """Make the server's side of one connection."""
        return _Smtp(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Counterparty(Protocol):
    """A played server: start it, stop it, or use it in a `with` block."""

    def start(self) -> Self:
        """Begin to serve."""

    def stop(self) -> None:
        """Stop serving."""

    def facts(self) -> dict[str, Any]:
        """Give the ports, for whoever started it."""


def parser(description: str) -> argparse.ArgumentParser:
    """Give the options that every played server has."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--port", type=int, default=0, help="0 picks a free port")
    options.add_argument("--token", default=os.environ.get("RUN_TOKEN", ""), help="given back by the health page")
    return options


def serve_until_told(party: Counterparty) -> None:
    """Start, print one line of JSON with the ports, and stop at TERM or INT."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    party.start()
    sys.stdout.write(json.dumps(party.facts()) + "\n")
    sys.stdout.flush()
    ended.wait()
    party.stop()
