"""Files that a customer downloaded herself and hands over: what they are by content, never by name alone (rules)."""

import re
from dataclasses import dataclass, field

import puremagic

from broker.terms import ChannelName, Refusal

MAX_BYTES = 25 * 1024 * 1024
MAX_NAME = 150
_ENDINGS = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "text/csv": (".csv",),
    "application/xml": (".xml",),
    "application/zip": (".zip",),
}
_MAGIC = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
# Paths, control characters, and characters that turn the direction of writing, by which "fdp.exe" looks like a PDF.
_NOT_IN_A_NAME = re.compile(r'[/\\\x00-\x1f\x7f<>:"|?*\u202a-\u202e\u2066-\u2069]')
_TEXT = re.compile(r"[\x09\x0a\x0d\x20-\x7e\xa0-\uffff\ufeff]*")


@dataclass(frozen=True, repr=False)
class SharedFile:
    """A file as it was handed over."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Accepted:
    """A file that may go into quarantine: what it is and how large."""

    media_type: str
    size: int


class CustomerUploadChannel:
    """Looks at a file before anything of it is kept."""

    name = ChannelName.CUSTOMER_UPLOAD

    def hand_over(self, order: SharedFile, /) -> Accepted | Refusal:
        """Say what the file is, or why it is not taken."""
        return examine(order.name, order.data)


def examine(name: str, data: bytes) -> Accepted | Refusal:
    """Say what a file is, or why it is not taken: size, name, and content must agree."""
    if len(data) > MAX_BYTES:
        return Refusal("request.too_large", "over 25 MB")
    if not data:
        return Refusal("file.unreadable", "empty")
    if not is_plain_name(name):
        return Refusal("file.type", "the file's name")
    media_type = sniff(data) or _download(data)
    if media_type is None or not name.lower().endswith(_ENDINGS[media_type]):
        return Refusal("file.type", "content and name do not agree on a kind that we take")
    return Accepted(media_type, len(data))


def sniff(data: bytes) -> str | None:
    """Give the kind of a file by its content; None for every kind that we take from nobody but the customer."""
    for media_type, magic in _MAGIC.items():
        if data.startswith(magic):
            return media_type if _agrees(data, media_type) else None
    return "text/csv" if _is_table(data) else None


def _download(data: bytes) -> str | None:
    """Give the kind of the portal's own downloads that nobody sends by mail: its feed, and the archive it comes in."""
    if data.startswith(b"PK\x03\x04"):
        return "application/zip"
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return "application/xml" if _TEXT.fullmatch(text) and text.lstrip().startswith(("<?xml", "<feed")) else None


def is_plain_name(name: str) -> bool:
    """Say whether a file name is only a name: no path, no control or direction characters."""
    return 0 < len(name) <= MAX_NAME and not name.startswith(".") and not _NOT_IN_A_NAME.search(name)


def _agrees(data: bytes, media_type: str) -> bool:
    try:
        return any(found.mime_type == media_type for found in puremagic.magic_string(data[:8192] + data[-8192:]))
    except puremagic.PureError:
        return False


def _is_table(data: bytes) -> bool:
    """Say whether bytes are plain text with commas on at least one line, and nothing else in disguise."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    head = text.lstrip()[:1]
    return bool(_TEXT.fullmatch(text)) and "," in text and head not in ("<", "{", "[")
