"""Builds a log of a wanted size quickly: real entries, tree, tiles and signed checkpoints, written straight to tables.

.venv/bin/python -m bench.log_of_size FILE.sqlite3 100000     # a database file with the log's tables alone
"""

import hashlib
import random
import sqlite3
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from broker.audit import checkpoint, entry, schema, tiles
from broker.audit.encoding import b64url
from broker.audit.words import ACTS

ORIGIN = "broker.localhost/audit/bench"
SIGNER = checkpoint.Signer.new(ORIGIN, hashlib.sha256(b"bench").digest())
BEGIN_US = 1_780_000_000_000_000
LANES = 8
SUBJECTS = 2_000
SIGN_EVERY = 5_000
CHUNK = 5_000
SEED = 1  # the same log in each run; what is asked of it is drawn by the next two

# What happens how often: mostly reads, some changes, now and then a refusal.
MIXTURE = (
    ("data.read", "ok", "release", "rate_comparison", 55),
    ("data.viewed", "ok", "customer", None, 20),
    ("data.read_refused", "denied", "release", "rate_comparison", 5),
    ("file.read", "ok", "file", "verification", 10),
    ("log.read", "ok", "event", "compliance", 10),
)

type Rows = Sequence[Sequence[Any]]
type Write = Callable[[str, Rows], None]  # table, rows in the order of its columns


class Made(NamedTuple):
    """An event with its place."""

    seq: int
    head: entry.Header
    sealed: entry.SealedEvent


def subject(number: int) -> uuid.UUID:
    """The n-th customer of this log."""
    return uuid.UUID(int=0x5EED << 96 | number)


def data_key(number: int) -> tuple[bytes, bytes]:
    """Name and key of the n-th customer's data key (number 0: operations)."""
    digest = hashlib.sha512(b"bench" + number.to_bytes(4, "big")).digest()
    return digest[:16], digest[16:48]


def events(count: int, *, signed: Callable[[], int], seed: int = SEED) -> Iterator[Made]:
    """Seal this many events, lane by lane in turn; `signed()` is the size of the newest checkpoint by then."""
    dice = random.Random(seed)
    heads = dict.fromkeys(range(1, LANES + 1), (0, entry.FIRST_PREVIOUS))
    keys = [data_key(number) for number in range(SUBJECTS + 1)]
    people = ["s:" + b64url(hashlib.sha256(bytes([n])).digest()[:16]) for n in range(40)]
    choices = [row for row in MIXTURE for _ in range(row[4])]
    for seq in range(count):
        lane = 1 + seq % LANES
        n, before = heads[lane]
        act, res, obj, purpose, _ = choices[int(dice.random() * len(choices))]
        number = 1 + int(dice.random() * SUBJECTS)
        kid, dek = keys[number]
        head = entry.Header(
            act=act, actor=people[number % 40], app=None if number % 3 else "a:" + b64url(kid), cnt=number % 5,
            cp=signed(), grp=None, kc=bytes(32), kid=kid, log=ORIGIN, n=n + 1, obj=obj, p=before, purpose=purpose,
            res=res, role="analyst", sch=1, ts=BEGIN_US + seq * 1_000, w=lane,
        )  # fmt: skip
        body: dict[str, Any] = {
            "subject": str(subject(number)), "request": str(uuid.UUID(int=dice.getrandbits(128))),
            "fields": ["kwh", "period", "meter"], "ip": "192.0.2.1", "ua": "Mozilla/5.0 (X11; Linux x86_64)",
        }  # fmt: skip
        sealed = entry.seal(head, body, dek=dek, salt=dice.randbytes(16))
        heads[lane] = (n + 1, sealed.leaf)
        yield Made(seq, head, sealed)


def fill(write: Write, count: int, *, wrap: Callable[[bytes, bytes], bytes] | None = None) -> None:
    """Write a whole log of this size through `write`; `wrap(dek, kid)` makes the 60 bytes of a wrapped key."""
    signed = [0]
    tree = tiles.TileTree()
    write("audit_origin", [(1, ORIGIN, BEGIN_US)])
    write("audit_lane", [(lane, BEGIN_US, bytes(16), 1) for lane in range(1, LANES + 1)])
    for number in range(SUBJECTS + 1):
        kid, dek = data_key(number)
        wrapped = wrap(dek, kid) if wrap else hashlib.sha512(kid).digest()[:60]
        write("audit_key", [(kid, wrapped, 1, "case", 2026, 0, None)])
    _sign(write, tree)
    done = 0
    for chunk in _chunks(events(count, signed=lambda: signed[0]), CHUNK):
        for made in chunk:
            tree.append(made.sealed.leaf)
        _write_chunk(write, chunk)
        done += len(chunk)
        # A tile is written once, when it is full or the log is complete.
        changed = [tile for tile in tree.take_changed() if tile.width == tiles.WIDTH]
        write("audit_tile", [(1, tile.level, tile.number, tile.width, tile.data) for tile in changed])
        if done % SIGN_EVERY == 0 or done == count:
            _sign(write, tree)
            signed[0] = done
    _write_partial(write, tree)
    reached = {lane: len(range(lane - 1, count, LANES)) for lane in range(1, LANES + 1)}
    write("audit_cursor", [(1, lane, n) for lane, n in reached.items() if n])


def _chunks(made: Iterable[Made], size: int) -> Iterator[list[Made]]:
    chunk: list[Made] = []
    for each in made:
        chunk.append(each)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _write_chunk(write: Write, chunk: Sequence[Made]) -> None:
    numbers = [ACTS[made.head.act].number for made in chunk]
    write(
        "audit_event",
        [
            (made.head.event_id, made.sealed.header, made.sealed.ct, bytes(32), made.head.kid, act)
            for made, act in zip(chunk, numbers, strict=True)
        ],
    )
    write(
        "audit_index",
        [
            (head.event_id, head.ts, head.actor, head.app, act, head.res, head.obj)
            for (_, head, _), act in zip(chunk, numbers, strict=True)
        ],
    )
    write("audit_leaf", [(1, made.seq, made.head.event_id) for made in chunk])


def _sign(write: Write, tree: tiles.TileTree) -> None:
    body = checkpoint.Checkpoint(ORIGIN, tree.size, tree.root()).body()
    write("audit_checkpoint", [(1, tree.size, checkpoint.sign(body, [SIGNER]), BEGIN_US)])


def _write_partial(write: Write, tree: tiles.TileTree) -> None:
    edge = tree.partial()
    rows = [(1, level, full, width, edge[level]) for level, full, width in tiles.counts(tree.size) if width]
    write("audit_tile", rows)


COLUMNS = {
    "audit_origin": "id, name, opened_us",
    "audit_lane": "id, opened_us, boot, mac_key",
    "audit_event": "id, header, ct, mac, kid, act",
    "audit_index": "event_id, ts, actor, app, act, res, obj",
    "audit_leaf": "origin, seq, event_id",
    "audit_tile": "origin, level, idx, width, data",
    "audit_checkpoint": "origin, size, note, created_us",
    "audit_key": "kid, wrapped, kek, class, period, hold, shredded_event",
    "audit_cursor": "origin, lane, n",
}


def into_sqlite(connection: sqlite3.Connection) -> Write:
    """Write into a SQLite database that has the tables (without triggers in the way)."""

    def write(table: str, rows: Rows) -> None:
        names = COLUMNS[table]
        marks = ", ".join("?" * (names.count(",") + 1))
        connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)

    return write


def into_postgresql(connection: Any) -> Write:
    """Write into a PostgreSQL database (psycopg connection) that has the tables, by COPY, as their owner."""

    def write(table: str, rows: Rows) -> None:
        override = " OVERRIDING SYSTEM VALUE" if table == "audit_lane" else ""
        with connection.cursor() as cursor:
            if override:
                marks = ", ".join(["%s"] * (COLUMNS[table].count(",") + 1))
                cursor.executemany(f"INSERT INTO {table} ({COLUMNS[table]}){override} VALUES ({marks})", rows)
                return
            with cursor.copy(f"COPY {table} ({COLUMNS[table]}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)

    return write


def sqlite_file(path: Path, count: int) -> None:
    """Make a database file that holds the log's tables and a log of this size; `log.vkey` is put beside it."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    for statement in schema.statements("sqlite"):
        connection.execute(statement)
    fill(into_sqlite(connection), count)
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path.with_name("log.vkey").write_text(SIGNER.verifier().encode() + "\n")


if __name__ == "__main__":
    sqlite_file(Path(sys.argv[1]), int(sys.argv[2]))
