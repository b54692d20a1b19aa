"""Base64 as the formats want it: url-safe without padding in headers, standard with padding in notes."""

import base64
import binascii
import uuid


def b64url(data: bytes) -> str:
    """Url-safe base64 without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_URL, b"=").decode()


def unb64url(text: str) -> bytes:
    """Read what `b64url` wrote; the caller has checked alphabet, length and unused bits."""
    return binascii.a2b_base64(text.replace("-", "+").replace("_", "/") + _PADDING[len(text) % 4])


_PADDING = ("", "", "==", "=")
_URL = bytes.maketrans(b"+/", b"-_")


def b64(data: bytes) -> str:
    """Standard base64 with padding."""
    return binascii.b2a_base64(data, newline=False).decode()


def unb64(text: str) -> bytes:
    """Read standard base64 strictly: padding present, unused bits zero, no other byte. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if b64(data) != text:
        raise ValueError("not strict base64")
    return data


def opaque(kind: str, identity: uuid.UUID) -> str:
    """An actor as the header names it: a letter and an opaque id."""
    return f"{kind}:{b64url(identity.bytes)}"
