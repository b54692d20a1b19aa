"""A small log with everything in it, and the hands of somebody who owns its database."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from broker.audit import anchor_store, auditing, entry, integrator, log, signer, store, verifier
from tests import cluster
from tests.integration.audit_support import STAFF, integrate, logged_in_as, write

BURSTS = (3, 40, 220, 90, 1, 160)  # events between two signatures: sizes inside and at the edges of tiles
SUBJECTS = [uuid.UUID(int=number) for number in range(100, 110)]


@dataclass(frozen=True)
class Spot:
    """A place in the log: where in the tree it stands, and the event there."""

    name: str
    seq: int
    event: int


def build(desk: signer.Desk) -> None:
    """Write the log: several lanes, groups, checkpoints; the last events are in the tree and not yet signed."""
    for number in BURSTS:
        burst(number)
        size = integrate(desk.answer)
        with logged_in_as("broker_integrator"):
            log.reset(fresh_operations=True)
            anchor_store.add_anchor(log.origin_id(), size, "file", f"proof of {size}".encode(), 0)
            log.close_lanes()
    burst(7)
    log.close_lanes()
    with logged_in_as("broker_integrator"):
        log.reset(fresh_operations=True)
        integrator.Integrator(desk.answer).integrate()
        log.reset()


def burst(number: int) -> None:
    """Write that many acts: lone ones, pairs in one transaction, groups."""
    for count in range(number):
        subject = SUBJECTS[count % len(SUBJECTS)]
        if count % 17 == 5:
            parent: Any = {"act": "data.viewed", "actor": STAFF, "subject": None, "body": {"page": "list"}}
            children: Any = [{**parent, "subject": each, "obj": "data"} for each in SUBJECTS[:3]]
            log.append_group(parent, children)
        elif count % 5 == 0:
            with transaction.atomic():
                write("request.note", subject=subject, body={"text": "x" * (count % 200)})
                write("request.state", subject=subject)
        else:
            write(subject=subject, cnt=count % 3)


def spots() -> list[Spot]:
    """First, middle, last under a checkpoint, and last of all."""
    signed = store.newest_note(1)
    assert signed is not None
    size = store.tree_size(1)
    places = {"first": 0, "middle": signed.size // 2, "last": signed.size - 1, "after": size - 1}
    return [Spot(name, seq, _event(seq)) for name, seq in places.items()]


def _event(seq: int) -> int:
    found: int = store.rows("SELECT event_id FROM audit_leaf WHERE origin = 1 AND seq = %s", [seq])[0][0]
    return found


class Owner:
    """Whoever owns the database: no trigger, no constraint, no role in the way."""

    def __init__(self, execute: Any, sqlite: bool) -> None:
        self._execute = execute
        self._sqlite = sqlite

    def run(self, statement: str, *values: Any) -> None:
        """Change something."""
        self._execute(statement.replace("%s", "?") if self._sqlite else statement, values)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read something."""
        found = self._execute(statement.replace("%s", "?") if self._sqlite else statement, values).fetchall()
        return [tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in found]

    def one(self, statement: str, *values: Any) -> Any:
        """Read one value."""
        return self.rows(statement, *values)[0][0]


TABLES = (
    "audit_origin", "audit_lane", "audit_event", "audit_index", "audit_leaf", "audit_checkpoint", "audit_anchor",
    "audit_tile", "audit_cursor", "audit_key", "audit_alias",
)  # fmt: skip


@contextmanager
def owner() -> Iterator[Owner]:
    """Act as the owner: triggers dropped on SQLite, a superuser that replays as a replica on PostgreSQL."""
    name = str(connection.settings_dict["NAME"])
    connection.close()
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(name)) as raw:
            for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f'DROP TRIGGER "{trigger}"')
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA ignore_check_constraints = ON")
            yield Owner(raw.execute, sqlite=True)
            raw.commit()
        return
    with cluster.connect("postgres", name) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for table in TABLES:
            superuser.execute(cluster.quoted("ALTER TABLE {} DISABLE TRIGGER ALL", table))
        yield Owner(superuser.execute, sqlite=False)


def judge() -> verifier.Result:
    """Verify as a stranger would: without any key of ours."""
    with logged_in_as("broker_reader"):
        return auditing.verify_database()


def flipped(data: bytes, at: int, bit: int = 0) -> bytes:
    """Change one bit."""
    changed = bytearray(data)
    changed[at % len(data)] ^= 1 << bit
    return bytes(changed)


def rebuilt_leaf(header: bytes, ct: bytes) -> bytes:
    """What a tile must hold for this entry."""
    return entry.leaf_hash(entry.entry_bytes(header, ct))


def tile_with(data: bytes, inside: int, leaf: bytes) -> bytes:
    """A tile in which one leaf hash is another."""
    return data[: inside * 32] + leaf + data[inside * 32 + 32 :]
