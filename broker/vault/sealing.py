"""Sealed values: what they look like and where they belong (rules; the keys come from elsewhere).

A value is `version | key id | nonce | ciphertext and tag`; the version names the algorithm. Its place is part of what
the tag protects, so a cell that was copied to another row, column or table does not open there.
"""

import secrets
from dataclasses import dataclass, replace
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from broker.vault.errors import BrokenValue, MovedValue

AES_256_GCM = 1
_HEAD, _NONCE, _TAG = 17, 12, 16
MASK = "••••••"


@dataclass(frozen=True)
class Place:
    """Where a value belongs; the row's id is made before the row is saved."""

    table: str
    column: str
    row: UUID

    def aad(self) -> bytes:
        """Give the bytes that bind a value to this place."""
        return f"{self.table}|{self.column}|{self.row}".encode()


@dataclass(frozen=True, repr=False)
class Sealed:
    """A value that only `vault.open` can read; as text it is a mask, so that no page or traceback reads it unlogged."""

    data: bytes
    place: Place | None = None

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"<Sealed {MASK}>"

    def at(self, place: Place) -> "Sealed":
        """Give the same value as found in this place."""
        return replace(self, place=place)

    @property
    def key_id(self) -> UUID:
        """Give the id of the data key, or raise BrokenValue."""
        if len(self.data) < _HEAD + _NONCE + _TAG:
            raise BrokenValue("a sealed value is cut short")
        if self.data[0] != AES_256_GCM:
            raise BrokenValue("a sealed value names an unknown algorithm")
        return UUID(bytes=self.data[1:_HEAD])


def lock(value: bytes, key: bytes, key_id: UUID, context: bytes) -> bytes:
    """Encrypt bytes for a context (a place, or a file's id)."""
    head = bytes([AES_256_GCM]) + key_id.bytes
    nonce = secrets.token_bytes(_NONCE)
    return head + nonce + AESGCM(key).encrypt(nonce, value, head + context)


def unlock(data: bytes, key: bytes, context: bytes) -> bytes:
    """Decrypt what `lock` made for the same context; MovedValue where it was changed or moved."""
    _ = Sealed(data).key_id
    head, nonce, body = data[:_HEAD], data[_HEAD : _HEAD + _NONCE], data[_HEAD + _NONCE :]
    try:
        return AESGCM(key).decrypt(nonce, body, head + context)
    except InvalidTag:
        raise MovedValue("a sealed value was changed, or does not belong to this place") from None
