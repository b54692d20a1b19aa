"""A backup: database, sealed files and the log's newest checkpoint, as they were in one moment; never a key."""

import hashlib
import sqlite3
import tarfile
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from broker.audit import checkpoint, log, merkle, reading, store
from broker.audit.encoding import b64
from broker.audit.reading import Rows
from broker.db import owner
from broker.operating import archive, lost, manifest, postgresql_tools
from broker.operating.archive import Progress
from broker.operating.manifest import LogState, Manifest, Part
from broker.terms import SERVICE, EventRef
from broker.vault import files, keyring

BACKUP = SERVICE("backup")
ROOT_CHECK = "backup/root-check"  # name of a secret, of which the manifest holds a hash
_STEP = 1_000

_DATABASE_BYTES = "SELECT pg_database_size(current_database())"
_FIRST = {"sqlite": "0" * 32, "postgresql": str(UUID(int=0))}


class CannotBackUp(Exception):
    """No archive was made; the message says why and what to do."""


@dataclass(frozen=True)
class Made:
    """An archive that is there, and the entry of the log that says so."""

    path: Path
    manifest: Manifest
    event: EventRef


def place_for(wanted: Path, now: datetime) -> Path:
    """Where an archive goes: into a folder that is there, under a name that holds the moment; else just here."""
    name = f"broker-{now.strftime('%Y%m%dT%H%M%SZ')}.backup"
    return wanted / name if wanted.is_dir() else wanted


def make(target: Path, *, now: datetime, progress: Progress) -> Made:
    """Make an archive at `target`, whole or not at all, with one entry of the log.

    The entry is written before the archive gets its name: without an entry there is none. It is an error where sealed
    files are lost (`manifest.lost`): the archive is made all the same, with what is left. Where the archive cannot get
    its name a second entry, an error, takes back what the first one said. `now` in UTC. Raises `CannotBackUp`,
    FileExistsError where something lies at the target, OSError, `log.LogUnavailable`.
    """
    engine = connection.vendor
    if engine == "postgresql" and not settings.MIGRATE_DATABASE_URL:
        raise CannotBackUp("set MIGRATE_DATABASE_URL: the application's own login may not read wrapped keys")
    if not target.parent.is_dir():
        raise CannotBackUp(f"there is no folder {target.parent}")
    with archive.unfinished(target) as folder:
        with _snapshot(folder, progress) as rows:
            state, note = _log_state(rows)
            progress("copying sealed files")
            sealed, count, gone = _files(folder, rows, progress)
            parts = (
                archive.measured(folder, manifest.DATABASE[engine]),
                sealed,
                archive.write_text(folder, manifest.CHECKPOINT, note),
                archive.write_text(folder, manifest.VKEY, _public_keys()),
            )
            facts = Manifest(
                made_at=now.isoformat(timespec="seconds"),
                version=version(),
                engine=engine,
                mode=str(next(iter(rows("SELECT mode FROM installation", [])), ("undeclared",))[0]),
                log=state,
                migrations=migrations(rows),
                files=count,
                without_bytes=len(gone),
                keys=_keys(rows),
                root_check=root_check(keyring.secret(ROOT_CHECK)),
                parts=parts,
                database_bytes=parts[0].size if engine == "sqlite" else int(rows(_DATABASE_BYTES, [])[0][0]),
            )
        found = replace(facts, lost=len(lost.among(gone)))
        said = archive.write_text(folder, manifest.NAME, manifest.write(found))
        archive.write_text(folder, manifest.SUMS, manifest.sums(said, parts))
        event = _entry(_facts(target, found), "error" if found.lost else "ok")
        try:
            archive.publish(folder, target)
        except Exception as wrong:
            with suppress(log.LogUnavailable):
                _entry({"name": target.name, "why": type(wrong).__name__}, "error")
            raise
    return Made(target, found, event)


def _entry(body: dict[str, object], res: str) -> EventRef:
    return log.append("admin.backup", actor=BACKUP, subject=None, obj="log", body=body, res=res)


def root_check(secret: bytes) -> str:
    """Give what a manifest says of the root secret, which nobody can compute back."""
    return hashlib.sha256(secret).hexdigest()


def migrations(rows: Rows) -> tuple[str, ...]:
    """Name the migrations that a database has gone through, `app.name` each."""
    return tuple(sorted(f"{app}.{name}" for app, name in rows("SELECT app, name FROM django_migrations", [])))


def version() -> str:
    """Give the version of this product."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


@contextmanager
def _snapshot(folder: Path, progress: Progress) -> Iterator[Rows]:
    """Copy the database as it is in one moment, and give how to query that same moment."""
    if connection.vendor == "sqlite":
        copy = folder / manifest.DATABASE["sqlite"]
        progress("copying the database")
        _copy_sqlite(copy)
        rows, close = reading.file_rows(copy)
        try:
            yield rows
        finally:
            close()
        return
    with owner.logged_in(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (moment,) = cursor.fetchone()
        progress("copying the database (pg_dump)")
        arguments = ["--format=custom", f"--snapshot={moment}", f"--file={folder / manifest.DATABASE['postgresql']}"]
        try:
            postgresql_tools.run("pg_dump", arguments, connection.settings_dict)
        except postgresql_tools.ToolFailed as failed:
            raise CannotBackUp(str(failed)) from None
        yield reading.database_rows


def _copy_sqlite(copy: Path) -> None:
    with archive.writing(copy):
        pass  # made with its rights before anything is in it
    with (
        closing(sqlite3.connect(str(connection.settings_dict["NAME"]), timeout=20)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        # In one step: others go on writing into the WAL meanwhile, and what is copied is one moment.
        source.backup(target)


def _log_state(rows: Rows) -> tuple[LogState, str]:
    origins = rows("SELECT id, name FROM audit_origin ORDER BY id DESC LIMIT 1", [])
    if not origins:
        raise CannotBackUp("this database holds no log: run migrate first")
    number, name = origins[0]
    events = int(rows("SELECT count(*) FROM audit_event", [])[0][0])
    newest = rows("SELECT note FROM audit_checkpoint WHERE origin = %s ORDER BY size DESC LIMIT 1", [number])
    if not newest:
        return LogState(name, 0, b64(merkle.EMPTY_ROOT), events), ""
    note = str(newest[0][0])
    signed = checkpoint.open_checkpoint(note, store.verifier_keys(name), origin=name)
    return LogState(name, signed.size, b64(signed.root), events), note


def _files(folder: Path, rows: Rows, progress: Progress) -> tuple[Part, int, list[UUID]]:
    """Copy each sealed file that the database knew in that moment; give the part, their number, and which are gone.

    Bytes lie in the storage before their row does, and go only after their key, or when what was made to be handed out
    for a time is over: so what is missing was deleted rightly, or is lost (`lost.among`).
    """
    count, gone = 0, list[UUID]()
    with archive.writing(folder / manifest.FILES) as file:
        hashed = archive.Hashed(file)
        with tarfile.open(
            fileobj=cast("BinaryIO", hashed),  # a stream of a tar is only written to
            mode="w|",
            format=tarfile.USTAR_FORMAT,
        ) as tar:
            for file_id in _file_ids(rows):
                name, data = files.as_it_lies(file_id)
                if data is None:
                    gone.append(file_id)
                    continue
                with data:
                    entry = tarfile.TarInfo(name)
                    entry.size, entry.mode = data.size, 0o600
                    tar.addfile(entry, data)
                count += 1
                if count % _STEP == 0:
                    progress(f"copying sealed files: {count:,}")
    return hashed.part(manifest.FILES), count, gone


def _file_ids(rows: Rows) -> Iterator[UUID]:
    at = _FIRST[connection.vendor]
    while found := rows("SELECT id FROM vault_sealedfile WHERE id > %s ORDER BY id LIMIT %s", [at, _STEP]):
        for (each,) in found:
            yield UUID(str(each))
        at = str(found[-1][0])


def _keys(rows: Rows) -> dict[str, tuple[str, str] | None]:
    """Each wrapping key that something in the database needs, with one data key to try it on."""
    needed = rows(
        "SELECT kek FROM audit_key WHERE wrapped IS NOT NULL UNION SELECT kek FROM vault_key WHERE wrapped IS NOT NULL",
        [],
    )
    found: dict[str, tuple[str, str] | None] = {}
    for (number,) in sorted(needed):
        shown = rows("SELECT kid, wrapped FROM audit_key WHERE kek = %s AND wrapped IS NOT NULL LIMIT 1", [number])
        found[str(number)] = (bytes(shown[0][0]).hex(), bytes(shown[0][1]).hex()) if shown else None
    return found


def _public_keys() -> str:
    return "".join(key.encode() + "\n" for each in store.origins() for key in store.verifier_keys(each.name))


def _facts(target: Path, found: Manifest) -> dict[str, object]:
    return {
        "name": target.name,
        "size": found.log.size,
        "root": found.log.root,
        "events": found.log.events,
        "bytes": sum(part.size for part in found.parts),
        "files": found.files,
        "without_bytes": found.without_bytes,
        "lost": found.lost,
        "database": found.database().sha256,
    }
