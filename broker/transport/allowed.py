"""The lists of places that this installation may reach."""

from dataclasses import dataclass

from django.conf import settings

from broker.transport import urls
from broker.transport.errors import EgressRefused


@dataclass(frozen=True)
class Listed:
    """One place of the list: a host and port, and the network inside which its name may lead, where one is named."""

    host: str
    port: int
    network: str | None = None


def places() -> frozenset[Listed]:
    """Give the allowed places, read strictly from `ALLOWED_EGRESS`."""
    return frozenset(read(entry) for entry in settings.ALLOWED_EGRESS)


def require(host: str, port: int) -> Listed:
    """Give the entry for this place, or raise `EgressRefused`; a customers' portal is refused whoever listed it."""
    host = host.strip("[]").lower()
    if urls.is_portal(host):
        raise EgressRefused("a customers' portal is never reached", "egress.portal")
    found = next((each for each in places() if (each.host, each.port) == (host, port)), None)
    if found is None:
        raise EgressRefused(f"{host}:{port} is not on the list of allowed places")
    return found


def is_webhooks(host: str, port: int) -> bool:
    """Say whether this place is on the list of webhooks' places, `WEBHOOK_EGRESS`.

    A list of their own: who may choose a webhook's address does not reach what we reach ourselves.
    """
    return (host.lower(), port) in frozenset(parse(entry) for entry in settings.WEBHOOK_EGRESS)


def read(entry: str) -> Listed:
    """Read host:port or host:port@network, or raise `EgressRefused`."""
    place, at, network = entry.strip().partition("@")
    host, port = parse(place)
    if at and not urls.is_network(network):
        raise EgressRefused(f"{entry!r} names no network")
    return Listed(host, port, network if at else None)


def parse(entry: str) -> tuple[str, int]:
    """Read host:port, or raise `EgressRefused`."""
    host, _, port = entry.strip().rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise EgressRefused(f"{entry!r} is not host:port")
    return host.strip("[]").lower(), int(port)
