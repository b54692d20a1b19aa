"""Verification of this database's log: what `verify_log` and the console's banner read."""

import json
import logging
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from broker.audit import checkpoint, log, signer, store, tiles, verifier
from broker.audit.encoding import b64

journal = logging.getLogger(__name__)

_LEAVES = """SELECT l.seq, l.event_id, e.header, e.ct, e.kid, e.act,
    i.event_id, i.ts, i.actor, i.app, i.act, i.res, i.obj
    FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id LEFT JOIN audit_index i ON i.event_id = l.event_id
    WHERE l.origin = %s AND l.seq < %s AND l.seq >= %s ORDER BY l.seq"""
_WAITING = """SELECT e.id, e.header, e.ct, e.kid, e.act FROM audit_event e
    LEFT JOIN audit_leaf l ON l.event_id = e.id WHERE l.event_id IS NULL AND e.id >= %s ORDER BY e.id"""

_KEYLESS = """SELECT l.seq FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id
    LEFT JOIN audit_key k ON k.kid = e.kid WHERE l.origin = %s AND k.kid IS NULL ORDER BY l.seq LIMIT 1"""
_STRAYS = """SELECT i.event_id FROM audit_index i LEFT JOIN audit_leaf l ON l.event_id = i.event_id
    WHERE l.event_id IS NULL LIMIT 1"""


def verify_database() -> verifier.Result:
    """Verify the whole log of this database and remember the verdict for the banner."""
    result = verifier.verify(database_log())
    _remember(result)
    return result


def database_log() -> verifier.Log:
    """This database's log, as the verifier reads it: everything up to its size of this moment."""
    origin = log.origin_id()
    last = _last_signed()
    notes = [(each.size, each.note) for each in store.notes(origin)]
    size = store.tree_size(origin)
    cursors: dict[int, int] | None = store.cursors(origin)
    counts: dict[int, int] | None = store.tile_counts(origin)
    if store.tree_size(origin) != size:  # the integrator went on meanwhile: these two are compared another time
        cursors = counts = None
    return verifier.Log(
        origin=settings.LOG_ORIGIN,
        keys=store.verifier_keys(),
        leaves=lambda: _leaves(origin, size),
        tile=lambda level, index: _tile(origin, level, index, size),
        notes=notes,
        last_signed=last,
        waiting=lambda: _waiting(origin, size),
        lanes=frozenset(lane.id for lane in store.all_lanes()),
        data_keys=_keys,
        cursors=cursors,
        tile_counts=counts,
        keyless=lambda: (seq for (seq,) in store.rows(_KEYLESS, [origin])),
        strays=lambda: (event for (event,) in store.rows(_STRAYS)),
    )


def _leaves(origin: int, size: int) -> Iterator[verifier.Leaf]:
    for row in store.walk(_LEAVES, [origin, size], 0):
        filed = row[6:13] if row[6] is not None else None
        yield verifier.Leaf._make((*row[:6], filed))


def _tile(origin: int, level: int, index: int, size: int) -> bytes:
    """A tile as it was at this size; one that is longer than the tree of the moment allows is returned whole."""
    data = store.read_tile(origin, level, index)
    at_level = size >> (level * tiles.HEIGHT)
    if index == at_level // tiles.WIDTH and store.tree_size(origin) > size:
        return data[: at_level % tiles.WIDTH * 32]
    return data


def _waiting(origin: int, size: int) -> Iterator[verifier.Waiting]:
    """Events without a leaf, read before it is asked whether the tree went on meanwhile."""
    found = list(store.walk(_WAITING, [], 0))
    if store.tree_size(origin) != size:
        return
    now_us = _database_clock()
    for row in found:
        yield verifier.Waiting._make((*row, now_us))


def _database_clock() -> int:
    if connection.vendor == "postgresql":
        return int(store.rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")[0][0])
    return time.time_ns() // 1000


def _keys() -> Iterator[verifier.KeyRow]:
    for kid, shredded in store.rows("SELECT kid, shredded_event FROM audit_key ORDER BY kid"):
        # The table's own check ties `wrapped` to `shredded_event`; roles that may not read wrapped keys read this.
        yield verifier.KeyRow(kid, shredded is None, shredded)


def _last_signed() -> checkpoint.Checkpoint | None:
    """What the signer signed last: asked at its socket, else read from its lock file where that may be read."""
    keys = store.verifier_keys()
    try:
        reply = signer.ask(Path(settings.SIGNER_SOCKET), {"get": 1})
        return checkpoint.open_checkpoint(str(reply.get("note")), keys, origin=settings.LOG_ORIGIN)
    except (OSError, ValueError):
        pass
    try:
        return checkpoint.parse((Path(settings.SIGNER_DIR) / signer.LAST).read_text("ascii"))
    except (OSError, ValueError):
        return None


def verdict_line(result: verifier.Result) -> dict[str, Any]:
    """The last line of `verify_log`."""
    return {
        "ok": result.ok,
        "size": result.size,
        "root": b64(result.root),
        "first_bad": result.first_bad,
        "kind": result.kind,
    }


def verdict_path() -> Path:
    """Where the last verdict is kept for the banner."""
    return Path(settings.DATA_DIR) / "run" / "verified.json"


def _remember(result: verifier.Result) -> None:
    path = verdict_path()
    new = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.write_text(json.dumps({**verdict_line(result), "at": datetime.now(UTC).isoformat()}))
        new.replace(path)
    except OSError:
        journal.warning("the verdict could not be kept: the banner goes on showing the one before")


def last_verdict() -> dict[str, Any] | None:
    """The last verdict with its time, or None."""
    try:
        found = json.loads(verdict_path().read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
