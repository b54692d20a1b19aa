"""To which addresses of strangers we send at all: strict reading of a URL, and of what its name resolves to (rules).

For an address that somebody else gives us (a webhook's). One meaning, one spelling: what two parsers could read in two
ways is refused. Sources: RFC 3986, the IANA special-purpose address registries (RFC 6890), and what cloud providers
answer on addresses of their own.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

LONGEST = 500
_URL = re.compile(r"(https?)://([^/?#]*)(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_LITERAL = re.compile(r"\[[0-9a-f:.]+\]")
# A last label of this form makes the whole host an IPv4 address for some readers: 127.1, 0x7f.1, 2130706433.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# Names that never are a public place (RFC 6761, RFC 6762, RFC 8375, RFC 9476 and what networks use inside).
_INSIDE = (
    "localhost", "local", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "arpa", "onion",
    "alt", "test", "invalid",
)  # fmt: skip
# Customers' portals: nothing of ours ever connects to one, whoever asks.
_PORTALS = ("smarthub.coop",)

_V6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_NO_V6 = tuple(
    ip_network(each)
    for each in (
        "2001::/23",  # IETF: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: any IPv4 address, through whoever relays
        "3fff::/20",  # documentation
    )
)
_NO_V4 = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers; some clouds answer there
        "127.0.0.0/8",
        "168.63.129.16/32",  # public by number, inside by use: a cloud's own agent
        "169.254.0.0/16",  # link-local, and the metadata of clouds
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)


@dataclass(frozen=True)
class Place:
    """Where a URL leads, taken apart once and never parsed again."""

    scheme: str
    host: str  # lower case, without brackets
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Give what the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 443 and self.scheme == "https" else f"{host}:{self.port}"


@dataclass(frozen=True)
class Wrong:
    """Why nothing is sent to an address: a code, without the address."""

    code: str


def read(url: str) -> Place | Wrong:
    """Take a URL apart, or say why it is none that we send to; looks nothing up.

    Codes: `form`, `long`, `scheme`, `user`, `host`, `port`, `extra` (a query or fragment), `portal`. `http` and a port
    are read here; whether they may be is for `may_be_public` and whoever configured them.
    """
    if len(url) > LONGEST:
        return Wrong("long")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return Wrong("form")
    if "?" in url or "#" in url:
        return Wrong("extra")
    found = _URL.fullmatch(url)
    if found is None:
        return Wrong("form" if re.match(r"https?://", url) else "scheme")
    scheme, authority, path = found[1], found[2], found[3] or "/"
    if "@" in authority:
        return Wrong("user")
    if _PERCENT.search(path) or any(each in (".", "..") for each in path.split("/")):
        return Wrong("form")
    host, port = _split(authority)
    if port is None:
        return Wrong("port")
    host = host.lower()
    if is_portal(host):
        return Wrong("portal")
    bare = host.strip("[]") if _LITERAL.fullmatch(host) else host
    if not (is_address(bare) or _is_name(host)):
        return Wrong("host")
    return Place(scheme, bare, port or (443 if scheme == "https" else 80), path)


def why_not_public(place: Place) -> str:
    """Say why a place is none of the public internet, by its spelling alone; empty where it may be one."""
    if place.scheme != "https":
        return "scheme"
    if place.port != 443:
        return "port"
    if is_address(place.host) or "." not in place.host or place.host.rpartition(".")[2] in _INSIDE:
        return "host"
    return ""


def is_public(address: str) -> bool:
    """Say whether an IP address is one of the public internet: nothing private, local, shared, reserved or multicast.

    Also not in IPv6's clothes: mapped, compatible, 6to4, Teredo, NAT64 (there the IPv4 address inside decides).
    """
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return _is_public_v4(found)
    if found.scope_id is not None:
        return False
    if found in _NAT64:
        return _is_public_v4(IPv4Address(found.packed[-4:]))
    return _is_public_v6(found)


def is_loopback(address: str) -> bool:
    """Say whether an address is this machine's own."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def is_portal(host: str) -> bool:
    """Say whether a host is a customers' portal, in any spelling that a resolver takes for it."""
    name = host.lower().rstrip(".")
    return any(name == each or name.endswith(f".{each}") for each in _PORTALS)


def is_address(host: str) -> bool:
    """Say whether a host is written as an IP address, without a zone."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return "%" not in host


def is_network(text: str) -> bool:
    """Say whether a text is one network in its own spelling (10.1.0.0/16), an address being the smallest."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return "%" not in text


def is_in(address: str, network: str) -> bool:
    """Say whether an IP address lies in a network."""
    try:
        return ip_address(address) in ip_network(network)
    except ValueError:
        return False


def _is_public_v4(found: IPv4Address) -> bool:
    return found.is_global and not any(found in each for each in _NO_V4)


def _is_public_v6(found: IPv6Address) -> bool:
    return found in _V6 and found.is_global and not any(found in each for each in _NO_V6)


def _split(authority: str) -> tuple[str, int | None]:
    """Give host and port, 0 where none is written, None where it is none."""
    if authority.startswith("["):
        host, bracket, rest = authority.partition("]")
        host += bracket
    else:
        host, colon, after = authority.partition(":")
        rest = colon + after
    if not rest:
        return host, 0
    number = rest.removeprefix(":")
    if not rest.startswith(":") or not _PORT.fullmatch(number) or int(number) > 65535:
        return host, None
    return host, int(number)


def _is_name(host: str) -> bool:
    labels = host.split(".")
    return len(host) <= 253 and all(_LABEL.fullmatch(each) for each in labels) and not _NUMBER.fullmatch(labels[-1])
