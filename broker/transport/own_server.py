"""Asks this installation's own web server whether it answers: on this machine, so no list of places names it."""

import http.client
import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

_HERE = {"127.0.0.1", "::1", "localhost"}


def why_silent(*, timeout: float = 5.0) -> str:
    """Give why the web server does not answer `/health` as it should; "" where it does.

    Asked where it listens (`WEB_BIND`), not by way of the proxy; of a rehearsal, at its `PUBLIC_URL`. Raises ValueError
    where that is no address and port: behind a socket file nobody is asked.
    """
    host, port = _place()
    named = urlsplit(settings.PUBLIC_URL)
    headers = {"Host": named.netloc, "X-Forwarded-Proto": named.scheme}
    line = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        line.request("GET", "/health", headers=headers)
        status = line.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"{host}:{port} gives no answer ({type(error).__name__})"
    finally:
        line.close()
    return "" if status == http.client.OK else f"{host}:{port} answers {status}"


def _place() -> tuple[str, int]:
    public = urlsplit(settings.PUBLIC_URL)
    if public.hostname in _HERE and public.port:
        return public.hostname, public.port
    bound = urlsplit(f"//{os.environ.get('WEB_BIND', '127.0.0.1:8000')}")
    if bound.port is None:
        raise ValueError("WEB_BIND names no port")
    host = bound.hostname or "127.0.0.1"
    if host != "localhost" and (at := ip_address(host)).is_unspecified:  # it listens everywhere, so here too
        host = "127.0.0.1" if at.version == 4 else "::1"
    return host, bound.port
