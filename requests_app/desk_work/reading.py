"""A person opens one message of a thread (action: the read is an event, then the bytes are opened)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from broker import sandbox, vault
from broker.audit import log
from broker.terms import Actor, Refusal
from requests_app.grants import not_in_force
from requests_app.inbound.holding import SEALED
from requests_app.models import Message
from requests_app.receive import read_mail


@dataclass(frozen=True, repr=False)
class Opened:
    """What a message says, and its attached files by name, kind and size; `scan` holds the bytes of the first."""

    read: dict[str, Any] = field(repr=False)
    files: list[dict[str, Any]]
    scan: bytes = field(repr=False, default=b"")


def open_message(message: Message, *, actor: Actor, now: datetime, why: str) -> Opened | Refusal:
    """Open a message of a thread for a member of staff.

    `state.conflict` for one that waits in the holding pen or is sealed for two people; the consent's own code for what
    came to us, once nothing permits us to have it: it stays sealed.
    """
    manual = message.manual
    if manual is None or message.kind in SEALED:
        return Refusal("state.conflict")
    consent = manual.request.consent
    ended = not_in_force(consent, now) if consent is not None else "consent.absent"
    if message.direction == "in" and ended is not None:
        return Refusal(ended)
    ref = log.append_read(
        "mail.read",
        actor=actor,
        subject=manual.request.customer_id,
        purpose="fulfilment",
        obj="message",
        body={"message": message.id, "request": manual.number, "why": why},
        cnt=1,
    )
    read = read_mail(vault.open_file(message.raw, under=ref))
    datas = [sandbox.unpack(each["data"]) for each in read["files"]]
    named = zip(read["files"], datas, strict=True)
    files = [{"name": each["name"], "type": each["type"], "size": len(data)} for each, data in named]
    return Opened(read, files, datas[0] if datas else b"")
