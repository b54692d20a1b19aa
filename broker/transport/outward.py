"""HTTP POST to an address that a stranger gave us (a webhook's), without becoming that stranger's tool.

The name is resolved once, every address that comes back is checked, and the connection goes to exactly one of those;
the name is kept for TLS and for the `Host` header, so a second look-up cannot lead elsewhere. No redirect is followed,
no proxy of the environment is asked, no cookie is kept. The whole of it has one deadline, and at most `MOST_BYTES` of
an answer are read. Private places are reached only where they stand on webhooks' own list (`WEBHOOK_EGRESS`), and
without TLS only this machine itself, in a rehearsal.
"""

import contextlib
import http.client
import io
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from broker.db import installation
from broker.transport import allowed, urls
from broker.transport.errors import EgressRefused, ResponseTooLarge, TransportError
from broker.transport.lines import connect, resolve
from broker.transport.urls import Place

SECONDS = 15.0  # for all of it: look-up, connection, TLS, sending, and the head of the answer
MOST_BYTES = 64 * 1024  # of an answer, its head included
Resolve = Callable[[str, int], Sequence[str]]
_REFUSED = {
    "form": "the address is not written as a URL is",
    "long": f"the address has more than {urls.LONGEST} characters",
    "scheme": "the address does not begin with https://",
    "user": "the address carries a user name",
    "host": "the host is no name of the public internet",
    "port": "the address names a port",
    "extra": "the address carries a query or a fragment",
    "portal": "the host is a customers' portal",
    "own": "the address is our own",
    "inside": "the name leads to an address that is not of the public internet",
    "nothing": "the name leads nowhere",
}


class NoAnswer(TransportError):
    """The other end did not answer as HTTP does, or not in time; it may have got what was sent. `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotSent(EgressRefused):
    """Nothing was sent: this is no address to which we send. `code` says why, a key of the table above."""

    def __init__(self, code: str) -> None:
        super().__init__(_REFUSED[code], code)


@dataclass(frozen=True)
class Answer:
    """What came back: the status, and for how many seconds the other end asked for patience (0: it did not)."""

    status: int
    retry_after: int = 0


def why_not(url: str) -> str:
    """Say why nothing would be sent to this URL, by its spelling alone; a code, empty where it may be sent to."""
    try:
        _place(url)
    except NotSent as refused:
        return refused.code
    return ""


def words(code: str) -> str:
    """Give the sentence of a code of `why_not`, for the person who wrote the address."""
    return _REFUSED[code]


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float = SECONDS) -> Answer:
    """Send a body once and give the answer's status, whatever it is; of the answer's body nothing is kept.

    Raises `NotSent` (nothing left us), `NoAnswer` (it may have arrived) and `ResponseTooLarge` (its head has no end).
    """
    end = time.monotonic() + seconds
    place = _place(url)
    addresses = _checked(place, end)
    line = _Line(place, addresses, end)
    try:
        line.request("POST", place.path, body, {**headers, "Connection": "close"})
        answer = line.getresponse()
        # The status decides; the rest is read so that the other end can finish in peace, up to the limits.
        with contextlib.suppress(OSError, http.client.HTTPException, ResponseTooLarge):
            answer.read(MOST_BYTES)
        return Answer(answer.status, _patience(answer.getheader("Retry-After", "")))
    except TimeoutError:
        raise NoAnswer("timeout") from None
    except ssl.SSLCertVerificationError:
        raise NoAnswer("certificate") from None
    except ssl.SSLError:
        raise NoAnswer("tls") from None
    except OSError:  # before the next one: a line that breaks before the answer is both
        raise NoAnswer("connection") from None
    except http.client.HTTPException:
        raise NoAnswer("not_http") from None
    finally:
        line.close()


def _place(url: str) -> Place:
    place = urls.read(url)
    if isinstance(place, urls.Wrong):
        raise NotSent(place.code)
    if _is_listed(place):
        if place.scheme == "https" or _may_be_plain(place):
            return place
        raise NotSent("scheme")
    if code := urls.why_not_public(place):
        raise NotSent(code)
    if place.host == (urlsplit(settings.PUBLIC_URL).hostname or "").lower():
        raise NotSent("own")
    return place


def _is_listed(place: Place) -> bool:
    return allowed.is_webhooks(place.host, place.port)


def _may_be_plain(place: Place) -> bool:
    return (place.host == "localhost" or urls.is_loopback(place.host)) and installation.mode() == "rehearsal"


def _checked(place: Place, end: float) -> list[str]:
    """Resolve the name, once, and give its addresses if every one of them may be reached."""
    found = list(dict.fromkeys(_in_time(lambda: resolve(place.host, place.port), end)))
    if not found:
        raise NotSent("nothing")
    if not all(_may_reach(place, each) for each in found):
        raise NotSent("inside")
    return found


def _may_reach(place: Place, address: str) -> bool:
    """Without TLS this machine alone; with it the public internet, and what somebody listed."""
    if place.scheme == "http":
        return urls.is_loopback(address)
    return urls.is_public(address) or _is_listed(place)


def _in_time(ask: Callable[[], Sequence[str]], end: float) -> Sequence[str]:
    """Give the answer of a look-up that cannot be told to hurry; one that takes too long is left alone."""
    said: queue.Queue[Sequence[str] | Exception] = queue.Queue()

    def run() -> None:
        try:
            said.put(ask())
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            said.put(error)

    threading.Thread(target=run, daemon=True, name="look-up").start()
    try:
        found = said.get(timeout=max(0.001, end - time.monotonic()))
    except queue.Empty:
        raise NoAnswer("timeout") from None
    if isinstance(found, Exception):
        raise found
    return found


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _patience(text: str) -> int:
    """Read the seconds of `Retry-After` (RFC 9110 10.2.3); its form as a date is not asked for."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


class _Line(http.client.HTTPConnection):
    """A connection to one of the checked addresses, all of it before one deadline."""

    def __init__(self, place: Place, addresses: Sequence[str], end: float) -> None:
        super().__init__(place.host, place.port)
        self._place, self._addresses, self._end = place, addresses, end

    def connect(self) -> None:
        """Take the first address that answers, and speak TLS to the name."""
        fault: OSError = OSError("no address")
        for address in self._addresses:
            try:
                plain = connect(address, self._place.port, _left(self._end))
                break
            except TimeoutError:
                raise
            except OSError as error:
                fault = error
        else:
            raise fault
        if self._place.scheme == "https":
            try:
                plain.settimeout(_left(self._end))
                plain = tls().wrap_socket(plain, server_hostname=self._place.host)
            except BaseException:
                plain.close()
                raise
        self.sock: Any = _Timed(plain, self._end)

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:  # noqa: ARG002
        """Name the host once, as the address was written, and ask for no compression."""
        super().putrequest(method, url, skip_host=True, skip_accept_encoding=True)
        self.putheader("Host", self._place.authority)


class _Timed:
    """What `http.client` needs of a socket; each step gets what is left of the time, and the answer has a size."""

    def __init__(self, line: socket.socket, end: float) -> None:
        self._line, self._end = line, end

    def sendall(self, data: bytes) -> None:
        """Send all of it before the deadline."""
        view = memoryview(data)
        while view:
            self._line.settimeout(_left(self._end))
            view = view[self._line.send(view) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Give a reader that ends with an error at the deadline or at the limit."""
        return io.BufferedReader(_Reader(self._line, self._end))

    def close(self) -> None:
        """Close the connection."""
        self._line.close()


class _Reader(io.RawIOBase):
    def __init__(self, line: socket.socket, end: float) -> None:
        self._line, self._end, self._room = line, end, MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._line.settimeout(_left(self._end))
        count = self._line.recv_into(buffer)
        self._room -= count
        if self._room < 0:
            raise ResponseTooLarge("answer over the limit")
        return count


@cache
def tls() -> ssl.SSLContext:
    """Give the checks of certificates: the system's roots, the name in the certificate, TLS 1.2 and newer."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
