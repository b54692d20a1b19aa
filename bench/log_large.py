"""One step of `./run bench log` at size, in a process of its own.

Steps: fill, integrate, settle, verify, prove, stored, find.

Usage: python -m bench.log_large STEP SIZE; the database and its login come from the environment. Prints a JSON line.
"""

import json
import os
import random
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from statistics import quantiles
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from bench import log_of_size  # noqa: E402
from broker.audit import auditing, entry, integrator, keys, log, merkle, proofs, search, store, timeline  # noqa: E402
from broker.audit.words import ACTS  # noqa: E402
from broker.terms import EventRef  # noqa: E402
from broker.vault import keyring  # noqa: E402

TRIES = 500
CHUNK = 5_000


def fill(size: int) -> dict[str, float]:
    """Write events that no integrator has seen, with their keys and an alias for each account."""
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(connection.settings_dict["NAME"])) as raw:
            raw.execute("PRAGMA synchronous = OFF")
            raw.execute("BEGIN")
            _fill(log_of_size.into_sqlite(raw), size)
            raw.commit()
    else:
        connection.ensure_connection()
        with transaction.atomic(), connection.cursor() as cursor:
            named = "TRIGGER ev_audit_alias_named"  # names of keys come here without their events
            cursor.execute(f"ALTER TABLE audit_alias DISABLE {named}")
            _fill(log_of_size.into_postgresql(connection.connection), size)
            cursor.execute(f"ALTER TABLE audit_alias ENABLE ALWAYS {named}")
    return {}


def settle(_size: int) -> dict[str, float]:
    """Gather the planner's figures, as autovacuum would have done by then."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return {}


def _fill(write: log_of_size.Write, size: int) -> None:
    lanes = range(1, log_of_size.LANES + 1)
    write("audit_lane", [(lane, log_of_size.BEGIN_US, bytes(16), keys.MAC_KEY) for lane in lanes])
    lane_keys = {lane: entry.lane_key(keys.lane_secret(keys.MAC_KEY), lane) for lane in lanes}
    pairs = [log_of_size.data_key(number) for number in range(log_of_size.SUBJECTS + 1)]
    write("audit_key", [(kid, keyring.wrap(dek, kid), keyring.current(), "case", 2026, 0, None) for kid, dek in pairs])
    log_of_size.COLUMNS.setdefault("audit_alias", "field, epoch, token, kid")
    aliases = [(keys.SUBJECT, keys.subject_token(log_of_size.subject(n)), kid) for n, (kid, _) in enumerate(pairs)]
    field = keys.FIELDS["account_number"]
    aliases += [(field, keys.value_token("account_number", _account(n)), kid) for n, (kid, _) in enumerate(pairs)]
    write("audit_alias", [(field, keys.EPOCH, token, kid) for field, token, kid in aliases])
    rows = []
    for _seq, head, sealed in log_of_size.events(size, signed=lambda: 0):
        mac = entry.lane_mac(lane_keys[head.w], sealed.leaf)
        rows.append((head.event_id, sealed.header, sealed.ct, mac, head.kid, ACTS[head.act].number))
        if len(rows) == CHUNK:
            write("audit_event", rows)
            rows = []
    write("audit_event", rows)


def _account(number: int) -> str:
    return f"4090{number:06d}"


def integrate(_size: int) -> dict[str, float]:
    """Take everything into the tree, with the console's index, as the integrator's process does."""
    log.reset(fresh_operations=True)
    runner = integrator.Integrator()
    start = time.perf_counter()
    taken = 0
    while done := runner.integrate():
        taken += done
    spent = time.perf_counter() - start
    runner.sign()
    return {"events": taken, "seconds": spent}


def verify(_size: int) -> dict[str, float]:
    """Verify the database with every check."""
    start = time.perf_counter()
    result = auditing.verify_database()
    spent = time.perf_counter() - start
    if not result.ok:
        raise RuntimeError(f"the log of the benchmark does not verify: {result.kind} at {result.first_bad}")
    return {"events": result.leaves, "seconds": spent, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


def prove(size: int) -> dict[str, float]:
    """Inclusion proofs at random places, from the tiles of the database, with nothing kept in between."""
    origin = log.origin_id()
    dice = random.Random(log_of_size.SEED + 1)
    total = store.tree_size(origin)

    def once() -> None:
        index = dice.randrange(total)
        merkle.inclusion_proof(index, total, proofs.reader(origin))

    def text() -> None:
        proofs.tlog_proof(
            EventRef(entry.event_id(1 + dice.randrange(log_of_size.LANES), 1 + dice.randrange(size // 16)))
        )

    return {**_timed("proof", once), **_timed("note", text)}


def _timed(name: str, action: Callable[[], object], tries: int = TRIES) -> dict[str, float]:
    spent = []
    action()
    for _ in range(tries):
        start = time.perf_counter()
        action()
        spent.append(time.perf_counter() - start)
    cuts = quantiles(spent, n=100)
    return {f"{name}_p50": cuts[49], f"{name}_p95": cuts[94]}


def stored(size: int) -> dict[str, float]:
    """Bytes on disk for each event: tables of the log with their indexes."""
    tables = {
        "event": ("audit_event",),
        "tree": ("audit_leaf", "audit_tile", "audit_checkpoint", "audit_cursor"),
        "index": ("audit_index",),
    }
    return {name: sum(map(_bytes, found)) / size for name, found in tables.items()}


def _bytes(table: str) -> int:
    if connection.vendor == "postgresql":
        return int(store.rows("SELECT pg_total_relation_size(%s::regclass)", [table])[0][0])
    return int(
        store.rows(
            "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = %s)", [table]
        )[0][0]
    )


def find(_size: int) -> dict[str, float]:
    """An officer's search for an account number: its data keys, its newest events, how often it was reached for."""
    dice = random.Random(log_of_size.SEED + 2)

    def once() -> None:
        kids = tuple(keys.kids_of("account_number", _account(dice.randrange(1, log_of_size.SUBJECTS + 1))))
        search.accesses(kids)
        if len(timeline.page(timeline.Filters(kids=kids), limit=50).entries) < 1:
            raise RuntimeError("an account without events")

    return _timed("search", once, tries=100)


def main() -> None:
    """Run the step that was named."""
    steps: dict[str, Callable[[int], dict[str, Any]]] = {
        "fill": fill,
        "settle": settle,
        "integrate": integrate,
        "verify": verify,
        "prove": prove,
        "stored": stored,
        "find": find,
    }
    assert settings.LOG_ORIGIN == os.environ["LOG_ORIGIN"] == log_of_size.ORIGIN
    print(json.dumps(steps[sys.argv[1]](int(sys.argv[2]))), flush=True)


if __name__ == "__main__":
    main()
