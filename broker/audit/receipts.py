"""Receipts of single events (`audit-receipt/v1`): a signed promise that the event will stand in the log.

A receipt is a signed note (C2SP) with five lines: the format, the log's origin, the event's id, its leaf hash and its
time. Whoever holds one may demand the inclusion proof from a minute later on; a log without that leaf is convicted by
its own signature. The key lives with the application and not with the log's signer, so it is another key, by another
name: `<origin>/receipt`.
"""

import re
from typing import NamedTuple

from django.conf import settings

from broker.audit import checkpoint, entry, store
from broker.audit.encoding import b64, unb64
from broker.audit.permit import committed
from broker.terms import EventRef
from broker.vault import keyring

FORMAT = "audit-receipt/v1"
SECRET = "receipt-key/1"  # noqa: S105  (the name of a secret, not one)

_NUMBER = re.compile("0|[1-9][0-9]{0,18}")


class NoSuchEvent(LookupError):
    """There is no committed event of this id: nothing can be promised about it."""


class Receipt(NamedTuple):
    """What a receipt promises: this leaf stands in the log of this origin."""

    origin: str
    event_id: int
    leaf: bytes
    ts: int  # microseconds since 1970, as the event's header says

    def text(self) -> str:
        """The text that is signed."""
        return f"{FORMAT}\n{self.origin}\n{self.event_id}\n{b64(self.leaf)}\n{self.ts}\n"


def receipt(event: EventRef) -> str:
    """Return the signed receipt of a committed event. Raises `NoSuchEvent`."""
    head = committed(event)
    if head is None:
        raise NoSuchEvent("no committed event of this id")
    header, ct = store.rows("SELECT header, ct FROM audit_event WHERE id = %s", [event.id])[0]
    leaf = entry.leaf_hash(entry.entry_bytes(header, ct))
    # An event keeps the origin that it was sealed for, also after a declared loss has opened a new one.
    return checkpoint.sign(Receipt(head.log, event.id, leaf, head.ts).text(), [_signer(head.log)])


def sign_note(text: str) -> str:
    """Sign another text of the application (an evidence pack's manifest) with the receipt key of the current origin.

    The text ends in a newline and names its own format in its first line. Raises `checkpoint.BadNote`, also for a
    text that claims to be a receipt: those are made by `receipt` alone.
    """
    if text.startswith(FORMAT + "\n"):
        raise checkpoint.BadNote("a receipt is made from its event")
    return checkpoint.sign(text, [_signer(settings.LOG_ORIGIN)])


def verifier(origin: str | None = None) -> checkpoint.Verifier:
    """The public half of the receipt key of this origin (None: the current one)."""
    return _signer(settings.LOG_ORIGIN if origin is None else origin).verifier()


def open_receipt(note: str) -> Receipt:
    """Open a receipt of this installation strictly. Raises `checkpoint.BadNote`.

    The signature says that we promised; whether the promise was kept is asked of the tree.
    """
    found = parse(checkpoint.text_of(note))
    checkpoint.open_note(note, [verifier(found.origin)])
    return found


def parse(text: str) -> Receipt:
    """Read a receipt's text strictly: five lines, each in its one form. Raises `checkpoint.BadNote`."""
    lines = text.split("\n")
    if len(lines) != 6 or lines[0] != FORMAT or lines[5]:
        raise checkpoint.BadNote("not a receipt")
    origin, number, encoded, ts = lines[1:5]
    try:
        leaf = unb64(encoded)
    except ValueError:
        raise checkpoint.BadNote("malformed leaf") from None
    if not entry.is_origin(origin) or not _NUMBER.fullmatch(number) or not _NUMBER.fullmatch(ts) or len(leaf) != 32:
        raise checkpoint.BadNote("malformed receipt")
    return Receipt(origin, int(number), leaf, int(ts))


def _signer(origin: str) -> checkpoint.Signer:
    return checkpoint.Signer.new(f"{origin}/receipt", keyring.secret(SECRET))
