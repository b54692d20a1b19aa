"""Sealed files: the bytes lie in the `sealed` storage, what is known of them in the database."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4

from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from broker.terms import EventRef
from broker.vault.errors import BrokenValue, Destroyed
from broker.vault.models import SealedFile, VaultKey
from broker.vault.opening import data_keys
from broker.vault.retention import CASE
from broker.vault.sealing import Sealed, lock, unlock
from broker.vault.writing import FILES, write_keys

LARGEST = 26 * 1024 * 1024


class FileFacts(NamedTuple):
    """What is known of a sealed file without opening it."""

    size: int
    sha256: bytes
    subject: UUID


def seal_file(
    data: bytes,
    *,
    subject: UUID,
    name: str,  # noqa: ARG001
    retention: str = CASE,
    alone: bool = False,
) -> UUID:
    """Seal a file under this subject's key of a retention class and return its id.

    The name may say who she is, so it is kept nowhere. `alone`: under a key that seals nothing else, so that this one
    file can be made unreadable and nothing beside it; it is one of the subject's keys in all else.
    """
    if len(data) > LARGEST:
        raise ValueError("the file is larger than a sealed file may be")
    key = write_keys.of_its_own if alone else write_keys.get
    held, file_id = key(subject, FILES, retention), uuid4()
    storage, path = storages["sealed"], _path(file_id)
    stored = storage.save(path, ContentFile(lock(data, held.key, held.id, _context(file_id))))
    if stored != path:
        storage.delete(stored)
        raise BrokenValue("the place of a new sealed file is taken")
    try:
        with transaction.atomic():
            SealedFile.objects.create(
                id=file_id,
                subject=subject,
                vault_key=held.id,
                size=len(data),
                sha256=hashlib.sha256(data).digest(),
                created_at=timezone.now(),
            )
    except BaseException:
        storage.delete(path)
        raise
    return file_id


def keys_alone(file_ids: Sequence[UUID]) -> list[UUID]:
    """Give the keys of these files that live and seal nothing else; a file under a shared key adds none."""
    keys = set(SealedFile.objects.filter(id__in=file_ids).values_list("vault_key", flat=True))
    shared = SealedFile.objects.filter(vault_key__in=keys).exclude(id__in=file_ids).values_list("vault_key", flat=True)
    live = VaultKey.objects.filter(id__in=keys - set(shared), part=FILES, shredded_event__isnull=True)
    return sorted(live.values_list("id", flat=True))


def is_destroyed(file_id: UUID) -> bool:
    """Say whether nobody can read a file any more, because its key is gone."""
    key = SealedFile.objects.values_list("vault_key", flat=True).get(id=file_id)
    return VaultKey.objects.filter(id=key, shredded_event__isnull=False).exists()


def is_gone(column: str) -> Exists:
    """Say in a query, of the file that a column names, what `is_destroyed` says of one."""
    dead = VaultKey.objects.filter(shredded_event__isnull=False).values("id")
    return Exists(SealedFile.objects.filter(id=OuterRef(column), vault_key__in=dead))


def destroyed_by(file_id: UUID) -> EventRef | None:
    """Give the event by which the key of a file was destroyed; nothing while it can be opened."""
    key = SealedFile.objects.values_list("vault_key", flat=True).get(id=file_id)
    event = VaultKey.objects.values_list("shredded_event", flat=True).get(id=key)
    return None if event is None else EventRef(event)


def file_facts(file_id: UUID) -> FileFacts:
    """Give size and SHA-256 of the plain bytes, and under whose key they lie."""
    row = SealedFile.objects.get(id=file_id)
    return FileFacts(row.size, bytes(row.sha256), row.subject)


def open_file(file_id: UUID, *, under: EventRef) -> bytes:
    """Open a file under an event; raises NotPermitted, WrongKey, BrokenValue or MovedValue."""
    return open_files([file_id], under=under)[0]


def open_files(file_ids: Sequence[UUID], *, under: EventRef) -> list[bytes]:
    """Open files of one subject under one event, which can do so once."""
    rows = [SealedFile.objects.get(id=file_id) for file_id in file_ids]
    if VaultKey.objects.filter(id__in={row.vault_key for row in rows}, shredded_event__isnull=False).exists():
        raise Destroyed("the key of a sealed file was destroyed")
    sealed = [_read(row) for row in rows]
    keys = data_keys({row.vault_key for row in rows}, FILES, under)
    return [_opened(row, data, keys[row.vault_key]) for row, data in zip(rows, sealed, strict=True)]


def files_of(subject: UUID) -> list[UUID]:
    """Name every file that was sealed under a subject's own key, the oldest first; its bytes may be gone."""
    return list(SealedFile.objects.filter(subject=subject).order_by("created_at", "id").values_list("id", flat=True))


def delete_bytes(file_id: UUID, *, for_a_time: bool = False) -> None:
    """Delete a file's sealed bytes if they are there; refused (ValueError) while its key lives.

    `for_a_time`: the file was made from other records to be shown or handed out for a time, and that is over.
    """
    row = SealedFile.objects.get(id=file_id)
    if not for_a_time and not VaultKey.objects.filter(id=row.vault_key, shredded_event__isnull=False).exists():
        raise ValueError("the bytes of a file are deleted only after its key")
    storages["sealed"].delete(_path(file_id))


def as_it_lies(file_id: UUID) -> "tuple[str, File[bytes] | None]":
    """Give a file's place in the storage, and its sealed bytes to be copied unopened; None where they are gone."""
    try:
        return _path(file_id), storages["sealed"].open(_path(file_id), "rb")
    except FileNotFoundError:
        return _path(file_id), None


def _read(row: SealedFile) -> bytes:
    try:
        with storages["sealed"].open(_path(row.id), "rb") as stream:
            data: bytes = stream.read()
    except FileNotFoundError:
        raise BrokenValue("the bytes of a sealed file are gone") from None
    if Sealed(data).key_id != row.vault_key:
        raise BrokenValue("a sealed file names another key than its row")
    return data


def _opened(row: SealedFile, data: bytes, key: bytes) -> bytes:
    plain = unlock(data, key, _context(row.id))
    if len(plain) != row.size or hashlib.sha256(plain).digest() != bytes(row.sha256):
        raise BrokenValue("a sealed file is not the one that its row describes")
    return plain


def _path(file_id: UUID) -> str:
    return f"{file_id.hex[:2]}/{file_id.hex}.sealed"


def _context(file_id: UUID) -> bytes:
    return b"file|" + file_id.bytes
