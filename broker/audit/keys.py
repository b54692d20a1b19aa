"""Data keys of event bodies: one per subject, retention class and year, wrapped by the vault's key provider."""

import secrets
import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from broker.audit.retention import OPERATIONS
from broker.db import holds
from broker.vault import blind, keyring

# audit_alias.field: the internal subject id, and what people search by.
SUBJECT, ACCOUNT_NUMBER, EMAIL, NAME, METER = range(5)
FIELDS = {"account_number": ACCOUNT_NUMBER, "email": EMAIL, "name": NAME, "meter": METER}
EPOCH = blind.EPOCH
MAC_KEY = 1
CACHED = 4096


class DataKey(NamedTuple):
    """A data key in memory, and the random name under which events and aliases know it."""

    kid: bytes
    dek: bytes


class Slot(NamedTuple):
    """What a write key is for."""

    subject: uuid.UUID | None
    retention: str
    period: int

    @property
    def token(self) -> bytes:
        """The slot's alias token."""
        return subject_token(self.subject)


def lane_secret(mac_key: int) -> bytes:
    """The secret from which lane MAC keys of this generation come (K_mac)."""
    return keyring.secret(f"lane-mac/{mac_key}")


def alias_token(field: int, value: str, *, epoch: int = EPOCH) -> bytes:
    """The 8-byte token under which a data key is found for this value of this field (section 6 and 7.13 there)."""
    return blind.alias_token(field, value, epoch=epoch)


def value_token(field: str, value: str) -> bytes:
    """The token of a value as people write it: an account number by its digits, a name with single spaces."""
    text = value if field == "meter" else blind.normal(field, value)
    if not text.strip():
        raise ValueError(f"an empty {field} has no alias")
    return alias_token(FIELDS[field], text)


def subject_token(subject: uuid.UUID | None) -> bytes:
    """The token of alias field 0: which data keys belong to this subject (None: to operations)."""
    return alias_token(SUBJECT, OPERATIONS) if subject is None else blind.subject_token(subject)


_FIND = """SELECT k.kid, k.wrapped, k.kek FROM audit_alias a JOIN audit_key k ON k.kid = a.kid
    WHERE a.field = %s AND a.epoch = %s AND a.token = %s AND k.class = %s AND k.period = %s
    AND k.shredded_event IS NULL ORDER BY k.kid LIMIT 1"""
_NEW_KEY = "INSERT INTO audit_key (kid, wrapped, kek, class, period, hold) VALUES (%s, %s, %s, %s, %s, %s)"
_HAS_ALIAS = "SELECT 1 FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s AND kid = %s"
_NEW_ALIAS = "INSERT INTO audit_alias (field, epoch, token, kid) VALUES (%s, %s, %s, %s)"


def find(cursor: CursorWrapper, slot: Slot) -> DataKey | None:
    """Return a live key of this slot, if the database has one."""
    cursor.execute(_FIND, [SUBJECT, EPOCH, slot.token, slot.retention, slot.period])
    row = cursor.fetchone()
    if row is None:
        return None
    return _unwrapped(row)


def _unwrapped(row: tuple[bytes, bytes, int]) -> DataKey:
    kid = bytes(row[0])
    return DataKey(kid, keyring.unwrap(bytes(row[1]), kid, row[2]))


def create(cursor: CursorWrapper, slot: Slot) -> DataKey:
    """Make a key for this slot and its alias of field 0; the caller logs both. A held subject's is born held."""
    kid, dek = secrets.token_bytes(16), secrets.token_bytes(32)
    hold = 0 if slot.subject is None else holds.applied(cursor, slot.token, holds.LOG)
    cursor.execute(_NEW_KEY, [kid, keyring.wrap(dek, kid), keyring.current(), slot.retention, slot.period, hold])
    cursor.execute(_NEW_ALIAS, [SUBJECT, EPOCH, slot.token, kid])
    return DataKey(kid, dek)


def holds_of(database: BaseDatabaseWrapper, kid: bytes) -> int:
    """Count the legal holds that a key shows."""
    with database.cursor() as cursor:
        cursor.execute("SELECT hold FROM audit_key WHERE kid = %s", [kid])
        return int(cursor.fetchone()[0])


def of_subject(cursor: CursorWrapper, subject: uuid.UUID | None) -> dict[bytes, bytes]:
    """Return every live data key of this subject, kid -> DEK, for reading bodies."""
    cursor.execute(
        """SELECT k.kid, k.wrapped, k.kek FROM audit_alias a JOIN audit_key k ON k.kid = a.kid
        WHERE a.field = %s AND a.epoch = %s AND a.token = %s AND k.shredded_event IS NULL""",
        [SUBJECT, EPOCH, subject_token(subject)],
    )
    return dict(_unwrapped(row) for row in cursor.fetchall())


def kids_of(field: str, value: str) -> list[bytes]:
    """Return the names of the live data keys found under this `account_number`, `email`, `name` or `meter`.

    Several subjects may share a value; what is opened by these keys is to be compared with the value again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT kid FROM audit_alias WHERE field = %s AND epoch = %s AND token = %s ORDER BY kid",
            [FIELDS[field], EPOCH, value_token(field, value)],
        )
        return [bytes(kid) for (kid,) in cursor.fetchall()]


class Alias(NamedTuple):
    """A further name of a subject's keys."""

    field: int
    epoch: int
    token: bytes


def aliases_of(cursor: CursorWrapper, subject: uuid.UUID) -> set[Alias]:
    """Return the names, but for field 0, that any key of this subject has."""
    cursor.execute(
        """SELECT DISTINCT b.field, b.epoch, b.token FROM audit_alias a JOIN audit_alias b ON b.kid = a.kid
        WHERE a.field = %s AND a.epoch = %s AND a.token = %s AND b.field <> %s""",
        [SUBJECT, EPOCH, subject_token(subject), SUBJECT],
    )
    return {Alias(field, epoch, bytes(token)) for field, epoch, token in cursor.fetchall()}


def add_alias(cursor: CursorWrapper, kid: bytes, alias: Alias) -> bool:
    """Let a key be found under a further name; say whether it was not yet (the caller logs it)."""
    cursor.execute(_HAS_ALIAS, [*alias, kid])
    if cursor.fetchone() is not None:
        return False
    cursor.execute(_NEW_ALIAS, [*alias, kid])
    return True


class Cache:
    """Write keys that are known to be committed, the least recently used dropped first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: OrderedDict[Slot, DataKey] = OrderedDict()

    def get(self, slot: Slot) -> DataKey | None:
        """Return the key if it is here."""
        with self._lock:
            key = self._keys.get(slot)
            if key is not None:
                self._keys.move_to_end(slot)
            return key

    def put(self, slot: Slot, key: DataKey) -> None:
        """Keep a committed key."""
        with self._lock:
            self._keys[slot] = key
            if len(self._keys) > CACHED:
                self._keys.popitem(last=False)

    def drop(self, kid: bytes) -> None:
        """Forget a key that the database no longer has."""
        with self._lock:
            for slot in [slot for slot, key in self._keys.items() if key.kid == kid]:
                del self._keys[slot]


class WriteKeys:
    """Finds or makes the key under which an event is sealed."""

    def __init__(self, *, fresh_operations: bool = False) -> None:
        self._cache = Cache()
        # The integrator cannot read wrapped keys: its operations key is made by itself and lives in memory.
        self._fresh = fresh_operations

    def key(self, database: BaseDatabaseWrapper, slot: Slot, created: Callable[[Slot, DataKey], None]) -> DataKey:
        """Return the slot's key; a new one is announced through `created`, which logs it, before it is used."""
        key = self._cache.get(slot)
        if key is not None:
            return key
        with database.cursor() as cursor:
            key = None if self._fresh else find(cursor, slot)
            if key is None:
                if slot.subject is not None:
                    holds.will_make_key(cursor, slot.token)
                key = create(cursor, slot)
                created(slot, key)
        found = key
        database.on_commit(lambda: self._cache.put(slot, found))
        return key

    def known(self, slot: Slot) -> DataKey | None:
        """Return the slot's key where it is at hand: a committed one."""
        return self._cache.get(slot)

    def drop(self, kid: bytes) -> None:
        """Forget a cached key after an insert under it was refused."""
        self._cache.drop(kid)
