"""Reads the log's tables for a verification: of this database, or of a copy of one that is a SQLite file."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from broker.audit import checkpoint, shreddings, strays, tiles
from broker.audit.readings import KeyRow, LeafRow, Log, Shredding, Waiting
from broker.audit.words import ACTS

type Rows = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

STEP = 2048  # rows per read; between two no transaction is held open

_LEAVES = """SELECT l.seq, l.event_id, e.header, e.ct, e.kid, e.act,
    i.event_id, i.ts, i.actor, i.app, i.act, i.res, i.obj
    FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id LEFT JOIN audit_index i ON i.event_id = l.event_id
    WHERE l.origin = %s AND l.seq >= %s AND l.seq < %s ORDER BY l.seq"""
_NOTES = "SELECT size, note FROM audit_checkpoint WHERE origin = %s AND size >= %s ORDER BY size LIMIT %s"
# Lanes with events past their cursor; lanes that another origin has integrated are not this log's. Asked so that both
# engines look lane by lane through the primary key: PostgreSQL turns a join into a look at every event of the log.
_WAITING_LANES = """SELECT l.id, COALESCE(c.n, 0) FROM audit_lane l LEFT JOIN audit_cursor c ON c.lane = l.id
    WHERE (c.origin IS NULL OR c.origin = %s) AND l.id >= %s AND l.id < %s
    AND (SELECT min(e.id) FROM audit_event e
         WHERE e.id > l.id * 4294967296 + COALESCE(c.n, 0) AND e.id < (l.id + 1) * 4294967296) IS NOT NULL
    ORDER BY l.id"""
_PAST = "SELECT id, header, ct, kid, act FROM audit_event WHERE id > %s AND id < %s ORDER BY id"
_ALL_WITHOUT_LEAF = """SELECT e.id, e.header, e.ct, e.kid, e.act FROM audit_event e
    LEFT JOIN audit_leaf l ON l.event_id = e.id WHERE l.event_id IS NULL AND e.id >= %s AND e.id <= %s ORDER BY e.id"""
_UNKNOWN_KEYS = "SELECT kid FROM audit_event EXCEPT SELECT kid FROM audit_key"
_KEYLESS = """SELECT l.seq FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
    LEFT JOIN audit_key k ON k.kid = e.kid WHERE l.origin = %s AND l.seq >= %s AND k.kid IS NULL
    ORDER BY l.seq LIMIT 1"""
_STRAYS = """SELECT i.event_id FROM audit_index i LEFT JOIN audit_leaf l ON l.event_id = i.event_id
    WHERE l.event_id IS NULL LIMIT 1"""
_ANCHORED = """SELECT count(*) FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
    WHERE l.origin = %s AND l.seq >= %s AND e.act = %s"""
_DOUBLED = "SELECT 1 FROM audit_anchor WHERE origin = %s GROUP BY size, kind, proof HAVING count(*) > 1 LIMIT 1"
_PLACED = "SELECT count(*) FROM audit_leaf WHERE event_id >= %s AND event_id <= %s"


class Origin(NamedTuple):
    """The log among the database's rows, its name, and its public keys."""

    id: int
    name: str
    keys: Sequence[checkpoint.Verifier]
    first_lane: int = 1
    end_lane: int = 1 << 31  # its lanes are those before this one
    neighbours: Sequence[checkpoint.Verifier] = ()  # public keys of the database's other logs


def database_rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Query this database, past the layers that turn values; byte strings are bytes on both engines."""
    connection.ensure_connection()
    raw = connection.connection
    if connection.vendor == "sqlite":
        found: list[tuple[Any, ...]] = raw.execute(statement.replace("%s", "?"), values).fetchall()
        return found
    from psycopg import Cursor  # only where PostgreSQL is used; Django's own cursors know no binary results

    with Cursor(raw) as cursor:
        cursor.execute(statement, values, binary=True)
        return list(cursor.fetchall())


def file_rows(path: Path) -> tuple[Rows, Callable[[], None]]:
    """Query a SQLite file that nobody writes any more, and how to close it. Nothing is written, locked or made.

    Raises `sqlite3.Error`.
    """
    opened = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)

    def rows(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        return opened.execute(statement.replace("%s", "?"), values).fetchall()

    return rows, opened.close


def newest_origin(rows: Rows, keys: Sequence[checkpoint.Verifier]) -> Origin | None:
    """The log of a copy that was written to last: the origin that was opened last, with its keys among these."""
    found = rows("SELECT id, name FROM audit_origin ORDER BY id DESC LIMIT 1", [])
    if not found:
        return None
    number, name = int(found[0][0]), str(found[0][1])
    placed = rows("SELECT event_id FROM audit_leaf WHERE origin = %s AND seq = 0", [number])
    first = int(placed[0][0]) >> 32 if placed and number > 1 else 1
    return Origin(number, name, [key for key in keys if key.name == name], first, neighbours=keys)


class Tables:
    """The tables of one log as they were when this was made: what is added later is not looked at."""

    def __init__(self, rows: Rows, origin: Origin) -> None:
        self._rows, self._origin = rows, origin
        self.published = self._newest_note()  # asked before the size: what is signed then stands in the tree
        self.size = self._tree_size()

    def log(self, *, clock_us: Callable[[], int] | None, **more: Any) -> Log:
        """As the verifier reads it; without a clock the age of waiting events is not judged."""
        cursors: dict[int, int] | None = self._cursors()
        counts: dict[int, int] | None = self._tile_counts()
        if self._grew():  # the integrator went on meanwhile: these two are compared another time
            cursors = counts = None
        return Log(
            origin=self._origin.name,
            keys=self._origin.keys,
            size=self.size,
            leaves=self._leaves,
            tile=self._tile,
            notes=self._notes,
            waiting=lambda: self._waiting(clock_us),
            lanes=frozenset(lane for (lane,) in self._rows("SELECT id FROM audit_lane", [])),
            data_keys=self._keys,
            cursors=cursors,
            tile_counts=counts,
            anchored_beyond=self._anchored_beyond,
            anchors_doubled=self._anchors_doubled if clock_us else lambda: False,  # copies are read without proofs
            anchor_count=self._rows("SELECT count(*) FROM audit_anchor WHERE origin = %s", [self._origin.id])[0][0],
            keyless=self._keyless,
            beyond=lambda event: self._beyond(event, clock_us),
            strays=self._strays,
            **more,
        )

    def _anchored_beyond(self) -> int:
        """How many anchors were counted by events that are not among the places of this size."""
        here, act = self._origin, ACTS["log.anchored"].number
        waiting = self._past_cursors()  # first: one may move meanwhile
        placed = self._rows(_ANCHORED, [here.id, self.size, act])[0][0]
        return int(placed) + sum(bool(row[4] == act) for row in waiting)

    def _anchors_doubled(self) -> bool:
        return bool(self._rows(_DOUBLED, [self._origin.id]))

    def _beyond(self, event: int, clock_us: Callable[[], int] | None) -> Shredding | None:
        here = self._origin
        return shreddings.find(
            self._rows,
            event,
            origin=here.id,
            size=self.size,
            lanes=(here.first_lane, here.end_lane),
            keys=here.neighbours,
            now_us=clock_us() if clock_us else 0,
        )

    def _tree_size(self) -> int:
        last = self._rows("SELECT max(seq) FROM audit_leaf WHERE origin = %s", [self._origin.id])[0][0]
        return 0 if last is None else int(last) + 1

    def _grew(self) -> bool:
        return self._tree_size() != self.size

    def _newest_note(self) -> int:
        found = self._rows("SELECT max(size) FROM audit_checkpoint WHERE origin = %s", [self._origin.id])[0][0]
        return -1 if found is None else int(found)

    def _leaves(self, begin: int) -> Iterator[LeafRow]:
        at = begin
        while found := self._rows(_LEAVES + " LIMIT %s", [self._origin.id, at, self.size, STEP]):
            yield from found
            at = found[-1][0] + 1

    def _notes(self, begin: int) -> Iterator[tuple[int, str]]:
        at = begin
        while found := self._rows(_NOTES, [self._origin.id, at, STEP]):
            yield from ((size, note) for size, note in found if size <= self.published)
            at = found[-1][0] + 1

    def _tile(self, level: int, index: int) -> bytes:
        """A tile as it was at this size; one that is longer than the tree of the moment allows is returned whole."""
        found = self._rows(
            "SELECT data FROM audit_tile WHERE origin = %s AND level = %s AND idx = %s", [self._origin.id, level, index]
        )
        data = bytes(found[0][0]) if found else b""
        at_level = self.size >> (level * tiles.HEIGHT)
        if index == at_level // tiles.WIDTH and len(data) > at_level % tiles.WIDTH * 32 and self._grew():
            return data[: at_level % tiles.WIDTH * 32]
        return data

    def _cursors(self) -> dict[int, int]:
        return dict(self._rows("SELECT lane, n FROM audit_cursor WHERE origin = %s", [self._origin.id]))

    def _tile_counts(self) -> dict[int, int]:
        return dict(
            self._rows("SELECT level, count(*) FROM audit_tile WHERE origin = %s GROUP BY level", [self._origin.id])
        )

    def _waiting(self, clock_us: Callable[[], int] | None) -> Iterator[Waiting]:
        """Events without a leaf, read before it is asked whether the tree went on meanwhile."""
        first, end = self._origin.first_lane, self._origin.end_lane
        found = self._past_cursors()
        events, leaves = self._count("audit_event"), self._count("audit_leaf")
        if self._grew():
            return
        if events != leaves + len(found):  # a row that belongs to no lane, or a lane whose cursor is wrong
            found = self._rows(_ALL_WITHOUT_LEAF, [first << 32, (end << 32) - 1])
        now_us = clock_us() if clock_us else 0
        for row in found:
            yield Waiting._make((*row, now_us))

    def _past_cursors(self) -> list[tuple[Any, ...]]:
        """Events past their lane's cursor: id, header, ct, kid, act."""
        here, found = self._origin, []
        for lane, n in self._rows(_WAITING_LANES, [here.id, here.first_lane, here.end_lane]):
            found += self._rows(_PAST, [(lane << 32) + n, (lane + 1) << 32])
        return found

    def _count(self, table: str) -> int:
        return int(self._rows(f"SELECT count(*) FROM {table}", [])[0][0])  # noqa: S608 (two names of ours)

    def _keyless(self, begin: int) -> Iterator[int]:
        if self._rows(_UNKNOWN_KEYS, []):
            yield from (seq for (seq,) in self._rows(_KEYLESS, [self._origin.id, begin]))

    def _strays(self) -> Iterator[int]:
        """Events of no lane, rows of no log, places in another log for events of ours, index rows without a place."""
        outside = strays.event_in_no_lane(self._rows)
        if outside is not None:
            yield outside
        if strays.has_rows_of_no_origin(self._rows):
            yield 0
        several = len(self._rows("SELECT id FROM audit_origin", [])) > 1
        if several:
            first, end = self._origin.first_lane << 32, (self._origin.end_lane << 32) - 1
            taken = self._rows(_PLACED, [first, end])[0][0]
            if taken != self.size and not self._grew():
                yield 0
        if several or self._count("audit_index") != self._count("audit_leaf"):
            yield from (event for (event,) in self._rows(_STRAYS, []))

    def _keys(self) -> Iterator[KeyRow]:
        for kid, shredded in self._rows("SELECT kid, shredded_event FROM audit_key ORDER BY kid", []):
            # The table's own check ties `wrapped` to `shredded_event`; roles that may not read wrapped keys read this.
            yield KeyRow(kid, shredded is None, shredded)
