"""The integrator's and the verifier's SQL."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from broker.audit import bulk, checkpoint, cosignature, entry, tiles
from broker.audit.chain import Chain
from broker.audit.entry import Header
from broker.audit.intake import Good
from broker.audit.words import ACTS

_ADVISORY = 0x61756469745F696E  # one integrator per database
STEP = 2048  # rows per read of a long walk

type Value = int | str | bytes | None


class Lane(NamedTuple):
    """A lane as its opening row names it."""

    id: int
    boot: bytes
    mac_key: int


class Published(NamedTuple):
    """A signed checkpoint."""

    size: int
    note: str


def rows(statement: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
    """Run a query and return its rows, byte strings as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        found = cursor.fetchall()
    if connection.vendor == "sqlite":
        return list(found)
    return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in found]


def _change(statement: str, values: Sequence[Value]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
        return int(cursor.rowcount)


def try_advisory_lock() -> bool:
    """Take PostgreSQL's session lock of the integrator if it is free."""
    return bool(rows("SELECT pg_try_advisory_lock(%s)", [_ADVISORY])[0][0])


def advisory_unlock() -> None:
    """Give it back."""
    rows("SELECT pg_advisory_unlock(%s)", [_ADVISORY])


def horizon() -> int:
    """A point in time by transaction numbers (PostgreSQL); SQLite has one writer and needs none."""
    if connection.vendor != "postgresql":
        return 0
    return int(rows("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")[0][0])


def all_over(since: int) -> bool:
    """Say whether every transaction that was open at that point has ended."""
    if connection.vendor != "postgresql":
        return True
    return int(rows("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")[0][0]) >= since


def verifier_keys(origin: str | None = None) -> list[checkpoint.Verifier]:
    """The public keys of the log of this name (None: the current one), current first.

    The file also holds the keys of logs that were lost, so that they stay verifiable.
    """
    default = Path(settings.SIGNER_DIR) / "log.vkey"
    path = Path(getattr(settings, "LOG_VKEY_FILE", "") or default)
    name = settings.LOG_ORIGIN if origin is None else origin
    keys = [checkpoint.parse_vkey(line) for line in path.read_text("ascii").split()]
    return [key for key in keys if key.name == name]


# --- origins: one, and another after each declared loss


class Origin(NamedTuple):
    """A log's number in the database and its name."""

    id: int
    name: str


def origins() -> list[Origin]:
    """Every log of this database, the current one last."""
    return [Origin(*row) for row in rows("SELECT id, name FROM audit_origin ORDER BY id")]


def opened_at(origin: int) -> datetime:
    """When this log was opened."""
    return datetime.fromtimestamp(rows("SELECT opened_us FROM audit_origin WHERE id = %s", [origin])[0][0] / 1e6, UTC)


def add_origin(origin: Origin, now_us: int) -> None:
    """Name a new log (the owner of the tables alone may)."""
    _change("INSERT INTO audit_origin (id, name, opened_us) VALUES (%s, %s, %s)", [*origin, now_us])


_OPENINGS = "SELECT id, header FROM audit_event WHERE act = %s ORDER BY id"


def first_lane(origin: int) -> int:
    """The first lane of this log: the one of its first event, `admin.log_opened`; lanes before it are older logs'."""
    if origin == 1:
        return 1
    placed = rows("SELECT event_id FROM audit_leaf WHERE origin = %s AND seq = 0", [origin])
    if placed:
        return int(placed[0][0]) >> 32
    name = next(each.name for each in origins() if each.id == origin)
    for event, header in rows(_OPENINGS, [ACTS["admin.log_opened"].number]):
        if entry.parse_header(header).log == name:
            return int(event) >> 32
    return 1 << 31  # being opened: no lane is its own yet


def lane_range(origin: int) -> tuple[int, int]:
    """The first lane of this log, and the first one after its last."""
    followed = any(each.id == origin + 1 for each in origins())
    return first_lane(origin), first_lane(origin + 1) if followed else 1 << 31


def lanes_of(origin: int) -> list[Lane]:
    """The lanes of this log."""
    first, end = lane_range(origin)
    return [lane for lane in all_lanes() if first <= lane.id < end]


def without_leaf(origin: int) -> list[int]:
    """The ids of this log's events that have no place in its tree."""
    found = rows(
        """SELECT e.id FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
        WHERE l.event_id IS NULL AND e.id >= %s ORDER BY e.id""",
        [entry.event_id(first_lane(origin), 0)],
    )
    return [event for (event,) in found]


def placed_below(origin: int, size: int, events: Sequence[int]) -> set[int]:
    """Which of these events have a place in this log's tree below this size."""
    found: set[int] = set()
    for at in range(0, len(events), _AMONG):
        some = events[at : at + _AMONG]
        marks = ", ".join(["%s"] * len(some))
        statement = f"SELECT event_id FROM audit_leaf WHERE origin = %s AND seq < %s AND event_id IN ({marks})"  # noqa: S608
        found.update(event for (event,) in rows(statement, [origin, size, *some]))
    return found


_AMONG = 500  # values of one statement

# --- lanes and events


def all_lanes() -> list[Lane]:
    """Every lane ever opened."""
    return [Lane(*row) for row in rows("SELECT id, boot, mac_key FROM audit_lane ORDER BY id")]


# What stands behind a lane's cursor: `e` for `l` and `c`. Both forms are read lane by lane through the primary key;
# PostgreSQL would turn a plain join or EXISTS into a look at every event of the log.
_BEHIND = "e.id > l.id * 4294967296 + COALESCE(c.n, 0) AND e.id < (l.id + 1) * 4294967296"
_WAITING = f"""SELECT l.id, l.boot, l.mac_key FROM audit_lane l
    LEFT JOIN audit_cursor c ON c.origin = %s AND c.lane = l.id
    WHERE l.id >= %s AND (SELECT min(e.id) FROM audit_event e WHERE {_BEHIND}) IS NOT NULL
    ORDER BY l.id"""  # noqa: S608  (constants)
_LANE_BY_LANE = {
    "sqlite": f"CROSS JOIN audit_event e ON {_BEHIND}",
    "postgresql": f"CROSS JOIN LATERAL (SELECT * FROM audit_event e WHERE {_BEHIND} OFFSET 0) e",  # noqa: S608
}
_WAITING_EVENTS = """SELECT {columns} FROM audit_lane l
    LEFT JOIN audit_cursor c ON c.origin = %s AND c.lane = l.id {events} WHERE l.id >= %s AND l.id < %s"""


def waiting_lanes(origin: int) -> list[Lane]:
    """The lanes that have events past their cursor."""
    return [Lane(*row) for row in rows(_WAITING, [origin, first_lane(origin)])]


def waiting_events(origin: int) -> list[tuple[Any, ...]]:
    """All events of this log past their lane's cursor: id, header, kid, act."""
    return _waiting_events(origin, "e.id, e.header, e.kid, e.act")


def waiting_of(origin: int, act: str) -> list[tuple[Any, ...]]:
    """The events of one act past their lane's cursor: lane, its MAC key's number, header, ct, mac."""
    columns = "l.id, l.mac_key, e.header, e.ct, e.mac"
    return _waiting_events(origin, columns, "AND e.act = %s ORDER BY e.id", ACTS[act].number)


def _waiting_events(origin: int, columns: str, more: str = "", *values: Value) -> list[tuple[Any, ...]]:
    statement = _WAITING_EVENTS.format(columns=columns, events=_LANE_BY_LANE[connection.vendor])
    return rows(f"{statement} {more}", [origin, *lane_range(origin), *values])


def next_events(lane: int, after: int, limit: int) -> list[tuple[Any, ...]]:
    """The lane's next events: id, header, ct, mac, kid, act."""
    return bulk.read(
        "SELECT id, header, ct, mac, kid, act FROM audit_event WHERE id > %s AND id < %s ORDER BY id LIMIT %s",
        [entry.event_id(lane, after), entry.event_id(lane + 1, 0), limit],
    )


def cursors(origin: int) -> dict[int, int]:
    """How far each lane is integrated."""
    return dict(rows("SELECT lane, n FROM audit_cursor WHERE origin = %s", [origin]))


def load_chain(lane: int, n: int) -> Chain:
    """A lane as it stands after its last integrated event."""
    header, ct = rows("SELECT header, ct FROM audit_event WHERE id = %s", [entry.event_id(lane, n)])[0]
    head = entry.parse_header(header)
    leaf = entry.leaf_hash(entry.entry_bytes(header, ct))
    return Chain(n=n, leaf=leaf, cp=head.cp, ts=head.ts, ended=head.act == "lane.close")


def headers_by_act(act: str, origin: int) -> list[Header]:
    """Headers of all integrated events of one act of this log."""
    found = rows(
        """SELECT e.header FROM audit_index i JOIN audit_leaf l ON l.event_id = i.event_id
        JOIN audit_event e ON e.id = i.event_id WHERE i.act = %s AND l.origin = %s ORDER BY i.ts""",
        [ACTS[act].number, origin],
    )
    return [entry.parse_header(header) for (header,) in found]


def headers_since(origin: int, act: str, seq: int) -> list[Header]:
    """Headers of the integrated events of one act from this place of the tree on."""
    found = rows(
        """SELECT e.header FROM audit_index i JOIN audit_leaf l ON l.event_id = i.event_id
        JOIN audit_event e ON e.id = i.event_id WHERE i.act = %s AND l.origin = %s AND l.seq >= %s ORDER BY l.seq""",
        [ACTS[act].number, origin, seq],
    )
    return [entry.parse_header(header) for (header,) in found]


def places(origin: int, act: str) -> list[int]:
    """Where the events of one act stand in the tree, ascending."""
    found = rows(
        """SELECT l.seq FROM audit_index i JOIN audit_leaf l ON l.event_id = i.event_id
        WHERE i.act = %s AND l.origin = %s ORDER BY l.seq""",
        [ACTS[act].number, origin],
    )
    return [seq for (seq,) in found]


def times_from(origin: int, seq: int, limit: int) -> list[int]:
    """When the events of so many places of the tree, from this one on, were written."""
    found = rows(
        """SELECT i.ts FROM audit_leaf l JOIN audit_index i ON i.event_id = l.event_id
        WHERE l.origin = %s AND l.seq >= %s ORDER BY l.seq LIMIT %s""",
        [origin, seq, limit],
    )
    return [ts for (ts,) in found]


# --- the tree


def load_tree(origin: int) -> tiles.TileTree:
    """The tree's right edge."""
    size = tree_size(origin)
    partial = [read_tile(origin, level, full)[: width * 32] for level, full, width in tiles.counts(size)]
    return tiles.TileTree(size, partial)


def tree_size(origin: int) -> int:
    """How many leaves the tree has."""
    last = rows("SELECT max(seq) FROM audit_leaf WHERE origin = %s", [origin])[0][0]
    return 0 if last is None else int(last) + 1


_TILE = "SELECT data FROM audit_tile WHERE origin = %s AND level = %s AND idx = %s"


def read_tile(origin: int, level: int, index: int) -> bytes:
    """A tile's hashes; empty where there is none."""
    found = bulk.read(_TILE, [origin, level, index])
    return bytes(found[0][0]) if found else b""


def tile_counts(origin: int) -> dict[int, int]:
    """How many tiles are stored at each level."""
    return dict(rows("SELECT level, count(*) FROM audit_tile WHERE origin = %s GROUP BY level", [origin]))


def add_leaves(origin: int, first: int, events: Sequence[int]) -> None:
    """Give events their places, one after the other from `first` on."""
    bulk.insert("audit_leaf", "origin, seq, event_id", [(origin, first + n, event) for n, event in enumerate(events)])


def add_index(found: Sequence[Good]) -> None:
    """Copy the opaque header fields that the console filters by."""
    bulk.insert("audit_index", "event_id, ts, actor, app, act, res, obj", found)


def save_tiles(origin: int, changed: Sequence[tiles.Tile]) -> None:
    """Lengthen the partial tiles, add the new ones."""
    for tile in changed:
        place: list[Value] = [origin, tile.level, tile.number]
        if not _change(
            "UPDATE audit_tile SET width = %s, data = %s WHERE origin = %s AND level = %s AND idx = %s",
            [tile.width, tile.data, *place],
        ):
            _change(
                "INSERT INTO audit_tile (origin, level, idx, width, data) VALUES (%s, %s, %s, %s, %s)",
                [*place, tile.width, tile.data],
            )


def save_cursors(origin: int, reached: Mapping[int, int]) -> None:
    """Remember how far each lane is integrated."""
    for lane, n in reached.items():
        if not _change("UPDATE audit_cursor SET n = %s WHERE origin = %s AND lane = %s", [n, origin, lane]):
            _change("INSERT INTO audit_cursor (origin, lane, n) VALUES (%s, %s, %s)", [origin, lane, n])


# --- checkpoints


def newest_note(origin: int) -> Published | None:
    """The newest published checkpoint."""
    found = rows("SELECT size, note FROM audit_checkpoint WHERE origin = %s ORDER BY size DESC LIMIT 1", [origin])
    return Published(*found[0]) if found else None


def notes(origin: int) -> list[Published]:
    """Every published checkpoint, smallest first."""
    found = rows("SELECT size, note FROM audit_checkpoint WHERE origin = %s ORDER BY size", [origin])
    return [Published(*row) for row in found]


def origin_of(name: str) -> int | None:
    """The number of the origin with this name; None: no log of ours was ever called so."""
    found = rows("SELECT id FROM audit_origin WHERE name = %s", [name])
    return int(found[0][0]) if found else None


def covering_size(origin: int, seq: int) -> int | None:
    """The size of the smallest published checkpoint that covers this entry."""
    found = rows("SELECT min(size) FROM audit_checkpoint WHERE origin = %s AND size > %s", [origin, seq])[0][0]
    return None if found is None else int(found)


def has_checkpoint(origin: int, size: int) -> bool:
    """Say whether a checkpoint of this size was published."""
    return bool(rows("SELECT 1 FROM audit_checkpoint WHERE origin = %s AND size = %s", [origin, size]))


def add_checkpoint(origin: int, published: Published, now_us: int) -> None:
    """Publish a signed checkpoint."""
    _change(
        "INSERT INTO audit_checkpoint (origin, size, note, created_us) VALUES (%s, %s, %s, %s)",
        [origin, published.size, published.note, now_us],
    )


def served_note(origin: int, size: int) -> str:
    """A checkpoint's note as it is served: the log's own signatures, then each witness's newest cosignature."""
    note: str = rows("SELECT note FROM audit_checkpoint WHERE origin = %s AND size = %s", [origin, size])[0][0]
    found = rows(
        "SELECT proof FROM audit_anchor WHERE origin = %s AND size = %s AND kind = 'witness' ORDER BY id",
        [origin, size],
    )
    newest = {cosignature.whose(proof.decode()): proof.decode() for (proof,) in found}
    return note + "".join(newest.values())


# --- long walks


def walk(statement: str, values: Sequence[Value], first: int) -> Iterator[tuple[Any, ...]]:
    """Read a long result in steps by its first column, with no transaction held open between them."""
    at = first
    while found := rows(statement + " LIMIT %s", [*values, at, STEP]):
        yield from found
        at = found[-1][0] + 1
