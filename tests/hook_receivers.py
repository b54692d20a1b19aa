"""Receivers of webhooks on this machine: with and without TLS, and some that answer as they like."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from broker.rehearsal.serving import HttpServer, Reply, Request
from broker.transport import outward

NAME = "hooks.recipient.example"


def certificate(folder: Path, name: str = NAME) -> tuple[Path, Path]:
    """Make a certificate for a name, signed by itself; give its file and its key's."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    public, private = folder / f"{name}.crt", folder / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


class Receiver:
    """Keeps what it got, and answers with the statuses that it was told, the last one for ever."""

    def __init__(self, *statuses: int, headers: dict[str, str] | None = None) -> None:
        self.statuses, self.headers = list(statuses or (204,)), headers or {}
        self.got: list[Request] = []
        self.server = HttpServer(self._answer)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self.server.port

    @property
    def url(self) -> str:
        """Its address without TLS."""
        return f"{self.server.url}/hooks"

    def _answer(self, request: Request) -> Reply:
        self.got.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Reply(status, {"thanks": True} if status != 204 else None, headers=dict(self.headers))


@contextlib.contextmanager
def receiving(*statuses: int, headers: dict[str, str] | None = None) -> Iterator[Receiver]:
    """Run a receiver without TLS."""
    receiver = Receiver(*statuses, headers=headers)
    receiver.server.start()
    try:
        yield receiver
    finally:
        receiver.server.stop()


@contextlib.contextmanager
def speaking_tls(
    receiver: Receiver, folder: Path, monkeypatch: pytest.MonkeyPatch, *, name: str = NAME
) -> Iterator[list[str | None]]:
    """Let a receiver speak TLS under a name, and us trust its certificate; gives the names that clients asked for."""
    public, private = certificate(folder, name)
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    context.sni_callback = lambda _line, wanted, _context: asked.append(wanted)
    inner: Any = receiver.server._server
    inner.socket = context.wrap_socket(inner.socket, server_side=True)
    monkeypatch.setattr(outward, "tls", lambda: ssl.create_default_context(cafile=str(public)))
    receiver.server.start()
    try:
        yield asked
    finally:
        receiver.server.stop()


@contextlib.contextmanager
def saying(*pieces: bytes, pause: float = 0.0, forever: bytes = b"") -> Iterator[int]:
    """Answer each connection with these bytes, piece by piece; then with one piece for ever, if one is given."""
    server = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            try:
                line, _from = server.accept()
            except OSError:
                return
            threading.Thread(target=_say, args=(line, pieces, pause, forever, stop), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        stop.set()
        server.close()


def _say(line: socket.socket, pieces: Sequence[bytes], pause: float, forever: bytes, stop: threading.Event) -> None:
    with line, contextlib.suppress(OSError):
        line.recv(65536)
        for piece in pieces:
            line.sendall(piece)
            time.sleep(pause)
        while forever and not stop.is_set():
            line.sendall(forever)
            time.sleep(pause)


def leading_to(*answers: Sequence[str]) -> tuple[Callable[[str, int], Sequence[str]], list[str]]:
    """Give a look-up that answers with one list after the other (the last for ever), and the names it was asked."""
    left, asked = list(answers), list[str]()

    def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve, asked
