"""Sealing: finds or makes the subject's write key and encrypts under it."""

import os
import secrets
import threading
from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone

from broker.db import holds
from broker.vault import keyring
from broker.vault.blind import subject_token
from broker.vault.models import VaultKey
from broker.vault.retention import class_of
from broker.vault.sealing import Place, Sealed, lock

FIELDS, FILES = "fields", "files"
CACHED = 1024
MOST_USES = 2**30  # far below the 2^32 random nonces that one AES-GCM key bears


class Slot(NamedTuple):
    """What a write key is for; `period` is a year."""

    subject: UUID
    part: str
    retention: str
    period: int


class WriteKey(NamedTuple):
    """A data key in memory and the id of its row."""

    id: UUID
    key: bytes


def key_aad(key_id: UUID, slot: Slot) -> bytes:
    """Give what binds a wrapped key to its row: none fits under somebody else's name, or another class or year."""
    about = f"{slot.part}|{slot.retention}|{slot.period}"
    return b"vault_key|" + key_id.bytes + slot.subject.bytes + about.encode()


def slot_of(row: VaultKey) -> Slot:
    """Say what the key of this row is for, as the row tells it."""
    return Slot(row.subject, row.part, row.retention, row.period)


class WriteKeys:
    """Keys to seal with. The application cannot select a wrapped key, so a new process makes itself a new one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[Slot, tuple[WriteKey, int]] = OrderedDict()

    def get(self, subject: UUID, part: str, retention: str) -> WriteKey:
        """Give a key whose row exists and lives, as this transaction sees it."""
        slot = Slot(subject, part, retention, timezone.now().year)
        with self._lock:
            held, uses = self._held.get(slot, (None, 0))
        # Looked up each time: the transaction that made the row may have been rolled back since.
        if held is None or uses >= MOST_USES or not _lives(held):
            held, uses = _create(slot), 0
        with self._lock:
            self._held[slot] = (held, uses + 1)
            self._held.move_to_end(slot)
            if len(self._held) > CACHED:
                self._held.popitem(last=False)
        return held

    @staticmethod
    def of_its_own(subject: UUID, part: str, retention: str) -> WriteKey:
        """Give a key that seals one thing and is remembered nowhere."""
        return _create(Slot(subject, part, retention, timezone.now().year))

    def forget(self) -> None:
        """Hold nothing."""
        self._held.clear()
        self._lock = threading.Lock()


def _lives(held: WriteKey) -> bool:
    return VaultKey.objects.filter(id=held.id, shredded_event__isnull=True).exists()


def _create(slot: Slot) -> WriteKey:
    """Make a key; one of a held subject is born held, which the database demands."""
    made, token = WriteKey(uuid4(), secrets.token_bytes(keyring.KEY_BYTES)), subject_token(slot.subject)
    with transaction.atomic(), connection.cursor() as cursor:
        holds.will_make_key(cursor, token)
        VaultKey.objects.create(
            id=made.id,
            subject=slot.subject,
            part=slot.part,
            token=token,
            retention=slot.retention,
            period=slot.period,
            wrapped=keyring.wrap(made.key, key_aad(made.id, slot)),
            kek=keyring.current(),
            created=timezone.now(),
            hold=holds.applied(cursor, token, holds.RECORDS),
        )
    return made


write_keys = WriteKeys()
os.register_at_fork(after_in_child=write_keys.forget)


def seal(value: str, *, subject: UUID, place: Place) -> Sealed:
    """Seal a text under this subject's key for this place."""
    if not isinstance(value, str):
        raise TypeError("only text is sealed as a field")
    held = write_keys.get(subject, FIELDS, class_of(place.table))
    return Sealed(lock(value.encode(), held.key, held.id, place.aad()), place)
