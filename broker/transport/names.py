"""TXT records by a resolver on the list, over TCP (RFC 7766): one question, one answer, nothing followed."""

import contextlib
import socket
import struct
from collections.abc import Iterator, Sequence

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from dns.rdtypes.ANY.TXT import TXT

from broker.transport import allowed, lines
from broker.transport.errors import TransportError

SECONDS = 8.0  # for the connection, and for each answer


class NoAnswer(TransportError):
    """The resolver did not answer, or not to what was asked."""


def texts(resolver: str, names: Sequence[str]) -> list[tuple[str, str]]:
    """Ask the resolver (host:port) for the TXT records of names; give (name, text) of each, none where there is none.

    Raises `NoAnswer`, and `EgressRefused` where the resolver is not on the list.
    """
    host, port = allowed.parse(resolver)
    try:
        with contextlib.closing(lines.open_line(host, port, SECONDS)) as line:
            line.settimeout(SECONDS)
            return [found for name in names for found in _ask(line, name)]
    except (OSError, EOFError, dns.exception.DNSException) as error:
        raise NoAnswer(type(error).__name__) from None


def _ask(line: socket.socket, name: str) -> Iterator[tuple[str, str]]:
    asked = dns.message.make_query(dns.name.from_text(name), dns.rdatatype.TXT)
    said = asked.to_wire()
    line.sendall(struct.pack("!H", len(said)) + said)
    (length,) = struct.unpack("!H", _read(line, 2))
    answer = dns.message.from_wire(_read(line, length))
    if not asked.is_response(answer) or answer.flags & dns.flags.TC:
        raise NoAnswer("not an answer to what was asked")
    if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        raise NoAnswer(dns.rcode.to_text(answer.rcode()))
    for each in answer.answer:
        for record in each:
            if isinstance(record, TXT):  # a resolver follows a CNAME by itself; the record still is of what was asked
                yield name.lower(), b"".join(record.strings).decode("utf-8", "replace")


def _read(line: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        piece = line.recv(length - len(found))
        if not piece:
            raise EOFError
        found += piece
    return found
