"""The virus scanner next door: bytes over its own Unix socket, its verdict back (clamd's INSTREAM, clamd(8))."""

import contextlib
import re
import socket
import struct
from dataclasses import dataclass

from django.conf import settings

SECONDS = 30.0
CHUNK = 1 << 16
_FOUND = re.compile(rb"stream: (.{1,200}) FOUND")
_NAME = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True)
class Scan:
    """What the scanner said: `found` is the name of a signature, empty where nothing was found."""

    scanner: str
    found: str = ""


class ScannerDown(Exception):
    """The scanner is configured and did not answer, or not with a verdict: nothing is known of the bytes."""


def is_configured() -> bool:
    """Say whether a scanner is configured at all; without one, nothing is scanned, and pages say so."""
    return bool(settings.CLAMD_SOCKET)


def scan(data: bytes) -> Scan | None:
    """Have bytes scanned; None where no scanner is configured. Raises `ScannerDown`."""
    if not is_configured():
        return None
    version = _ask(b"zVERSION\0").rstrip(b"\0")
    answer = _ask(b"zINSTREAM\0", data).rstrip(b"\0").strip()
    name = version.decode("ascii", "replace").split("/")[0][:60]
    if answer == b"stream: OK":
        return Scan(name)
    found = _FOUND.fullmatch(answer)
    if found is None:
        raise ScannerDown("no verdict")
    return Scan(name, _NAME.sub("_", found[1].decode("ascii", "replace"))[:100])


def _ask(command: bytes, data: bytes | None = None) -> bytes:
    try:
        with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as line:
            line.settimeout(SECONDS)
            line.connect(settings.CLAMD_SOCKET)
            line.sendall(command)
            if data is not None:
                for at in range(0, len(data), CHUNK):
                    piece = data[at : at + CHUNK]
                    line.sendall(struct.pack("!I", len(piece)) + piece)
                line.sendall(struct.pack("!I", 0))
            answer = b""
            while len(answer) < 1000 and (more := line.recv(1000)):
                answer += more
                if answer.endswith(b"\0"):
                    break
    except OSError as error:
        raise ScannerDown(type(error).__name__) from None
    return answer
