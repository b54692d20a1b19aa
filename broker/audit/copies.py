"""Reads the log out of a copy of its database: a SQLite file, or a dump of PostgreSQL, without a server."""

import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from broker.audit import checkpoint, reading
from broker.audit.readings import Log

type Value = int | str | bytes | None

# The columns that a verification reads. Whatever else a dump holds is passed over unread.
_COLUMNS = {
    "audit_origin": "id INTEGER PRIMARY KEY, name TEXT",
    "audit_lane": "id INTEGER PRIMARY KEY",
    "audit_event": "id INTEGER PRIMARY KEY, header BLOB, ct BLOB, kid BLOB, act INTEGER",
    "audit_index": "event_id INTEGER PRIMARY KEY, ts INTEGER, actor TEXT, app TEXT, act INTEGER, res TEXT, obj TEXT",
    "audit_leaf": "origin INTEGER, seq INTEGER, event_id INTEGER UNIQUE, PRIMARY KEY (origin, seq)",
    "audit_tile": "origin INTEGER, level INTEGER, idx INTEGER, data BLOB, PRIMARY KEY (origin, level, idx)",
    "audit_checkpoint": "origin INTEGER, size INTEGER, note TEXT, PRIMARY KEY (origin, size)",
    "audit_key": "kid BLOB PRIMARY KEY, shredded_event INTEGER",
    "audit_cursor": "origin INTEGER, lane INTEGER, n INTEGER, PRIMARY KEY (origin, lane)",
    "audit_anchor": "id INTEGER PRIMARY KEY, origin INTEGER, size INTEGER, kind TEXT",
}
_COPY = re.compile(r'COPY (?:"?\w+"?\.)?"?(audit_\w+)"? \(([^)]*)\) FROM stdin;\n?')
_SPECIAL = re.compile(r"\\(.)")
_MEANT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_CHUNK = 2_000
_CUSTOM = b"PGDMP"
_SQLITE = b"SQLite format 3\x00"
REMARK = "a copy: how old events without a place are, anchors, and what the signer signed last were not checked"


class Unreadable(ValueError):
    """Not a copy of a database with a log in it; the message says what is missing."""


@contextmanager
def opened(path: Path, keys: Sequence[checkpoint.Verifier], tick: Callable[[int], None]) -> Iterator[Log]:
    """Give the newest log of a copy, to be verified while this is open. Raises `Unreadable`, `OSError`.

    `keys`: verifier keys, those of other logs are left aside. A dump is read into a file of its own that is removed
    at the end; a SQLite file is read where it is (its `-wal` must have been merged: copy a closed database, or make
    the copy with `.backup`), and nothing is written beside it.
    """
    with path.open("rb") as file:
        begin = file.read(16)
    try:
        if begin == _SQLITE:
            with _log(path, keys, tick) as log:
                yield log
            return
        with tempfile.TemporaryDirectory(prefix="log-copy-") as folder:
            work = Path(folder) / "log.sqlite3"
            _load(work, _script(path) if begin.startswith(_CUSTOM) else _plain(path))
            with _log(work, keys, tick) as log:
                yield log
    except sqlite3.Error as error:
        raise Unreadable(f"not a database with a log: {error}") from None


@contextmanager
def _log(path: Path, keys: Sequence[checkpoint.Verifier], tick: Callable[[int], None]) -> Iterator[Log]:
    if path.with_name(path.name + "-wal").exists() and path.with_name(path.name + "-wal").stat().st_size:
        raise Unreadable("a file -wal stands beside it: copy a closed database")
    rows, close = reading.file_rows(path)
    try:
        origin = reading.newest_origin(rows, keys)
        if origin is None:
            raise Unreadable("there is no log in it")
        yield replace(reading.Tables(rows, origin).log(clock_us=None), remarks=(REMARK,), tick=tick)
    finally:
        close()


def _plain(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from file


def _script(path: Path) -> Iterator[str]:
    """A dump in PostgreSQL's own format, as its tool writes it out; no server takes part."""
    program = shutil.which("pg_restore")
    if program is None:
        raise Unreadable("a dump in the custom format needs pg_restore; or dump with --format=plain")
    argv = [program, "--data-only", "--file=-", str(path)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, encoding="utf-8", errors="strict") as running:  # noqa: S603
        assert running.stdout is not None
        yield from running.stdout
    if running.returncode:
        raise Unreadable("pg_restore could not read it (it must not be older than the pg_dump that made it)")


def _load(work: Path, lines: Iterator[str]) -> None:
    """Fill the tables from a dump's COPY blocks."""
    with closing(sqlite3.connect(work)) as made:
        made.execute("PRAGMA journal_mode = OFF")
        made.execute("PRAGMA synchronous = OFF")
        for table, columns in _COLUMNS.items():
            made.execute(f"CREATE TABLE {table} ({columns})")
        made.execute("CREATE INDEX audit_event_kid ON audit_event (kid)")
        seen = set()
        for line in lines:
            found = _COPY.fullmatch(line)
            if found is None:
                continue
            names = [name.strip().strip('"') for name in found[2].split(",")]
            if found[1] in _COLUMNS:
                seen.add(found[1])
                _load_table(made, found[1], names, lines)
        made.commit()
    missing = sorted(_COLUMNS.keys() - seen)
    if missing:
        raise Unreadable(f"no data of {', '.join(missing)} (dump with pg_dump --table='audit_*', without --inserts)")


def _load_table(made: sqlite3.Connection, table: str, names: Sequence[str], lines: Iterable[str]) -> None:
    wanted = [part.split()[0] for part in re.sub(r", PRIMARY KEY.*", "", _COLUMNS[table]).split(", ")]
    kinds = [part.split()[1] for part in re.sub(r", PRIMARY KEY.*", "", _COLUMNS[table]).split(", ")]
    if not set(wanted) <= set(names):
        raise Unreadable(f"{table} lacks columns")
    places = [names.index(name) for name in wanted]
    statement = f"INSERT INTO {table} ({', '.join(wanted)}) VALUES ({', '.join('?' * len(wanted))})"  # noqa: S608
    chunk: list[list[Value]] = []
    for line in lines:
        if line == "\\.\n":
            break
        fields = line[:-1].split("\t")
        if len(fields) != len(names):
            raise Unreadable(f"{table} has a row of another width")
        chunk.append([_value(fields[place], kind) for place, kind in zip(places, kinds, strict=True)])
        if len(chunk) == _CHUNK:
            made.executemany(statement, chunk)
            chunk.clear()
    else:
        raise Unreadable(f"it ends inside {table}")
    made.executemany(statement, chunk)


def _value(field: str, kind: str) -> Value:
    if field == "\\N":
        return None
    try:
        if kind == "INTEGER":
            return int(field)
        if kind == "BLOB":
            if not field.startswith("\\\\x"):
                raise ValueError
            return bytes.fromhex(field[3:])
    except ValueError:
        raise Unreadable("a value of another type") from None
    return _SPECIAL.sub(lambda found: _MEANT.get(found[1], found[1]), field)
