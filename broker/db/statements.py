"""Statements that run over and over: written once, and kept by PostgreSQL with their plan (actions).

Django's own cursor rewrites a statement each time (SQLite) and never lets PostgreSQL keep its plan, which is a third of
the price of a short one. It is used where somebody watches the statements of this connection, and for a write of
SQLite's outside a transaction, which waits for its turn there.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

type Values = Sequence[Any]


def run(database: BaseDatabaseWrapper, statement: str, values: Values) -> int:
    """Run a statement with `%s` for each value, and give how many rows it wrote; raises `DatabaseError`."""
    with database.wrap_database_errors:
        return int(_run(database, statement, values, writes=True).rowcount)


def fetch(database: BaseDatabaseWrapper, statement: str, values: Values, *, writes: bool = False) -> list[Any]:
    """Run a statement with `%s` for each value, and give its rows; `writes` where it also changes some."""
    with database.wrap_database_errors:
        found: list[Any] = _run(database, statement, values, writes=writes).fetchall()
        return found


def _run(database: BaseDatabaseWrapper, statement: str, values: Values, *, writes: bool) -> Any:
    raw: Any = database.connection
    on_postgresql = database.vendor == "postgresql"
    lone = writes and not on_postgresql and not database.in_atomic_block
    if raw is None or lone or database.execute_wrappers or database.queries_logged:
        cursor = database.cursor()
        cursor.execute(statement, values)
        return cursor
    database.validate_no_broken_transaction()
    if not on_postgresql:
        return raw.execute(_with_marks(statement), values)
    from psycopg import RawCursor

    return RawCursor(raw).execute(_with_numbers(statement), values)


@lru_cache(maxsize=256)
def _with_marks(statement: str) -> str:
    return statement.replace("%s", "?").replace("%%", "%")


@lru_cache(maxsize=256)
def _with_numbers(statement: str) -> bytes:
    places = iter(range(1, statement.count("%s") + 1))
    return re.sub("%s|%%", lambda found: "%" if found[0] == "%%" else f"${next(places)}", statement).encode()
