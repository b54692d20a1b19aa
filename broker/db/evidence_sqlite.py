# ruff: noqa: S608  (the statements are put together from the database's own catalogue and the list)
"""The evidence rules on SQLite: triggers, because it has neither roles nor grants."""

import re

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from broker.db import (
    evidence,
    evidence_approvals,
    evidence_asking,
    evidence_audit,
    evidence_bars,
    evidence_brought,
    evidence_complaints,
    evidence_completeness,
    evidence_consents,
    evidence_desk,
    evidence_differences,
    evidence_duties,
    evidence_fees,
    evidence_glass,
    evidence_held_files,
    evidence_holds,
    evidence_hooks,
    evidence_identity,
    evidence_incidents,
    evidence_joint,
    evidence_ladder,
    evidence_modes,
    evidence_one_value,
    evidence_outside,
    evidence_packs,
    evidence_paper,
    evidence_publishing,
    evidence_purposes,
    evidence_requests,
    evidence_rights,
    evidence_stopping,
    evidence_vault_key,
    evidence_waits,
)

_NAMED = re.compile(r'CREATE TRIGGER "?(\w+)"? .*? ON "?(\w+)"? ', re.DOTALL)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make every missing or different trigger; drop those of the list's prefix that it does not know."""
    wanted, found = _wanted(connection), _found(connection)
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for name in found:
            if name.startswith("ev_") and wanted.get(name) != found[name]:
                cursor.execute(f'DROP TRIGGER "{name}"')
        for name, (_, sql) in wanted.items():
            if found.get(name) != wanted[name]:
                cursor.execute(sql)


def differences(connection: BaseDatabaseWrapper) -> list[str]:
    """Name each trigger that is missing, different or not ours on a table of the list."""
    wanted, found = _wanted(connection), _found(connection)
    tables = {table for table, _ in wanted.values()}
    missing = [f"trigger {name} on {wanted[name][0]} is missing" for name in wanted if name not in found]
    changed = [f"trigger {name} was changed" for name in wanted if name in found and found[name] != wanted[name]]
    foreign = [
        f"trigger {name} on {table} is not ours"
        for name, (table, _) in found.items()
        if name not in wanted and (table in tables or name.startswith("ev_"))
    ]
    return missing + changed + foreign


def unbound(connection: BaseDatabaseWrapper) -> list[str]:  # noqa: ARG001 - as PostgreSQL's
    """SQLite has no logins: whoever may write the file may do everything (`manage.py check --deploy` says so)."""
    return []


def _found(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: (table, sql) for name, table, sql in cursor.fetchall()}


def _wanted(connection: BaseDatabaseWrapper) -> dict[str, tuple[str, str]]:
    """Give name -> (table, CREATE statement) for the tables that exist."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {name for (name,) in cursor.fetchall()}
    statements = [
        *evidence_audit.SQLITE,
        *evidence_consents.SQLITE,
        *evidence_approvals.SQLITE,
        *evidence_complaints.SQLITE,
        *evidence_completeness.SQLITE,
        *evidence_packs.SQLITE,
        *evidence_paper.SQLITE,
        *evidence_requests.SQLITE,
        *evidence_stopping.SQLITE,
        *evidence_asking.SQLITE,
        *evidence_modes.SQLITE,
        *evidence_vault_key.SQLITE,
        *evidence_held_files.SQLITE,
        *evidence_fees.SQLITE,
        *evidence_holds.SQLITE,
        *evidence_joint.SQLITE,
        *evidence_publishing.SQLITE,
        *evidence_purposes.SQLITE,
        *evidence_ladder.SQLITE,
        *evidence_identity.SQLITE,
        *evidence_desk.SQLITE,
        *evidence_one_value.SQLITE,
        *evidence_differences.SQLITE,
        *evidence_brought.SQLITE,
        *evidence_hooks.SQLITE,
        *evidence_duties.SQLITE,
        *evidence_bars.SQLITE,
        *evidence_glass.SQLITE,
        *evidence_incidents.SQLITE,
        *evidence_rights.SQLITE,
        *evidence_waits.SQLITE,
        *evidence_outside.SQLITE,
    ]
    for table in evidence.APPEND_ONLY:
        if table in tables:
            statements += _append_only(connection, table)
    wanted = {}
    for sql in statements:
        named = _NAMED.match(sql)
        if named is None:
            raise ValueError(f"not a trigger: {sql[:60]}")
        if named[2] in tables:
            wanted[named[1]] = (named[2], sql)
    return wanted


def _append_only(connection: BaseDatabaseWrapper, table: str) -> list[str]:
    text = f"evidence: rows of {table} are only ever added"
    refusal = f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    same = " OR ".join(
        "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in key) + ")" for key in _keys(connection, table)
    )
    return [
        f'CREATE TRIGGER "ev_{table}_update" BEFORE UPDATE ON "{table}" {refusal}',
        f'CREATE TRIGGER "ev_{table}_delete" BEFORE DELETE ON "{table}" {refusal}',
        # REPLACE deletes the old row without a DELETE trigger on any connection that lacks recursive_triggers.
        f'CREATE TRIGGER "ev_{table}_over" BEFORE INSERT ON "{table}" '
        f'WHEN EXISTS (SELECT 1 FROM "{table}" WHERE {same}) {refusal}',
    ]


def _keys(connection: BaseDatabaseWrapper, table: str) -> list[tuple[str, ...]]:
    """Give the primary key and every unique key, in an order that does not depend on how they were made."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, pk FROM pragma_table_info(%s) WHERE pk > 0 ORDER BY pk", [table])
        keys = {tuple(name for name, _ in cursor.fetchall())}
        cursor.execute('SELECT name FROM pragma_index_list(%s) WHERE "unique" = 1 AND partial = 0', [table])
        for (index,) in cursor.fetchall():
            cursor.execute("SELECT name FROM pragma_index_info(%s) ORDER BY seqno", [index])
            keys.add(tuple(name for (name,) in cursor.fetchall()))
    return sorted(key for key in keys if key and None not in key)
