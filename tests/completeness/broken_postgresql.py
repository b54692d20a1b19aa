"""The same try without a log on PostgreSQL: every row of the database is looked at before and after, and put back."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
from django.db import connection

from tests import cluster
from tests.completeness.broken import DEMANDS, answered, no_log
from tests.completeness.declared_broken import JOBS, LEFT

Rows = dict[str, list[dict[str, Any]]]


def wrong(perform: Callable[[], object], *, as_ever: bool = False) -> list[str]:
    """Perform a request without a log on the PostgreSQL database in use; say what was wrong with what came of it.

    The rows are read and put back by the server's own user: the application may do neither everywhere.
    """
    with cluster.connect("postgres", str(connection.settings_dict["NAME"])) as admin:
        before = _rows(admin)
        with no_log() as tried:
            try:
                perform()
            except DEMANDS as error:
                tried.error = error
        after = _rows(admin)
        changed = [table for table in before if _held(table, before) != _held(table, after)]
        _put_back(admin, before, after)
    return [f"{table} changed" for table in changed] + ([] if as_ever else answered(tried))


def _rows(admin: psycopg.Connection) -> Rows:
    tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {
        table: [row for (row,) in admin.execute(cluster.quoted("SELECT to_jsonb(t) FROM {} t", table)).fetchall()]
        for (table,) in tables
    }


def _held(table: str, rows: Rows) -> list[str]:
    """Give what has to stay of a table, in one order."""
    if table in LEFT:
        return []
    found = [row for row in rows[table] if table != "jobs_job" or row["kind"] not in JOBS]
    return sorted(
        json.dumps({name: value for name, value in row.items() if f"{table}.{name}" not in LEFT}, sort_keys=True)
        for row in found
    )


def _put_back(admin: psycopg.Connection, before: Rows, after: Rows) -> None:
    admin.execute("SET session_replication_role = replica")  # no trigger and no reference stands in the way
    for table, rows in before.items():
        if rows != after[table]:
            admin.execute(cluster.quoted("DELETE FROM {}", table))
            put = cluster.quoted("INSERT INTO {} SELECT * FROM jsonb_populate_recordset(NULL::{}, %s)", table, table)
            admin.execute(put, [json.dumps(rows)])
