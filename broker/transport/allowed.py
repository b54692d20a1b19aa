"""The lists of places that this installation may reach."""

from django.conf import settings

from broker.transport.errors import EgressRefused


def hosts() -> frozenset[tuple[str, int]]:
    """Give the allowed hosts and ports, read strictly from `ALLOWED_EGRESS`."""
    return frozenset(parse(entry) for entry in settings.ALLOWED_EGRESS)


def is_allowed(host: str, port: int) -> bool:
    """Say whether this place is on the list."""
    return (host.lower(), port) in hosts()


def is_webhooks(host: str, port: int) -> bool:
    """Say whether this place is on the list of webhooks' places, `WEBHOOK_EGRESS`.

    A list of their own: who may choose a webhook's address does not reach what we reach ourselves.
    """
    return (host.lower(), port) in frozenset(parse(entry) for entry in settings.WEBHOOK_EGRESS)


def require(host: str, port: int) -> None:
    """Raise `EgressRefused` unless this place is on the list."""
    if not is_allowed(host, port):
        raise EgressRefused(f"{host}:{port} is not on the list of allowed places")


def parse(entry: str) -> tuple[str, int]:
    """Read host:port, or raise `EgressRefused`."""
    host, _, port = entry.strip().rpartition(":")
    if not host or not port.isascii() or not port.isdigit():
        raise EgressRefused(f"{entry!r} is not host:port")
    return host.strip("[]").lower(), int(port)
