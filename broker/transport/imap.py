"""A mailbox of ours from which answers are fetched, where no mail server hands them over (RFC 9051).

A mail is marked as seen only after it was taken: what goes wrong before leaves it where it is, for the next round.
Nothing of a mail is parsed here.
"""

import imaplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from imap_tools import BaseMailBox, ImapToolsError, MailBoxUnencrypted, MailMessageFlags

from broker.transport import allowed
from broker.transport.errors import TransportError
from broker.transport.lines import open_line

SECONDS = 20.0
A_ROUND = 20  # mails; more wait for the next round
MAX_BYTES = 26 * 1024 * 1024


class MailboxDown(TransportError):
    """The mailbox could not be reached, or did not answer as the protocol says; nothing was lost."""


@dataclass(frozen=True)
class Round:
    """What a round did: mails that were taken, those that are left for a next one, and those that are too large."""

    taken: int
    left: int
    too_large: int


def is_configured() -> bool:
    """Say whether there is a mailbox to fetch from."""
    return bool(settings.IMAP_SERVER)


def fetch(take: Callable[[bytes], None]) -> Round:
    """Hand each unseen mail to `take`, the oldest first, and mark it as seen when that returned.

    Raises `MailboxDown`, `EgressRefused`, and whatever `take` raises: that mail stays unseen.
    """
    taken = too_large = 0
    with _opened() as box:
        waiting = box.uids("UNSEEN UNFLAGGED")
        for uid in waiting[:A_ROUND]:
            raw = _bytes(box, uid)
            if raw is None:
                too_large += 1
                box.flag(uid, MailMessageFlags.FLAGGED, True)  # a person looks at it; it is not asked for again
                continue
            take(raw)
            box.flag(uid, MailMessageFlags.SEEN, True)
            taken += 1
        return Round(taken, max(0, len(waiting) - A_ROUND), too_large)


class _Imap(imaplib.IMAP4):
    """Connects to an address that was judged."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return open_line(self.host, int(self.port), timeout or SECONDS)


class _ImapTls(imaplib.IMAP4_SSL):
    """The same; the name stays the one that TLS asks for."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        line = open_line(self.host, int(self.port), timeout or SECONDS)
        wrapped: socket.socket = self.ssl_context.wrap_socket(line, server_hostname=self.host)
        return wrapped


class _Box(MailBoxUnencrypted):
    """A mailbox behind one of the two."""

    def __init__(self, host: str, port: int, *, tls: bool) -> None:
        self._tls = tls
        super().__init__(host, port, timeout=SECONDS)

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        if not self._tls:
            return _Imap(self._host, self._port, timeout=SECONDS)
        return _ImapTls(self._host, self._port, timeout=SECONDS, ssl_context=ssl.create_default_context())


@contextmanager
def _opened() -> Iterator[BaseMailBox]:
    host, port = allowed.parse(settings.IMAP_SERVER)
    allowed.require(host, port)
    try:
        password = Path(settings.IMAP_PASSWORD_FILE).read_text(encoding="utf-8").strip()
        box = _Box(host, port, tls=settings.IMAP_TLS)
        with box.login(settings.IMAP_USER, password, settings.IMAP_FOLDER) as opened:
            yield opened
    except (ImapToolsError, imaplib.IMAP4.error, OSError) as error:
        raise MailboxDown(type(error).__name__) from None


def _bytes(box: BaseMailBox, uid: str) -> bytes | None:
    """Give a mail as it came, without marking it; None for one over the limit."""
    size = _fetched(box, uid, "(RFC822.SIZE)")
    said = next((each for each in size if isinstance(each, bytes)), b"")
    number = said.rpartition(b"RFC822.SIZE ")[2].split(b" ")[0].rstrip(b")")
    if not number.isdigit():
        raise MailboxDown("no size")
    if int(number) > MAX_BYTES:
        return None
    for each in _fetched(box, uid, "(BODY.PEEK[])"):
        if isinstance(each, tuple) and isinstance(each[1], bytes):
            return each[1]
    raise MailboxDown("no content")


def _fetched(box: BaseMailBox, uid: str, what: str) -> list[object]:
    status, data = box.client.uid("fetch", uid, what)
    if status != "OK":
        raise MailboxDown(str(status)[:20])
    return list(data)
