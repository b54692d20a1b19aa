"""A strange mail, read tolerantly, part by part; runs in the sandbox and imports nothing of a framework (rules).

Whatever cannot be read is passed over and named in `why`. The raw bytes are kept by the caller in any case.
"""

import email
import html
import re
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from typing import Any

from broker.sandbox.wire import pack, unpack

MAX_PARTS = 60
MAX_TEXT = 200_000
MAX_FILE = 25 * 1024 * 1024
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]{0,2000}>", re.DOTALL | re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{3,250}>")
# Parts that belong to the wrapping of a mail, not to what somebody sends.
_WRAPPING = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_AUTOMATIC = ("X-Auto-Response-Suppress", "X-Autoreply", "X-Autorespond", "X-Apple-Action")


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"raw": packed bytes}`: ids, senders, texts, attachments, and what a delivery report says."""
    mail = email.message_from_bytes(unpack(payload["raw"]), policy=compat32)
    found: dict[str, Any] = {"texts": [], "files": [], "why": [], "report": None}
    for number, part in enumerate(_parts(mail, found["why"])):
        if number >= MAX_PARTS:
            found["why"].append("too many parts")
            break
        try:
            _take(part, found)
        except Exception as error:  # noqa: BLE001 - a stranger's part raises anything, and the next one may be sound
            found["why"].append(f"part {number}: {type(error).__name__}")
    read = {
        **found,
        "message_id": next(iter(_ids(mail, "Message-ID")), ""),
        "refers_to": [*_ids(mail, "In-Reply-To"), *_ids(mail, "References")],
        "senders": _addresses(mail, "From"),
        "names": _display_names(mail),
        "to": [*_addresses(mail, "To"), *_addresses(mail, "Cc")],
        "subject": _header(mail, "Subject")[:500],
        "automatic": _is_automatic(mail),
    }
    plain: dict[str, Any] = _plain(read)
    return plain


def _display_names(mail: Message) -> list[str]:
    """Give what people wrote before their addresses: words like any others."""
    headers = [_header(mail, name) for name in ("From", "To", "Reply-To")]
    return [name[:500] for name, _address in getaddresses(headers) if name]


def _plain(value: Any) -> Any:
    """Replace what no encoding or database can hold: raw bytes in headers come as lone surrogates, and as zeros."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _parts(mail: Message, why: list[str]) -> list[Message]:
    """Give the leaves of a mail's tree; a report's own messages are read with their part."""
    found: list[Message] = []
    waiting = [mail]
    while waiting and len(found) <= MAX_PARTS:
        part = waiting.pop(0)
        kind = part.get_content_type()
        if kind == "message/partial":
            why.append("a part of a mail that was sent in pieces")
            continue
        children = part.get_payload()
        if isinstance(children, list) and kind != "message/delivery-status":
            waiting = [each for each in children if isinstance(each, Message)] + waiting
        else:
            found.append(part)
    return found


def _take(part: Message, found: dict[str, Any]) -> None:
    kind = part.get_content_type()
    if kind == "message/delivery-status":
        found["report"] = _report(part, found["report"])
        return
    if kind == "text/rfc822-headers":
        original = email.message_from_string(_text(part))
        found["report"] = {**(found["report"] or {}), "original": next(iter(_ids(original, "Message-ID")), "")}
        return
    name = _name(part)
    if kind.startswith("text/") and not name and part.get_content_disposition() != "attachment":
        text = _text(part)
        found["texts"].append((_without_tags(text) if "<" in text else text)[:MAX_TEXT])
    elif kind not in _WRAPPING:
        data = part.get_payload(decode=True)
        if isinstance(data, bytes) and 0 < len(data) <= MAX_FILE:
            found["files"].append({"name": name[:150], "type": kind, "data": pack(data)})


def _report(part: Message, known: dict[str, Any] | None) -> dict[str, Any]:
    """Read a delivery report: the action decides, not the class of its status."""
    report = dict(known or {})
    blocks = part.get_payload()
    for block in blocks if isinstance(blocks, list) else []:
        if isinstance(block, Message) and block.get("Action"):
            report["action"] = str(block["Action"]).strip().lower()
            recipient = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
            report["recipient"] = recipient.rpartition(";")[2].strip().lower()
    return report


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return str(part.get_payload())
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")


def _without_tags(text: str) -> str:
    return html.unescape(_TAGS.sub(" ", text))


def _name(part: Message) -> str:
    try:
        return _decoded(part.get_filename() or "")
    except Exception:  # noqa: BLE001 - a broken parameter leaves a part without a name
        return ""


def _header(mail: Message, name: str) -> str:
    return _decoded(str(mail.get(name) or ""))


def _decoded(text: str) -> str:
    try:
        pieces = decode_header(text)
        return "".join(
            piece.decode(charset or "ascii", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in pieces
        )
    except (LookupError, ValueError):
        return text


def _ids(mail: Message, name: str) -> list[str]:
    return [found for value in mail.get_all(name) or [] for found in _ID.findall(str(value))][:50]


def _addresses(mail: Message, name: str) -> list[str]:
    values = [str(value) for value in mail.get_all(name) or []]
    return [address.lower() for _, address in getaddresses(values) if "@" in address][:50]


def _is_automatic(mail: Message) -> bool:
    said = str(mail.get("Auto-Submitted") or "no").strip().lower()
    busy = str(mail.get("Precedence") or "").strip().lower() in ("auto_reply", "bulk", "junk")
    return not said.startswith("no") or busy or any(mail.get(name) for name in _AUTOMATIC)
