"""Sealing: finds or makes the subject's write key and encrypts under it."""

import os
import secrets
import threading
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID, uuid4

from django.utils import timezone

from broker.vault import keyring
from broker.vault.blind import subject_token
from broker.vault.models import VaultKey
from broker.vault.sealing import Place, Sealed, lock

FIELDS, FILES = "fields", "files"
CACHED = 1024
MOST_USES = 2**30  # far below the 2^32 random nonces that one AES-GCM key bears


class WriteKey(NamedTuple):
    """A data key in memory and the id of its row."""

    id: UUID
    key: bytes


def key_aad(key_id: UUID, subject: UUID, part: str) -> bytes:
    """Give what binds a wrapped key to its row: nobody's key can be slipped under somebody else's name."""
    return b"vault_key|" + key_id.bytes + subject.bytes + part.encode()


class WriteKeys:
    """Keys to seal with. The application cannot select a wrapped key, so a new process makes itself a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[UUID, str], tuple[WriteKey, int]] = OrderedDict()

    def get(self, subject: UUID, part: str) -> WriteKey:
        """Give a key whose row exists, as this transaction sees it."""
        slot = (subject, part)
        with self._lock:
            held, uses = self._held.get(slot, (None, 0))
        # Looked up each time: the transaction that made the row may have been rolled back since.
        if held is None or uses >= MOST_USES or not VaultKey.objects.filter(id=held.id).exists():
            held, uses = _create(subject, part), 0
        with self._lock:
            self._held[slot] = (held, uses + 1)
            self._held.move_to_end(slot)
            if len(self._held) > CACHED:
                self._held.popitem(last=False)
        return held

    def forget(self) -> None:
        """Hold nothing."""
        self._held.clear()
        self._lock = threading.Lock()


def _create(subject: UUID, part: str) -> WriteKey:
    made = WriteKey(uuid4(), secrets.token_bytes(keyring.KEY_BYTES))
    VaultKey.objects.create(
        id=made.id,
        subject=subject,
        part=part,
        token=subject_token(subject),
        wrapped=keyring.wrap(made.key, key_aad(made.id, subject, part)),
        kek=keyring.current(),
        created=timezone.now(),
    )
    return made


write_keys = WriteKeys()
os.register_at_fork(after_in_child=write_keys.forget)


def seal(value: str, *, subject: UUID, place: Place) -> Sealed:
    """Seal a text under this subject's key for this place."""
    if not isinstance(value, str):
        raise TypeError("only text is sealed as a field")
    held = write_keys.get(subject, FIELDS)
    return Sealed(lock(value.encode(), held.key, held.id, place.aad()), place)
