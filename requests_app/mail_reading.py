"""A strange mail, read tolerantly, part by part; runs in the sandbox and imports nothing of a framework (rules).

Whatever cannot be read is passed over and named in `why`, and `whole` says whether it was all: what is not read is not
clean. The raw bytes are kept by the caller in any case. `read` raises nothing for any bytes, and looks at no more than
`MAX_BYTES`, `MAX_PARTS`, `MAX_DEPTH` and `MOST_WORDS` allow. What people are shown is shorter: `texts` are cut. The
gate's alone are `words` and `heads`, `packed` (files that stood as letters among the words), and `returned` with
`returned_files`, which a report says are of a mail of ours.
"""

import email
import re
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses
from typing import Any

from broker.inlets import packed
from broker.sandbox.wire import pack, unpack
from requests_app.inbound import beside, coding, heads, reports, senders, tags, wrapping
from requests_app.inbound.kinds import judge

MAX_BYTES = 26 * 1024 * 1024
MAX_PARTS = 150  # a letter names up to sixty accounts, and each may bring a bill and a usage file
MAX_DEPTH = 12
MAX_TEXT = 200_000  # of one text, for showing
MOST_WORDS = 4_000_000  # characters of a mail beside its files: the gate takes half a second for a million, twice
MAX_PAGE = 1_000_000  # bytes of an attached one
MAX_FILE = 25 * 1024 * 1024
_HIDDEN = re.compile(r"<(/?)(?:script|style)\b", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]{3,250}>")
_MARKS = {
    "X-Auto-Response-Suppress": "x-auto-response-suppress",
    "X-Failed-Recipients": "x-failed-recipients",
    "X-MS-Exchange-Inbox-Rules-Loop": "x-inbox-rules-loop",
    "List-Id": "list",
}
_UNREAD: dict[str, Any] = {
    "texts": [], "files": [], "parts": [], "why": [], "report": None, "message_id": "", "refers_to": [], "senders": [],
    "from_headers": 0, "from_odd": 0, "results": [], "names": [], "to": [], "subject": "", "marks": [],
    "partial": False, "heads": [], "words": [], "packed": [], "returned": [], "returned_files": [],
    "whole": False,
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
    found = _nothing()
    if len(raw) > MAX_BYTES:
        _missed(found, "too large")
    mail = email.message_from_bytes(raw[:MAX_BYTES], policy=compat32)
    _all(mail, found, 0)
    found["words"] += _said_beside(mail, found["texts"])
    _with_subjects(found)
    _report_without_part(mail, raw, found)
    original = found.pop("original", None)
    if original is not None and found["report"] is not None:
        found["report"] = reports.with_original(found["report"], original)
    _bound(found)
    found["why"] += sorted({type(each).__name__ for each in mail.defects})[:10]
    return {
        **found,
        "heads": heads.together(found["heads"], [*found["texts"], *found["words"]]),
        **senders.read(mail),
        "message_id": next(iter(_ids(mail, "Message-ID")), ""),
        "refers_to": [*_ids(mail, "In-Reply-To"), *_ids(mail, "References")],
        "names": _display_names(mail),
        "to": [*_addresses(mail, "To"), *_addresses(mail, "Cc")],
        "subject": _header(mail, "Subject")[:500],
        "marks": _marks(mail),
    }


def _nothing() -> dict[str, Any]:
    lists = ("texts", "files", "parts", "why", "heads", "words", "packed", "returned", "returned_files", "subjects")
    return {**{name: [] for name in lists}, "report": None, "partial": False, "whole": True}


def _missed(found: dict[str, Any], why: str) -> None:
    """Say that something of the mail was not read: nobody knows what is in it."""
    found["why"].append(why)
    found["whole"] = False


def _all(mail: Message, found: dict[str, Any], depth: int) -> None:
    for number, (part, deep) in enumerate(_parts(mail, found, depth)):
        if number >= MAX_PARTS:
            _missed(found, "too many parts")
            break
        try:
            _take(part, found, deep)
        except Exception as error:  # noqa: BLE001 - a stranger's part raises anything, and the next one may be sound
            _missed(found, f"part {number}: {type(error).__name__}")


def _unpack(letters: bytes | str, found: dict[str, Any]) -> bool:
    """Undo the files that stand as letters among words, for the gate alone; say whether there are any."""
    made = packed.of(letters if isinstance(letters, bytes) else letters.encode("utf-8", "surrogateescape"))
    if not made.whole:
        _missed(found, "a file that stands as letters")
    for each in made.files:
        _keep_packed(each, found)
    return made != packed.Undone()


def _keep_packed(data: bytes, found: dict[str, Any]) -> None:
    file = {"name": "", "type": "application/octet-stream", "data": pack(data)}
    if file not in found["packed"]:
        found["packed"].append(file)
    if sum(len(each["data"]) for each in found["packed"]) > 2 * MAX_FILE:
        found["packed"] = []
        _missed(found, "files over the limit")


def _say(text: str, found: dict[str, Any]) -> None:
    """Take words that are shown to nobody."""
    found["words"].append(text)
    _unpack(text, found)


def _bound(found: dict[str, Any]) -> None:
    """Leave the gate no more than it reads in time."""
    if not heads.are_whole(found["heads"]):
        _missed(found, "too many words")
    left = MOST_WORDS - sum(len(each) for name in ("texts", "heads") for each in found[name])
    for name in ("words", "returned"):
        kept = []
        for each in filter(str.strip, dict.fromkeys(found[name])):
            kept.append(each[: max(0, left)])
            left -= len(each)
        found[name] = kept
    if left < 0:
        _missed(found, "too many words")


def _give_back(mail: Message, found: dict[str, Any], depth: int) -> None:
    """Read what a report gives back of a mail: for the gate alone, for it is not its sender's words, or said so."""
    if depth > MAX_DEPTH:
        _missed(found, "nested too deep")
        return
    words, files = _of_inner(mail, found, depth)
    found["returned"] += words
    found["returned_files"] += files


def _of_inner(mail: Message, found: dict[str, Any], depth: int) -> tuple[list[str], list[dict[str, Any]]]:
    """Give all words of a mail in a mail, its subject with them and its headers as one, and all of its files."""
    inner = _nothing()
    _all(mail, inner, depth)
    inner_heads = "\n".join(heads.without_marks(inner["heads"], [*inner["texts"], *inner["words"]]))
    _with_subjects(inner, _header(mail, "Subject"))
    if not inner["whole"]:
        _missed(found, f"in a mail inside: {inner['why'][0]}")
    words = [*inner["texts"], *inner["words"], inner_heads, *inner["returned"]]
    return words, [*inner["files"], *inner["packed"], *inner["returned_files"]]


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


def _with_subjects(found: dict[str, Any], *subjects: str) -> None:
    """Read the subjects of mails within a mail together with its words, as whoever opens them does."""
    said = [each for each in (*subjects, *found.pop("subjects")) if each.strip()]
    if said:
        found["words"].append("\n".join((*said, *found["texts"])))


def _said_beside(mail: Message, texts: list[str]) -> list[str]:
    """Give a mail's words with what people read above them beside its subject and who wrote it, in either order.

    Nothing where neither names a secret: it stands behind its name, whichever of the two that is in.
    """
    names = [name for name, _address in getaddresses([_header(mail, name) for name in ("Cc", "Sender")])]
    said = [
        each for each in (*names, *(_header(mail, name) for name in ("Comments", "Keywords", "Organization"))) if each
    ]
    is_about = said and any(map(heads.names_a_secret, (*said, *texts)))
    return ["\n".join((*said, *texts)), "\n".join((*texts, *said))] if is_about else []


def _plain(value: Any) -> Any:
    """Replace what no encoding or database can hold: raw bytes in headers come as lone surrogates, and as zeros."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "?")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return value


def _parts(mail: Message, found: dict[str, Any], depth: int) -> list[tuple[Message, int]]:
    """Give the leaves of a mail's tree, each with how deep it lies; a report's own messages are leaves."""
    leaves: list[tuple[Message, int]] = []
    waiting = [(mail, depth)]
    while waiting and len(leaves) <= MAX_PARTS:
        part, deep = waiting.pop(0)
        kind = part.get_content_type()
        found["heads"] += heads.of(part)
        for around in beside.of_parts(part):
            found["heads"].append(around)
            _unpack(around, found)
        if kind == "message/partial":
            found["partial"] = True
            found["words"].append(wrapping.of_fields(part))
            _missed(found, "a part of a mail that was sent in pieces")
            continue
        if deep > MAX_DEPTH:
            _missed(found, "nested too deep")
            break
        coded = wrapping.undone(part) if kind == "message/rfc822" else None
        children = [coded] if coded is not None else part.get_payload()
        returned = kind == "message/rfc822" and mail.get_content_type() == "multipart/report"
        if isinstance(children, list) and not returned and kind not in (*reports.DELIVERY, *reports.KINDS):
            inside = children if kind == "message/rfc822" else []
            found["subjects"] += [_header(each, "Subject") for each in inside if isinstance(each, Message)]
            waiting = [(each, deep + 1) for each in children if isinstance(each, Message)] + waiting
        else:
            leaves.append((part, deep))
    return leaves


def _take(part: Message, found: dict[str, Any], depth: int) -> None:
    kind = part.get_content_type()
    children = part.get_payload()
    if kind == "message/rfc822" and isinstance(children, list):
        # What a report gives back is our own mail, not its sender's words.
        found["original"] = next((each for each in children if isinstance(each, Message)), None)
        for each in (child for child in children if isinstance(child, Message)):
            _give_back(wrapping.undone(part) or each, found, depth + 1)
        return
    data = coding.data_of(part)
    size = len(data) if data is not None else 0
    found["parts"].append({"name": _name(part)[:150], "type": kind[:100], "size": size})
    for letters in wrapping.of_coding(part):
        _say(letters, found)
    if kind in (*reports.DELIVERY, *reports.KINDS):
        _say(wrapping.of_fields(part), found)
        found["report"] = reports.of_part(part, found["report"])
        return
    if kind == "text/rfc822-headers":
        original = email.message_from_string(_text(part))
        found["report"] = reports.with_original(found["report"], original)
        _give_back(original, found, depth + 1)
        return
    name = _name(part)
    shown = kind.startswith(("text/", "multipart/"))  # a multipart without parts holds nothing but words
    if shown and not name and part.get_content_disposition() != "attachment":
        _take_text(part, data, found)
    elif kind in wrapping.SIGNATURES:
        _say(wrapping.of_signature(data or b""), found)
    elif data is not None and 0 < len(data) <= MAX_FILE:
        found["files"].append({"name": name[:150], "type": kind, "data": pack(data)})
        _inside(data, found, depth, is_page=tags.is_page(name, kind, data))
    elif size:
        _missed(found, "a file over the limit")


def _inside(data: bytes, found: dict[str, Any], depth: int, *, is_page: bool) -> None:
    """Read for the gate what an attached page shows, and what lies in an attached mail that calls itself none."""
    if is_page and len(data) <= MAX_PAGE:  # a longer one holds readings, and is read as its letters stand
        found["words"].append(beside.without_tags(_of_page(data.decode("utf-8", "replace"), found)))
    elif wrapping.is_mail(data):
        words, files = _of_inner(email.message_from_bytes(data, policy=compat32), found, depth + 1)
        found["words"] += words
        found["packed"] += files


def _of_page(text: str, found: dict[str, Any], *, is_page: bool = True) -> str:
    """Give the words that a page shows, and take what else it says."""
    for each in tags.files(text):
        _keep_packed(each, found)
    page = tags.opened(text)
    text, hidden = _shown(page)
    if hidden:
        found["words"].append(tags.of_hidden(hidden, is_page=is_page))
        found["words"].append(tags.seen(page, beside.without_tags(text)))
    found["words"].append(tags.with_tags(text))
    if drawn := tags.drawn(page):
        found["words"].append(f"{drawn}\n{beside.without_tags(text)}")
    found["words"] += [] if is_page else [tags.in_angles(page)]
    found["heads"] += beside.of_html(text)
    return text


def _take_text(part: Message, data: bytes | None, found: dict[str, Any]) -> None:
    text = _text(part)
    is_page = part.get_content_type() == "text/html"
    is_undone = not is_page and ((data is not None and _unpack(data, found)) or _unpack(text, found))
    if data is not None:
        found["words"] += wrapping.of_letters(data, text)
        if coding.is_unknown(part.get_content_charset(), data):
            _missed(found, "letters that are not known")
    if "<" in text or is_page:
        text = _of_page(text, found, is_page=is_page)
        if not is_undone:  # of a file's letters what looks like a tag would be taken out
            _unpack(beside.in_lines(text), found)
        text = beside.without_tags(text)
    found["texts"].append(text[:MAX_TEXT])
    if len(text) > MAX_TEXT:
        found["words"].append(text)


def _text(part: Message) -> str:
    data = coding.data_of(part)
    if data is None:
        return str(part.get_payload())
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")


def _shown(text: str) -> tuple[str, str]:
    """Part a text with tags from its scripts and its style, which nobody is shown."""
    kept: list[str] = []
    hidden: list[str] = []
    shown, at = True, 0
    for found in _HIDDEN.finditer(text):
        (kept if shown else hidden).append(text[at : found.start()])
        shown, at = bool(found[1]), found.start()
    (kept if shown else hidden).append(text[at:])
    return "".join(kept), "".join(hidden)


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
