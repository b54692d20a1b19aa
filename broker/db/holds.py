"""Legal holds as the lowest layers see them: by the token of a subject, so that whoever makes a key makes it held."""

from django.db.backends.utils import CursorWrapper

LOG, RECORDS = "log", "records"  # entries of the log; sealed fields, files and the rows around them
EVERYTHING = "everything"


def will_make_key(cursor: CursorWrapper, token: bytes) -> None:
    """Let nobody hold or name this subject's keys until this transaction ends; others may make keys too.

    SQLite has one writer anyway.
    """
    _lock(cursor, token, "pg_advisory_xact_lock_shared")


def will_change_keys(cursor: CursorWrapper, token: bytes) -> None:
    """Let nobody make, hold or name this subject's keys until this transaction ends."""
    _lock(cursor, token, "pg_advisory_xact_lock")


def _lock(cursor: CursorWrapper, token: bytes, function: str) -> None:
    if cursor.db.vendor == "postgresql":
        cursor.execute(f"SELECT {function}(%s)", [int.from_bytes(token, "big", signed=True)])


def applied(cursor: CursorWrapper, token: bytes, scope: str) -> int:
    """Count the holds on a subject's `log` or `records` that its keys show: a new key is born with as many."""
    cursor.execute(
        "SELECT count(*) FROM holds_legalhold WHERE token = %s AND state = 'held' AND scope IN (%s, %s)",
        [token, EVERYTHING, scope],
    )
    return int(cursor.fetchone()[0])
