"""Opening: the one way from a sealed value to its text leads through a committed event of the log."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import DatabaseError, connection

from broker.terms import EventRef
from broker.vault import keyring, permission
from broker.vault.errors import BrokenValue, Destroyed, MovedValue, NotPermitted, WrongKey
from broker.vault.models import VaultKey
from broker.vault.sealing import Sealed, unlock
from broker.vault.writing import FIELDS, key_aad, slot_of


def open(value: Sealed, *, under: EventRef) -> str:
    """Open one value under an event; raises NotPermitted, Destroyed, WrongKey, BrokenValue or MovedValue."""
    return open_all([value], under=under)[0]


def open_all(values: Sequence[Sealed], *, under: EventRef) -> list[str]:
    """Open values of one subject under one event, which can do so once."""
    places = [value.place for value in values]
    if None in places:
        raise MovedValue("a sealed value without a place cannot be opened")
    keys = data_keys({value.key_id for value in values}, FIELDS, under)
    texts = [
        unlock(value.data, keys[value.key_id], place.aad())
        for value, place in zip(values, places, strict=True)
        if place is not None
    ]
    try:
        return [text.decode() for text in texts]
    except UnicodeDecodeError:
        raise BrokenValue("a sealed value is no text") from None


def data_keys(key_ids: Iterable[UUID], part: str, event: EventRef) -> dict[UUID, bytes]:
    """Unwrap the keys of one subject that this event permits; they are handed on, never kept."""
    wanted = sorted(set(key_ids))
    rows = list(VaultKey.objects.filter(id__in=wanted))
    if len(rows) != len(wanted):
        raise WrongKey("the key of a sealed value is not in this database")
    if len({row.subject for row in rows}) > 1:
        raise NotPermitted("one event opens data of one subject")
    if any(row.part != part for row in rows):
        raise NotPermitted(f"a key opens another part than {part}")
    if any(row.shredded_event is not None for row in rows):
        raise Destroyed("the key of a sealed value was destroyed")
    wrapped = {row.id: _wrapped(row, event) for row in rows}
    return {row.id: keyring.unwrap(wrapped[row.id], key_aad(row.id, slot_of(row)), row.kek) for row in rows}


def _wrapped(row: VaultKey, event: EventRef) -> bytes:
    if connection.vendor == "postgresql":
        return _wrapped_by_function(row, event)
    permission.require(event, subject=row.subject, part=row.part, key_id=row.id)
    with connection.cursor() as cursor:
        cursor.execute("SELECT wrapped FROM vault_key WHERE id = %s", [row.id.hex])
        return bytes(cursor.fetchone()[0])


def _wrapped_by_function(row: VaultKey, event: EventRef) -> bytes:
    """Let the database decide: the application's role cannot select the column."""
    permission.require_checker()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT open_key(%s, %s)", [row.id, event.id])
            answer = cursor.fetchone()[0]
    except DatabaseError as error:
        if getattr(error.__cause__, "sqlstate", None) == "42501":
            raise NotPermitted("no event permits this opening") from None
        raise
    return bytes(answer)
