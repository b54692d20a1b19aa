"""HTTP to allowed places only: checked below the client, so that no redirect or option leads around it."""

import ssl
from collections.abc import Iterator
from functools import cache

import httpx
from httpx import HTTPError, Response

from broker.transport import allowed
from broker.transport.errors import ResponseTooLarge

__all__ = ["GuardedTransport", "HTTPError", "Response", "client"]  # callers need no import of httpx

MAX_RESPONSE_BYTES = 32 * 1024 * 1024
_PORTS = {"http": 80, "https": 443}


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


class GuardedTransport(httpx.HTTPTransport):
    """Opens a connection only to a host and port on the list."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Check the place, then send."""
        url = request.url
        allowed.require(url.host, url.port or _PORTS.get(url.scheme, 0))
        response = super().handle_request(request)
        if isinstance(response.stream, httpx.SyncByteStream):
            response.stream = _Counted(response.stream, MAX_RESPONSE_BYTES)
        return response


def client(purpose: str, *, base_url: str = "", timeout: float = 10.0) -> httpx.Client:
    """Give a client for one purpose: allowed places only, no redirects, no proxies from the environment."""
    return httpx.Client(
        base_url=base_url,
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": f"utility-data-broker ({purpose})"},
        transport=GuardedTransport(verify=_tls(), trust_env=False, retries=0),
    )


@cache
def _tls() -> ssl.SSLContext:
    """Give the checks of certificates, the same for every client: reading the roots takes longer than a request."""
    return httpx.create_ssl_context(trust_env=False)
