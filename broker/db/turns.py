"""One after the other: what several transactions would do at one moment without seeing each other (action)."""

from collections.abc import Iterable

from django.db import connection


def take(names: Iterable[bytes]) -> None:
    """Wait for the turn under each of these names and keep it until the caller's transaction ends.

    A name is a digest of at least 8 bytes; they are taken in one order, so that two never wait for each other.
    """
    if connection.vendor != "postgresql":  # SQLite has one writer at a time anyway
        return
    keys = sorted({int.from_bytes(each[:8], "big", signed=True) for each in names})
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key])
