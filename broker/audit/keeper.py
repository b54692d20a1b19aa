"""What the keeper does to data keys, of the log and of the vault: hold, release, destroy, wrap anew (actions).

Each step runs in the caller's transaction; each changed key has its own event there. On PostgreSQL only the role
broker_keeper may do any of it, and on both engines a hold refuses a destruction in the database itself.
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from broker.audit import keys, log
from broker.audit.words import ACTS
from broker.db import holds
from broker.terms import SERVICE
from broker.vault import WrongKey, keyring
from broker.vault.models import SealedFile, VaultKey
from broker.vault.writing import key_aad, slot_of

KEEPER = SERVICE("keeper")
BATCH = 200  # keys wrapped anew in one transaction


type Value = int | str | bytes | uuid.UUID


class Held(Exception):
    """A legal hold keeps these keys."""


class Altered(Exception):
    """A key was not made for the class or the year that its row names: somebody changed the row."""


class Group(NamedTuple):
    """Keys of one subject, retention class and year."""

    subject: uuid.UUID
    retention: str
    period: int


class Destroyed(NamedTuple):
    """What became unreadable."""

    log_keys: list[bytes]
    vault_keys: list[uuid.UUID]
    entries: int
    files: int
    events: list[int]

    def with_more(self, more: "Destroyed") -> "Destroyed":
        """Give both together: what one decision destroyed."""
        return Destroyed(
            self.log_keys + more.log_keys,
            self.vault_keys + more.vault_keys,
            self.entries + more.entries,
            self.files + more.files,
            self.events + more.events,
        )


def hold_keys(subject: uuid.UUID, *, scope: str, hold: uuid.UUID) -> int:
    """Let every live key of a subject show one more hold; return how many."""
    return _count(subject, scope, "hold", +1, {"hold": hold})


def release_keys(subject: uuid.UUID, *, scope: str, hold: uuid.UUID, approvers: list[uuid.UUID]) -> int:
    """Let every live key of a subject show one hold less; return how many."""
    return _count(subject, scope, "release", -1, {"hold": hold, "approvers": approvers})


def _count(subject: uuid.UUID, scope: str, step: str, by: int, body: dict[str, object]) -> int:
    token = keys.subject_token(subject)
    with connection.cursor() as cursor:
        holds.will_change_keys(cursor, token)
    log_keys = _log_keys(token) if scope in (holds.EVERYTHING, holds.LOG) else []
    for kid in log_keys:
        facts = {"kid": kid.hex(), "holds": keys.holds_of(connection, kid) + by, **body}
        event = log.append_about_key(f"key.{step}", key=kid, actor=KEEPER, body=facts)
        _change("UPDATE audit_key SET hold = hold + %s WHERE kid = %s", [by, kid], event.id)
    rows = VaultKey.objects.filter(token=token, shredded_event__isnull=True)
    vault_keys = sorted(rows.values_list("id", flat=True)) if scope in (holds.EVERYTHING, holds.RECORDS) else []
    for key in vault_keys:
        holds_then = VaultKey.objects.values_list("hold", flat=True).get(id=key) + by
        _name(_about_vault_key(f"vault.key_{step}", key, {"holds": holds_then, **body}))
        VaultKey.objects.filter(id=key).update(hold=F("hold") + by)
    return len(log_keys) + len(vault_keys)


def destroy(group: Group, *, scope: str, rule: str, approval: uuid.UUID, people: dict[str, uuid.UUID]) -> Destroyed:
    """Make everything under these keys unreadable for ever; raises `Held`, and `Altered` before anything is destroyed.

    `people` names requester and approver. What was sealed under a destroyed key stays, its hashes verify, and nobody
    can read it; files' bytes are deleted afterwards by whoever calls.
    """
    token = keys.subject_token(group.subject)
    with connection.cursor() as cursor:
        holds.will_change_keys(cursor, token)
    if is_held(group.subject, scope):
        raise Held
    log_keys = _log_keys(token, group) if scope in (holds.EVERYTHING, holds.LOG) else []
    vault_keys = _vault_keys(token, group) if scope in (holds.EVERYTHING, holds.RECORDS) else []
    _prove(vault_keys)
    body = {"rule": rule, "class": group.retention, "period": group.period, "approval": approval, **people}
    entries = sum(_entries(kid) for kid in log_keys)
    events = [_destroy_log_key(kid, body) for kid in log_keys]
    events += [_destroy_vault_key(key, body) for key in vault_keys]
    files = SealedFile.objects.filter(vault_key__in=vault_keys).count()
    return Destroyed(log_keys, vault_keys, entries, files, events)


def destroy_keys(
    vault_keys: list[uuid.UUID], *, rule: str, approval: uuid.UUID | None, people: dict[str, uuid.UUID]
) -> Destroyed:
    """Make what lies under these keys alone unreadable for ever, whatever else their subjects have.

    Without an approval a rule alone says so: what was kept for a time that stood from the start, and never became
    anybody's record.
    Raises `Held` where a hold keeps records of one of the subjects, and `Altered`, before anything is destroyed.
    """
    live = VaultKey.objects.filter(id__in=vault_keys, shredded_event__isnull=True).order_by("id")
    with connection.cursor() as cursor:
        for token in sorted({bytes(row.token) for row in live}):
            holds.will_change_keys(cursor, token)
    rows = list(live.all())  # asked again: while this waited for its turn, another keeper may have destroyed some
    if any(is_held(subject, holds.RECORDS) for subject in {row.subject for row in rows}):
        raise Held
    keys_there = [row.id for row in rows]
    _prove(keys_there)
    body: dict[str, object] = {"rule": rule, "approval": approval, **people}
    events = [_destroy_vault_key(key, body) for key in keys_there]
    return Destroyed([], keys_there, 0, SealedFile.objects.filter(vault_key__in=keys_there).count(), events)


def is_held(subject: uuid.UUID, scope: str) -> bool:
    """Say whether a hold keeps any of this, as the register and the keys show it."""
    token = keys.subject_token(subject)
    scopes = {scope, holds.EVERYTHING} if scope != holds.EVERYTHING else {holds.EVERYTHING, holds.LOG, holds.RECORDS}
    marks = ", ".join(["%s"] * len(scopes))
    with connection.cursor() as cursor:
        statement = f"SELECT 1 FROM holds_legalhold WHERE token = %s AND state <> 'released' AND scope IN ({marks})"  # noqa: S608  (marks alone)
        cursor.execute(statement, [token, *sorted(scopes)])
        return cursor.fetchone() is not None


def _prove(vault_keys: list[uuid.UUID]) -> None:
    """Say that these keys were made for the class and year that their rows name; nobody moved one here to lose it."""
    for row in VaultKey.objects.filter(id__in=vault_keys):
        with connection.cursor() as cursor:
            cursor.execute("SELECT wrapped FROM vault_key WHERE id = %s", [_id(row.id)])
            wrapped = bytes(cursor.fetchone()[0])
        try:
            keyring.unwrap(wrapped, key_aad(row.id, slot_of(row)), row.kek)
        except WrongKey:
            raise Altered(str(row.id)) from None


def _destroy_log_key(kid: bytes, body: dict[str, object]) -> int:
    event = log.append_about_key("key.shred", key=kid, actor=KEEPER, body={"kid": kid.hex(), **body})
    _change("UPDATE audit_key SET wrapped = NULL, shredded_event = %s WHERE kid = %s", [event.id, kid], event.id)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_alias WHERE kid = %s", [kid])
    log.forget_key(kid)
    return event.id


def _destroy_vault_key(key: uuid.UUID, body: dict[str, object]) -> int:
    event = _about_vault_key("vault.key_shred", key, body)
    VaultKey.objects.filter(id=key).update(wrapped=None, shredded_event=event)
    return event


def _about_vault_key(act: str, key: uuid.UUID, body: dict[str, object]) -> int:
    facts = {"vault_key": key, **body}
    return log.append(act, actor=KEEPER, subject=None, obj="key", body=facts).id


def _log_keys(token: bytes, group: Group | None = None) -> list[bytes]:
    statement = """SELECT k.kid FROM audit_alias a JOIN audit_key k ON k.kid = a.kid
        WHERE a.field = %s AND a.epoch = %s AND a.token = %s AND k.shredded_event IS NULL
        AND EXISTS (SELECT 1 FROM audit_event e WHERE e.kid = k.kid AND e.act = %s)"""  # a name that was logged
    values: list[Value] = [keys.SUBJECT, keys.EPOCH, token, ACTS["key.alias"].number]
    if group is not None:
        statement += " AND k.class = %s AND k.period = %s"
        values += [group.retention, group.period]
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} ORDER BY k.kid", values)
        return [bytes(kid) for (kid,) in cursor.fetchall()]


def _vault_keys(token: bytes, group: Group) -> list[uuid.UUID]:
    found = VaultKey.objects.filter(
        token=token, retention=group.retention, period=group.period, shredded_event__isnull=True
    )
    return sorted(found.values_list("id", flat=True))


def _entries(kid: bytes) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(id) FROM audit_event WHERE kid = %s", [kid])
        return int(cursor.fetchone()[0])


def _change(statement: str, values: list[Value], event: int) -> None:
    _name(event)
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        if cursor.rowcount != 1:
            raise LookupError("the key to be changed is not there")


def _name(event: int) -> None:
    """Name the event of a change of a key to the triggers of PostgreSQL."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('audit.event', %s, true)", [str(event)])


def rewrap(*, tick: Callable[[int], None] = lambda _done: None) -> int:
    """Wrap every data key that an older wrapping key protects with the current one; return how many.

    Each batch is a transaction with one event, so an interrupted run is taken up by the next one. `tick` is told after
    each batch how many were wrapped so far.
    """
    done = 0
    for batch in (_rewrap_log_keys, _rewrap_vault_keys):
        while count := batch():
            done += count
            tick(done)
    return done


@contextmanager
def _one_batch() -> Iterator[int]:
    with transaction.atomic():
        yield keyring.current()


def _rewrap_log_keys() -> int:
    with _one_batch() as current, connection.cursor() as cursor:
        cursor.execute(
            "SELECT kid, wrapped, kek FROM audit_key WHERE kek <> %s AND wrapped IS NOT NULL ORDER BY kid LIMIT %s",
            [current, BATCH],
        )
        rows = [(bytes(kid), bytes(wrapped), kek) for kid, wrapped, kek in cursor.fetchall()]
        if not rows:
            return 0
        body = {"kek": current, "kids": [kid.hex() for kid, _, _ in rows]}
        _name(log.append("key.rewrapped", actor=KEEPER, subject=None, obj="key", body=body).id)
        for kid, wrapped, kek in rows:
            anew = keyring.wrap(keyring.unwrap(wrapped, kid, kek), kid)
            cursor.execute("UPDATE audit_key SET wrapped = %s, kek = %s WHERE kid = %s", [anew, current, kid])
        return len(rows)


def _rewrap_vault_keys() -> int:
    with _one_batch() as current, connection.cursor() as cursor:
        found = VaultKey.objects.exclude(kek=current).filter(shredded_event__isnull=True).order_by("id")[:BATCH]
        rows = list(found)
        if not rows:
            return 0
        body = {"kek": current, "vault_keys": [row.id for row in rows]}
        _name(log.append("vault.key_rewrapped", actor=KEEPER, subject=None, obj="key", body=body).id)
        for row in rows:
            cursor.execute("SELECT wrapped FROM vault_key WHERE id = %s", [_id(row.id)])
            aad = key_aad(row.id, slot_of(row))
            anew = keyring.wrap(keyring.unwrap(bytes(cursor.fetchone()[0]), aad, row.kek), aad)
            cursor.execute("UPDATE vault_key SET wrapped = %s, kek = %s WHERE id = %s", [anew, current, _id(row.id)])
        return len(rows)


def _id(key: uuid.UUID) -> uuid.UUID | str:
    return key if connection.vendor == "postgresql" else key.hex
