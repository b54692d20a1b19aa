"""How the bytes of a part are coded, undone as programs for mail undo it (rules; RFC 2045, RFC 2152)."""

import base64
import codecs
import re
from email.message import Message

HIGH = bytes(range(128, 256))
_LETTERS = bytes([9, 10, 13, *range(32, 127)])
_MOSTLY = 0.7  # of bytes that are letters of ASCII
_LINE = re.compile(r"(?m)^[ \t]{0,9}([A-Za-z0-9+/=]{2,}+)[ \t]{0,9}\r?$")
_PIECE = re.compile(r"[A-Za-z0-9+/]+={0,2}")  # padding ends one, and another one may follow
_GAP = re.compile(r"=\s{0,200}[A-Za-z0-9+/]")
_SEVEN = re.compile(r"\+(A[A-P][A-Za-z0-9+/]{1,4000})-?")  # letters of Latin-1 in UTF-7


def name(part: Message) -> str:
    """Give the name of the coding that a part says it has."""
    return str(part.get("Content-Transfer-Encoding") or "").strip().lower()


def data_of(part: Message) -> bytes | None:
    """Give what a part holds, its coding undone; of base64 in pieces each by itself, as programs for mail show it."""
    found = pieces(part)
    if len(found) > 1:
        return b"".join(map(undone, found))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else None


def pieces(part: Message) -> list[str]:
    """Give the pieces of base64 of a part in which one follows another; none of any other part."""
    payload = part.get_payload()
    if name(part) != "base64" or not isinstance(payload, str) or _GAP.search(payload) is None:
        return []
    return _PIECE.findall("".join(_LINE.findall(payload)))


def undone(piece: str) -> bytes:
    """Undo one piece of base64, whole or not."""
    coded = piece.rstrip("=")
    return base64.b64decode(coded[: len(coded) - (len(coded) % 4 == 1)] + "==")


def is_unknown(charset: str | None, data: bytes) -> bool:
    """Say whether nobody here knows the letters that a part says it has, and they are hardly ASCII's."""
    try:
        codecs.lookup(charset or "utf-8")
    except (LookupError, ValueError):
        return not is_mostly_letters(data)
    return False


def is_mostly_letters(data: bytes) -> bool:
    """Say whether bytes are a text of ASCII's letters, or of hardly any others, whatever somebody calls them."""
    return len(data) - len(data.translate(None, _LETTERS)) >= _MOSTLY * len(data)


def of_seven_bits(text: str) -> str:
    """Give a text with its runs of UTF-7 undone; any other run may be a word, an id, a sum."""
    return _SEVEN.sub(_in_seven_bits, text) if "+" in text else text


def _in_seven_bits(match: re.Match[str]) -> str:
    wide = undone(match[1])
    found = wide[: len(wide) // 2 * 2].decode("utf-16-be", "replace")
    return found if found.isprintable() and max(found) < "\u0100" else match[0]
