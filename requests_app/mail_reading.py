"""A strange mail, read tolerantly, part by part; runs in the sandbox and imports nothing of a framework (rules).

Whatever cannot be read is passed over and named in `why`. The raw bytes are kept by the caller in any case. `read`
raises nothing for any bytes, and looks at no more than `MAX_BYTES`, `MAX_PARTS` and `MAX_DEPTH` allow.
"""

import email
import re
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from typing import Any

from broker.sandbox.wire import pack, unpack
from requests_app.inbound import beside, heads, reports, senders
from requests_app.inbound.kinds import judge

MAX_BYTES = 26 * 1024 * 1024
MAX_PARTS = 150  # a letter names up to sixty accounts, and each may bring a bill and a usage file
MAX_DEPTH = 12
MAX_TEXT = 200_000
MAX_FILE = 25 * 1024 * 1024
_HIDDEN = re.compile(r"<(/?)(?:script|style)\b", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{3,250}>")
# Parts that belong to the wrapping of a mail, not to what somebody sends.
_WRAPPING = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_MARKS = {
    "X-Auto-Response-Suppress": "x-auto-response-suppress",
    "X-Failed-Recipients": "x-failed-recipients",
    "X-MS-Exchange-Inbox-Rules-Loop": "x-inbox-rules-loop",
    "List-Id": "list",
}
_UNREAD: dict[str, Any] = {
    "texts": [], "files": [], "parts": [], "why": [], "report": None, "message_id": "", "refers_to": [], "senders": [],
    "from_headers": 0, "from_odd": 0, "results": [], "names": [], "to": [], "subject": "", "marks": [],
    "partial": False, "heads": [],
}  # fmt: skip


def read(payload: dict[str, Any]) -> dict[str, Any]:
    """Read `{"raw": packed bytes}`: ids, senders, texts, attachments, what a report says, and `kind` with `signals`."""
    raw = unpack(payload["raw"])
    try:
        found = _read(raw)
    except MemoryError:
        raise  # the process that read it is in doubt: its parent replaces it
    except Exception as error:  # noqa: BLE001 - a stranger's bytes raise anything; they are kept
        found = unread(raw, type(error).__name__)
    plain: dict[str, Any] = _plain(found)
    kind, signals = judge(plain)
    return {**plain, "kind": kind.value, "signals": list(signals)}


def unread(raw: bytes, why: str) -> dict[str, Any]:
    """Give the facts of a mail of which nothing is known but its bytes, which stand as its text for the gate."""
    facts = {**_UNREAD, "texts": [raw[:1_000_000].decode("latin-1")], "why": [why], "kind": "unknown", "signals": []}
    plain: dict[str, Any] = _plain(facts)
    return plain


def _read(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {"texts": [], "files": [], "parts": [], "why": [], "report": None, "partial": False}
    found["heads"] = []
    if len(raw) > MAX_BYTES:
        found["why"].append("too large")
    mail = email.message_from_bytes(raw[:MAX_BYTES], policy=compat32)
    for number, part in enumerate(_parts(mail, found)):
        if number >= MAX_PARTS:
            found["why"].append("too many parts")
            break
        try:
            _take(part, found)
        except Exception as error:  # noqa: BLE001 - a stranger's part raises anything, and the next one may be sound
            found["why"].append(f"part {number}: {type(error).__name__}")
    _report_without_part(mail, raw, found)
    original = found.pop("original", None)
    if original is not None and found["report"] is not None:
        found["report"] = reports.with_original(found["report"], original)
    found["why"] += sorted({type(each).__name__ for each in mail.defects})[:10]
    return {
        **found,
        "heads": heads.together(found["heads"]),
        **senders.read(mail),
        "message_id": next(iter(_ids(mail, "Message-ID")), ""),
        "refers_to": [*_ids(mail, "In-Reply-To"), *_ids(mail, "References")],
        "names": _display_names(mail),
        "to": [*_addresses(mail, "To"), *_addresses(mail, "Cc")],
        "subject": _header(mail, "Subject")[:500],
        "marks": _marks(mail),
    }


def _report_without_part(mail: Message, raw: bytes, found: dict[str, Any]) -> None:
    """Read a report whose parts could not be told apart (a delimiter line with a blank before it, say) as text."""
    if mail.get_content_type() != "multipart/report":
        return
    if found["report"] is None or (found["report"]["kind"] == "delivery" and not found["report"]["recipients"]):
        kind = reports.TYPES.get(str(mail.get_param("report-type") or "").lower())
        if kind is not None:
            found["report"] = {"kind": kind, "recipients": [], "original": ""}
        else:
            found["report"] = reports.of_text(raw[:200_000].decode("latin-1"), found["report"])


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


def _parts(mail: Message, found: dict[str, Any]) -> list[Message]:
    """Give the leaves of a mail's tree; a report's own messages are read with their part."""
    leaves: list[Message] = []
    waiting = [(mail, 0)]
    while waiting and len(leaves) <= MAX_PARTS:
        part, depth = waiting.pop(0)
        kind = part.get_content_type()
        found["heads"] += [*heads.of(part), *beside.of_parts(part)]
        if kind == "message/partial":
            found["partial"] = True
            found["why"].append("a part of a mail that was sent in pieces")
            continue
        if depth > MAX_DEPTH:
            found["why"].append("nested too deep")
            break
        children = part.get_payload()
        if kind == "message/rfc822" and mail.get_content_type() == "multipart/report" and isinstance(children, list):
            # What a report gives back is our own mail, not its sender's words.
            found["original"] = next((each for each in children if isinstance(each, Message)), None)
        elif isinstance(children, list) and kind not in (*reports.DELIVERY, *reports.KINDS):
            waiting = [(each, depth + 1) for each in children if isinstance(each, Message)] + waiting
        else:
            leaves.append(part)
    return leaves


def _take(part: Message, found: dict[str, Any]) -> None:
    kind = part.get_content_type()
    data = part.get_payload(decode=True)
    size = len(data) if isinstance(data, bytes) else 0
    found["parts"].append({"name": _name(part)[:150], "type": kind[:100], "size": size})
    if kind in (*reports.DELIVERY, *reports.KINDS):
        found["report"] = reports.of_part(part, found["report"])
        return
    if kind == "text/rfc822-headers":
        found["report"] = reports.with_original(found["report"], email.message_from_string(_text(part)))
        return
    name = _name(part)
    shown = kind.startswith(("text/", "multipart/"))  # a multipart without parts holds nothing but words
    if shown and not name and part.get_content_disposition() != "attachment":
        text = _text(part)[:MAX_TEXT]
        if "<" in text:
            text = _shown(text)
            found["heads"] += beside.of_html(text)
            text = beside.without_tags(text)
        found["texts"].append(text)
    elif kind not in _WRAPPING:
        if isinstance(data, bytes) and 0 < len(data) <= MAX_FILE:
            found["files"].append({"name": name[:150], "type": kind, "data": pack(data)})
        elif size:
            found["why"].append("a file over the limit")


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return str(part.get_payload())
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")


def _shown(text: str) -> str:
    """Give a text with tags without its scripts and its style, which nobody reads."""
    kept, shown, at = [], True, 0
    for found in _HIDDEN.finditer(text):
        if shown:
            kept.append(text[at : found.start()])
        shown, at = bool(found[1]), found.start()
    if shown:
        kept.append(text[at:])
    return "".join(kept)


def _name(part: Message) -> str:
    try:
        return heads.decoded(part.get_filename() or "")
    except Exception:  # noqa: BLE001 - a broken parameter leaves a part without a name
        return ""


def _header(mail: Message, name: str) -> str:
    return heads.decoded(str(mail.get(name) or ""))


def _ids(mail: Message, name: str) -> list[str]:
    return [found for value in mail.get_all(name) or [] for found in _ID.findall(str(value))][:50]


def _addresses(mail: Message, name: str) -> list[str]:
    values = [str(value) for value in mail.get_all(name) or []]
    return [address.lower() for _, address in getaddresses(values) if "@" in address][:50]


def _marks(mail: Message) -> list[str]:
    """Name the headers by which programs say that no person wrote a mail."""
    found = []
    said = _word(mail, "Auto-Submitted")
    if said and said != "no":
        found.append(f"auto-submitted: {said if said in ('auto-replied', 'auto-generated') else 'other'}")
    busy = _word(mail, "Precedence")
    if busy in ("auto_reply", "bulk", "junk"):
        found.append("precedence: auto_reply" if busy == "auto_reply" else "precedence: bulk")
    if mail.get("X-Autoreply") or mail.get("X-Autorespond"):
        found.append("x-autoreply")
    if _word(mail, "X-Apple-Action") == "vacation":
        found.append("x-apple-action: vacation")
    for header, mark in _MARKS.items():
        if mail.get(header) is not None:
            found.append(mark)
    if any(str(each).strip() == "<>" for each in mail.get_all("Return-Path") or []):
        found.append("empty return path")
    return found


def _word(mail: Message, name: str) -> str:
    words = str(mail.get(name) or "").lower().replace(";", " ").split()
    return words[0][:40] if words else ""
