"""Connections to places on our own list: the name is looked up once, and every address of it is judged (RFC 6890).

A second look-up of the same name cannot lead elsewhere, because the connection goes to a number that was judged.
"""

import socket
import time
from collections.abc import Sequence

from broker.transport import allowed, urls
from broker.transport.errors import EgressRefused


def open_line(host: str, port: int, seconds: float) -> socket.socket:
    """Connect to a place on the list, at the first of its addresses that answers; `seconds` for all tries together.

    Raises `EgressRefused` before anything is sent, and OSError where nobody answers.
    """
    end, last = time.monotonic() + seconds, OSError("nobody was asked")
    for address in checked(host, port):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            return connect(address, port, left)
        except OSError as error:
            last = error
    raise last


def checked(host: str, port: int) -> list[str]:
    """Give the addresses of a place, looked up once, if each of them may be reached; raises `EgressRefused`."""
    place = allowed.require(host, port)
    found = list(dict.fromkeys(resolve(host, port)))
    if not found:
        raise EgressRefused(f"{host} leads nowhere", "egress.nothing")
    if not all(may_reach(place, each) for each in found):
        raise EgressRefused(f"{host} leads to an address that nobody listed", "egress.inside")
    return found


def may_reach(place: allowed.Listed, address: str) -> bool:
    """Say whether a listed place may be reached at this address."""
    if place.network is not None:
        return urls.is_in(address, place.network)
    if urls.is_address(place.host):
        return urls.is_in(address, place.host)
    if place.host == "localhost":
        return urls.is_loopback(address)
    return urls.is_public(address)


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the addresses of a name, as numbers; none where it has none."""
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        return []
    return [str(row[4][0]) for row in rows]


def connect(address: str, port: int, seconds: float) -> socket.socket:
    """Open a connection to an address that was judged: a number, so nothing is looked up again."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    line = socket.socket(family, socket.SOCK_STREAM)
    try:
        line.settimeout(seconds)
        line.connect((address, port))
    except BaseException:
        line.close()
        raise
    return line
