"""What runs over the pipe: a length of four bytes, then JSON (rules)."""

import base64
import binascii
import json
from typing import Any

HEAD_BYTES = 4
MAX_FRAME = 96 * 1024 * 1024  # a 25 MB file, packed, twice over


def pack(data: bytes) -> str:
    """Write bytes so that JSON can carry them."""
    return base64.b64encode(data).decode("ascii")


def unpack(text: str) -> bytes:
    """Read what `pack` wrote, and nothing else."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise ValueError("not packed bytes") from problem


def frame(message: dict[str, Any]) -> bytes:
    """Write a message with its length before it."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")
    if len(body) > MAX_FRAME:
        raise ValueError("message over the limit")
    return len(body).to_bytes(HEAD_BYTES, "big") + body


def length(head: bytes) -> int:
    """Read the length of the message that follows; refuses one over the limit."""
    size = int.from_bytes(head, "big")
    if size > MAX_FRAME:
        raise ValueError("message over the limit")
    return size


def message(body: bytes) -> dict[str, Any]:
    """Read a message."""
    value = json.loads(body)
    if not isinstance(value, dict):
        raise ValueError("not a message")
    return value
