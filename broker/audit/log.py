"""The one writer of the log: an event is one INSERT in the transaction of the change that it records."""

import os
import secrets
import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import NoReturn, NotRequired, TypedDict, Unpack

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction

from broker.audit import bodies, delay, entry, insertion, keys, lanes, older, quarantine
from broker.audit.encoding import opaque
from broker.audit.retention import class_of
from broker.db import holds
from broker.terms import SERVICE, Actor, EventRef

WRITER = SERVICE("log")
SCHEMA = 1  # of every body so far
CHECKPOINT_AGE = 1.0  # seconds for which a writer trusts the newest checkpoint that it saw


class LogUnavailable(Exception):
    """The event could not be written: nothing may change and no data may leave."""


class ReadsClosed(LogUnavailable):
    """The log has not been signed for an hour: changes go on, protected reads wait until it is."""


class ReadInsideTransaction(RuntimeError):
    """A read event was asked for inside an open `atomic()`: it could not be committed before the read."""


class Act(TypedDict):
    """The arguments of one event."""

    act: str
    actor: Actor
    subject: uuid.UUID | None
    body: Mapping[str, object]
    purpose: NotRequired[str | None]
    obj: NotRequired[str | None]
    res: NotRequired[str]
    cnt: NotRequired[int]


class _ReadFacts(TypedDict):
    actor: Actor
    subject: uuid.UUID | None
    body: Mapping[str, object]
    obj: NotRequired[str | None]
    res: NotRequired[str]
    cnt: NotRequired[int]


class _Facts(_ReadFacts):
    purpose: NotRequired[str | None]


def append(act: str, **facts: Unpack[_Facts]) -> EventRef:
    """Write one event, as part of the open transaction if there is one. Raises `LogUnavailable`."""
    return _write([{"act": act, **facts}], durable=False)[0]


def append_read(act: str, *, purpose: str, **facts: Unpack[_ReadFacts]) -> EventRef:
    """Write and commit the event of a read and what it was for, before anything is opened. Raises `LogUnavailable`."""
    return _write([{"act": act, "purpose": purpose, **facts}], durable=True)[0]


def alias(subject: uuid.UUID, field: str, value: str, *, actor: Actor) -> None:
    """Let every live key of a subject be found by its `account_number`, `email`, `name` or `meter`.

    Part of the open transaction: each new name is a row and an event under the key that it points to. Keys that are
    made later take the names over. Raises `LogUnavailable`.
    """
    named = keys.Alias(keys.FIELDS[field], keys.EPOCH, keys.value_token(field, value))
    try:
        with transaction.atomic(savepoint=False):
            _Writing().alias(subject, named, actor)
    except Exception as error:
        raise LogUnavailable("the log could not be written") from error


def append_group(parent: Act, children: Sequence[Act], *, read: bool = False) -> list[EventRef]:
    """Write one act on several subjects: the parent under the operations key, then one child each (in this order)."""
    whole: Act = {**parent, "subject": None, "cnt": len(children)}
    return _write([whole, *children], durable=read, group=secrets.token_bytes(16))


def _write(acts: Sequence[Act], *, durable: bool, group: bytes | None = None) -> list[EventRef]:
    if durable and any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise ReadInsideTransaction("a read event must be committed before the read; leave the transaction first")
    if durable and not all(act.get("purpose") for act in acts):
        raise ValueError("an event of a read says what the read was for")
    try:
        if durable and not all(map(_opens_nothing, acts)) and not reads_are_open():
            raise ReadsClosed(f"{why_closed()}: nothing protected is read")
        if group is None and (written := _write_alone(acts[0])) is not None:
            return [written]
        with transaction.atomic(savepoint=False):
            return _Writing().write(acts, group)
    except ReadsClosed:
        raise
    except Exception as error:
        raise LogUnavailable("the log could not be written") from error


def _opens_nothing(act: Act) -> bool:
    """A page on which nothing sealed is opened: two people must be able to declare a loss while all else is closed."""
    return act["act"] == "admin.viewed" and act.get("obj") == "page"


def _write_alone(act: Act) -> EventRef | None:
    """Write an event by its one statement, where there is nothing else to write with it; None where there may be.

    A statement outside a transaction is one, and is as durable. PostgreSQL is spared a `BEGIN` and a `COMMIT` to
    answer, and whoever waits for the event two turns of this process.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql" or database.in_atomic_block or not database.get_autocommit():
        return None
    newest_checkpoint()  # it may end a lane
    lane, key = lanes.pool().settled, _state.keys.known(_slot(act["act"], act["subject"]))
    return None if lane is None or key is None else _Writing(lane, lane.head).write_under(key, act)


def _slot(act: str, subject: uuid.UUID | None) -> keys.Slot:
    return keys.Slot(subject, class_of(act, subject), datetime.now(UTC).year)


class _State:
    """What a process remembers between events; all of it may be lost at any time."""

    def __init__(self, *, fresh_operations: bool = False) -> None:
        self.fresh_operations = fresh_operations
        self.keys = keys.WriteKeys(fresh_operations=fresh_operations)
        self.origin: int | None = None
        self.checkpoint = 0
        self.checkpoint_seen = 0.0
        self.unsigned = delay.Watch(delay.READS_CLOSE_US)
        self.older = older.Watch()


_state = _State()


def origin_id() -> int:
    """The database's number of the newest origin, which must be the configured one."""
    if _state.origin is None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, name FROM audit_origin ORDER BY id DESC LIMIT 1")
            row = cursor.fetchone()
        if row is None or row[1] != settings.LOG_ORIGIN:
            raise LogUnavailable("the database holds another log than LOG_ORIGIN names")
        _state.origin = row[0]
    return _state.origin


def connected(**_facts: object) -> None:
    """Ask anew whether the database is an older copy (receiver of `connection_created`)."""
    _state.older.look_again()


def newest_checkpoint() -> int:
    """The size of a checkpoint that was published before now (0: none yet)."""
    now = time.monotonic()
    if now - _state.checkpoint_seen > CHECKPOINT_AGE:
        with connection.cursor() as cursor:
            cursor.execute("SELECT max(size) FROM audit_checkpoint WHERE origin = %s", [origin_id()])
            _state.checkpoint = cursor.fetchone()[0] or 0
        quarantine.leave_bad_lanes(origin_id())
        _state.checkpoint_seen = now
    return _state.checkpoint


class _Writing:
    """One call's way through keys, lane and INSERTs, inside its transaction."""

    def __init__(self, lane: lanes.Lane | None = None, head: lanes.Head | None = None) -> None:
        self._database = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` looks at each use
        origin_id()
        self._cp = newest_checkpoint()
        if lane is None or head is None:
            lane, head = lanes.pool().take(self._database)
        self._lane, self._head = lane, head

    def write(self, acts: Sequence[Act], group: bytes | None = None) -> list[EventRef]:
        """Make the keys first, so that the events of a group stand side by side; then the events."""
        sealed_under = [self._key(act["act"], act["subject"]) for act in acts]
        return [self._insert(act, key, group) for act, key in zip(acts, sealed_under, strict=True)]

    def write_under(self, key: keys.DataKey, act: Act) -> EventRef:
        """Write one event under a key that is at hand."""
        return self._insert(act, key, None)

    def write_about(self, act: Act, *, tail: tuple[int, int] | None = None, key: bytes | None = None) -> EventRef:
        """Write one event that names another lane's tail, or the data key that it is about."""
        return self._insert(act, self._key(act["act"], None), None, tail, key)

    def alias(self, subject: uuid.UUID, alias: keys.Alias, actor: Actor) -> None:
        """Name every live key of this subject, each with its event under that key."""
        with connection.cursor() as cursor:
            holds.will_change_keys(cursor, keys.subject_token(subject))
            for kid, dek in keys.of_subject(cursor, subject).items():
                if keys.add_alias(cursor, kid, alias):
                    self._name(keys.DataKey(kid, dek), subject, alias, actor)

    def write_first(self, act: Act) -> EventRef:
        """Write the first event of a new log; should its key be new, that is announced after it."""
        made: list[tuple[keys.Slot, keys.DataKey]] = []
        slot = _slot(act["act"], None)
        key = _state.keys.key(self._database, slot, lambda slot, key: made.append((slot, key)))
        event = self._insert(act, key, None)
        for new in made:
            self._announce(*new)
        return event

    def _key(self, act: str, subject: uuid.UUID | None) -> keys.DataKey:
        return _state.keys.key(self._database, _slot(act, subject), self._announce)

    def _announce(self, slot: keys.Slot, key: keys.DataKey) -> None:
        """Log a new key under the operations key, and under itself its aliases; known ones are taken over."""
        over = key if slot.subject is None else self._key("key.created", None)
        facts: dict[str, object] = {"kid": key.kid.hex(), "class": slot.retention, "period": slot.period}
        facts["holds"] = keys.holds_of(self._database, key.kid)
        self._insert({"act": "key.created", "actor": WRITER, "subject": None, "body": facts, "obj": "key"}, over, None)
        self._name(key, slot.subject, keys.Alias(keys.SUBJECT, keys.EPOCH, slot.token), WRITER)
        if slot.subject is None:
            return
        with connection.cursor() as cursor:
            for alias in sorted(keys.aliases_of(cursor, slot.subject)):
                if keys.add_alias(cursor, key.kid, alias):
                    self._name(key, slot.subject, alias, WRITER)

    def _name(self, key: keys.DataKey, subject: uuid.UUID | None, alias: keys.Alias, actor: Actor) -> None:
        body: dict[str, object] = {
            "kid": key.kid.hex(),
            "field": alias.field,
            "epoch": alias.epoch,
            "token": alias.token.hex(),
        }
        self._insert({"act": "key.alias", "actor": actor, "subject": subject, "body": body, "obj": "key"}, key, None)

    def _insert(
        self,
        act: Act,
        key: keys.DataKey,
        group: bytes | None,
        tail: tuple[int, int] | None = None,
        about: bytes | None = None,
    ) -> EventRef:
        head, lane = self._head, self._lane
        actor = act["actor"]
        n, cp = head.n + 1, max(self._cp, head.cp)
        this_is_the_end = act["act"] == "lane.close"
        tw, tn = (lane.id, n) if this_is_the_end else tail or (None, None)
        header = entry.Header(
            act=act["act"],
            actor=opaque(actor.kind, actor.id),
            app=None if actor.app is None else opaque("a", actor.app),
            cnt=act.get("cnt", 0),
            cp=cp,
            grp=group,
            kc=bytes(32),
            kid=key.kid,
            log=settings.LOG_ORIGIN,
            n=n,
            obj=act.get("obj"),
            p=head.leaf,
            purpose=act.get("purpose"),
            res=act.get("res", "ok"),
            role=actor.role,
            sch=SCHEMA,
            ts=time.time_ns() // 1000,
            w=lane.id,
            tk=about,
            tw=tw,
            tn=tn,
        )
        sealed = entry.seal(header, bodies.plain(act["body"]), dek=key.dek, salt=secrets.token_bytes(16))
        mac = entry.lane_mac(lane.key, sealed.leaf)
        after = lanes.Head(n, sealed.leaf, mac, cp)
        lane.dirty = True
        lane.remembered[mac] = after
        if not insertion.insert(self._database, header, sealed, mac, head.mac):
            self._refused(key)
        self._database.on_commit(lanes.Advance(lane, after))
        self._head = after
        return EventRef(header.event_id)

    def _refused(self, key: keys.DataKey) -> NoReturn:
        """Find out why the database did not take the event: the key was shredded, or the lane is not as we left it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM audit_key WHERE kid = %s AND shredded_event IS NULL", [key.kid])
            lives = cursor.fetchone() is not None
        if lives:
            lanes.pool().drop(self._lane)
            raise LogUnavailable("the lane's tail is not as remembered")
        _state.keys.drop(key.kid)
        raise LogUnavailable("the data key was destroyed")


def append_tail(act: str, *, lane: int, last: int, body: Mapping[str, object], actor: Actor = WRITER) -> EventRef:
    """Write about another lane's tail: `lane.dead` and `alarm.lane` (the integrator), `alarm.ack` (an officer)."""
    with transaction.atomic(savepoint=False):
        event: Act = {"act": act, "actor": actor, "subject": None, "body": body, "obj": "lane"}
        return _Writing().write_about(event, tail=(lane, last))


def append_first(act: str, *, body: Mapping[str, object], actor: Actor) -> EventRef:
    """Write `admin.log_opened`, the first event of a new origin, in the transaction that opens it."""
    with transaction.atomic(savepoint=False):
        return _Writing().write_first({"act": act, "actor": actor, "subject": None, "body": body, "obj": "log"})


def append_about_key(act: str, *, key: bytes, actor: Actor, body: Mapping[str, object]) -> EventRef:
    """Write `key.shred`, `key.hold` or `key.release` of a data key, in the transaction that changes its row."""
    try:
        with transaction.atomic(savepoint=False):
            event: Act = {"act": act, "actor": actor, "subject": None, "body": body, "obj": "key"}
            return _Writing().write_about(event, key=key)
    except Exception as error:
        raise LogUnavailable("the log could not be written") from error


def close_lanes(*, wait: float = 1.0, for_good: bool = False) -> int:
    """End every lane of this process with `lane.close`; return how many could not be ended.

    `for_good` refuses later appends (a worker that is leaving); otherwise the next append begins a new lane.
    """
    pool = lanes.pool()
    pool.closing = True
    end = time.monotonic() + wait
    while any(lane.dirty and lane is not pool.mine for lane in pool.all) and time.monotonic() < end:
        time.sleep(0.01)
    failed = sum(not _close(lane) for lane in list(pool.all) if not lane.ended)
    lanes.reset(remove=failed == 0 and not pool.left_open)
    lanes.pool().closing = for_good
    return failed


def _close(lane: lanes.Lane) -> bool:
    closing: Act = {"act": "lane.close", "actor": WRITER, "subject": None, "body": {}, "obj": "lane"}
    try:
        with transaction.atomic(savepoint=False):
            head = lane.current(connection)
            if head is None:
                return True  # its opening was rolled back: there is nothing to end
            _Writing(lane, head).write([closing])
    except Exception:  # noqa: BLE001  (the integrator ends a lane that its process could not)
        return False
    lane.ended = True
    return True


def reads_are_open() -> bool:
    """Say whether protected data may be read: an hour without a signature closes it, and an older copy is closed."""
    return why_closed() is None


def why_closed() -> str | None:
    """Say why nothing protected may be read at the moment; None while all is well."""
    if _state.unsigned.is_over(origin_id(), time.time_ns() // 1000):
        return "an event has been unsigned for an hour"
    if _state.older.is_older(origin_id(), time.monotonic()):
        return "the signer has signed more, or something else, than this database holds (an older copy?)"
    return None


def work_on_a_copy() -> None:
    """For a drill's process, until `reset`: nobody signs in a restored copy, so no event's waiting closes its reads.

    An archive holds what had no signature in its moment, as it nearly always does while people work. An older copy
    stays closed all the same where a signer can be seen.
    """
    _state.unsigned = delay.Watch(delay.NEVER_US)


def begin_here() -> None:
    """For a command that reads: sign first what was left unsigned, where no integrator runs."""
    from broker.audit import onepass

    onepass.begin()
    _state.unsigned.look_again()


def finish_here() -> int | None:
    """End this command's lanes; where no integrator runs, be one for a pass. Return the signed size, or None."""
    from broker.audit import onepass

    return onepass.finish()


def forget_key(kid: bytes) -> None:
    """Drop a data key from this process's memory once the open transaction, which destroys it, is committed."""
    connection.on_commit(lambda: _state.keys.drop(kid))


def reset(*, fresh_operations: bool = False) -> None:
    """Forget lanes, keys and what was seen of the database (for tests and the integrator's start)."""
    global _state
    _state = _State(fresh_operations=fresh_operations)
    lanes.reset()


def _forget_in_child() -> None:
    reset(fresh_operations=_state.fresh_operations)


os.register_at_fork(after_in_child=_forget_in_child)  # no lane, lock or key crosses a fork
