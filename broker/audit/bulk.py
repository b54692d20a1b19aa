"""Many rows at once: COPY on PostgreSQL, one statement on SQLite; and rows read without a detour through text."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

_AT_ONCE = 1024  # rows of one statement on SQLite

type Value = int | str | None


def insert(table: str, columns: str, rows: Sequence[Sequence[Value]]) -> None:
    """Insert numbers and texts into a table of ours; the triggers and constraints look at every row as always.

    On SQLite a statement that a trigger may abort keeps a copy of each page that it touches: a statement for each row
    costs three times as much as one for many.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        fields = ", ".join(f"value ->> {place}" for place in range(len(rows[0])))
        statement = f"INSERT INTO {table} ({columns}) SELECT {fields} FROM json_each(%s)"  # noqa: S608  (constants)
        for at in range(0, len(rows), _AT_ONCE):
            cursor.execute(statement, [json.dumps(rows[at : at + _AT_ONCE])])


def read(statement: str, values: Sequence[int]) -> list[tuple[Any, ...]]:
    """Run a query that is asked often for many byte strings: prepared and in binary on PostgreSQL."""
    connection.ensure_connection()
    raw: Any = connection.connection
    if connection.vendor == "postgresql" and not connection.execute_wrappers:
        from psycopg import Cursor

        with connection.wrap_database_errors, Cursor(raw) as cursor:
            return list(cursor.execute(statement, values, binary=True).fetchall())
    with connection.cursor() as plain:
        plain.execute(statement, list(values))
        found = plain.fetchall()
    if connection.vendor == "sqlite":
        return list(found)
    return [tuple(bytes(each) if isinstance(each, memoryview) else each for each in row) for row in found]
