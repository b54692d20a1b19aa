"""HTTP to allowed places and calls only: checked below the client, so that no redirect or option leads around it."""

import re
import ssl
import time
from collections.abc import Collection, Iterable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpcore
import httpx
from httpx import HTTPError, Response

from broker.transport import allowed
from broker.transport.errors import EgressRefused, ResponseTooLarge
from broker.transport.lines import checked

__all__ = ["Call", "GuardedTransport", "HTTPError", "Response", "client"]  # callers need no import of httpx

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
WHOLE_SECONDS = 55.0  # of one call from its look-up to its last byte: a job may live for a minute
_PORTS = {"http": 80, "https": 443}
_HOLE = re.compile(r"\{[a-z]+\}")
_ID = r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}"
_end: ContextVar[float] = ContextVar("the moment at which a call is given up")


@dataclass(frozen=True)
class Call:
    """What a client may do: a method, and a path in which `{name}` stands for one id; `query` where one is fixed."""

    method: str
    path: str
    query: str | None = None

    def fits(self, method: str, path: str, query: str) -> bool:
        """Say whether a request is this call."""
        wanted = _ID.join(re.escape(each) for each in _HOLE.split(self.path))
        return method == self.method and re.fullmatch(wanted, path) is not None and self.query in (None, query)


@dataclass(frozen=True)
class _Calls:
    """The calls of one client, all at one origin."""

    origin: tuple[str, str, int]
    calls: tuple[Call, ...]

    def allow(self, request: httpx.Request) -> bool:
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        at = origin_of(request.url) == self.origin
        return at and any(each.fits(request.method, path, query) for each in self.calls)


class _Counted(httpx.SyncByteStream):
    """A response body that ends with an error when it grows past the limit."""

    def __init__(self, stream: httpx.SyncByteStream, limit: int) -> None:
        self._stream, self._left = stream, limit

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise ResponseTooLarge("response over the limit")
            yield chunk

    def close(self) -> None:
        self._stream.close()


class _Line(httpcore.NetworkStream):
    """A connection of which each step ends with its call: an answer that trickles holds nobody up."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Line(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Opens connections to numbers that were judged, and in no other way."""

    def __init__(self) -> None:
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - the library's signature
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        last: Exception = httpcore.ConnectError("nobody was asked")
        for address in checked(host, port):  # numbers: nothing is looked up again
            try:
                return _Line(self._inner.connect_tcp(address, port, _left(timeout, httpcore.ConnectTimeout)))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise last


class GuardedTransport(httpx.HTTPTransport):
    """Makes its own calls only, at a host and port on the list."""

    def __init__(self, calls: _Calls) -> None:
        super().__init__(verify=_tls(), trust_env=False, retries=0)
        self._calls = calls
        # The library lets a pool, not a transport, have a way to connect.
        self._pool = httpcore.ConnectionPool(ssl_context=_tls(), retries=0, network_backend=_Backend())

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Check the place and the call, then send."""
        allowed.require(request.url.host, origin_of(request.url)[2])
        if not self._calls.allow(request):
            raise EgressRefused("not a call of this client", "egress.call")
        _end.set(time.monotonic() + WHOLE_SECONDS)
        response = super().handle_request(request)
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Counted(response.stream, MAX_RESPONSE_BYTES)
        return response


def client(purpose: str, url: str, *, calls: Collection[Call] | str, timeout: float = 10.0) -> httpx.Client:
    """Give a client for one purpose, which makes these calls at this address and no others.

    `calls` are templates below `url`; or one method, and then `url` as it is written is the only thing called. No
    redirects, no proxies from the environment; `timeout` in seconds for each step, `WHOLE_SECONDS` for all of them.
    """
    base = httpx.URL(url)
    path, _, query = base.raw_path.decode("ascii").partition("?")
    if isinstance(calls, str):
        made: tuple[Call, ...] = (Call(calls, path, query),)
    else:
        made = tuple(Call(each.method, path.rstrip("/") + each.path, each.query) for each in calls)
    return httpx.Client(
        base_url="" if isinstance(calls, str) else url,
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": f"utility-data-broker ({purpose})"},
        transport=GuardedTransport(_Calls(origin_of(base), made)),
    )


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Give scheme, host and port of an address."""
    return url.scheme, url.host.lower(), url.port or _PORTS.get(url.scheme, 0)


def _left(timeout: float | None, late: type[Exception]) -> float:
    left = _end.get() - time.monotonic()
    if left <= 0:
        raise late("the whole call took too long")
    return left if timeout is None else min(left, timeout)


@cache
def _tls() -> ssl.SSLContext:
    """Give the checks of certificates, the same for every client: reading the roots takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)
