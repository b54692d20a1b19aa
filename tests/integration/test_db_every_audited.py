"""Every audited table, one by one, on PostgreSQL: no row comes, changes or goes without its own event.

Everything else that guards these tables (other triggers, checks, foreign keys, grants) is lifted first, so that what
refuses is the rule about the event and nothing beside it. The rows hold nothing but their key and their event.
"""

import re
from collections.abc import Callable
from itertools import product
from typing import Any, NamedTuple

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction

from broker.audit.models import Audited
from broker.db import evidence
from tests import cluster, factories

AUDITED = sorted(model._meta.db_table for model in apps.get_models() if issubclass(model, Audited))
NO_EVENT = 2**40
KEYS = {"uuid": "gen_random_uuid()", "bigint": "(random() * 1e15)::bigint", "integer": "(random() * 1e9)::int"}

CONSTRAINTS = "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('c', 'f', 'u')"
INDEXES = (
    "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass AND indisunique AND NOT indisprimary"
)
TRIGGERS = "SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
NEEDED = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attnotnull"
KEY = (
    "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_index i JOIN pg_attribute a "
    "ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey) WHERE i.indrelid = %s::regclass AND i.indisprimary"
)


class Table(NamedTuple):
    """An audited table and its key."""

    name: str
    key: str
    type: str

    def insert(self, event: int | None) -> tuple[str, list[Any]]:
        """Add a row."""
        columns = f'"{self.key}", audit_event_id'
        return f'INSERT INTO "{self.name}" ({columns}) VALUES ({KEYS[self.type]}, %s)', [event]

    def update(self, event: int | None) -> tuple[str, list[Any]]:
        """Change every row, and name this event."""
        return f'UPDATE "{self.name}" SET audit_event_id = %s', [event]

    def keep(self, _event: int | None) -> tuple[str, list[Any]]:
        """Change every row and leave the event that it names."""
        return f'UPDATE "{self.name}" SET "{self.key}" = "{self.key}"', []

    def delete(self, event: int | None) -> tuple[str, list[Any]]:
        """Delete every row, with the event where a deletion names it."""
        name = "NULL" if event is None else f"'{event}'"
        return (
            f"WITH said AS (SELECT set_config('audit.event', {name}, true)) DELETE FROM \"{self.name}\" USING said",
            [],
        )


Change = Callable[[Table, int | None], tuple[str, list[Any]]]
CHANGES: dict[str, Change] = {
    "insert": Table.insert, "update": Table.update, "same event": Table.keep, "delete": Table.delete,
}  # fmt: skip


@pytest.fixture
def bare(postgresql_db: str) -> list[Table]:
    """The audited tables with no guard but the one about events."""
    found = []
    with cluster.connect("postgres", name()) as superuser:
        for table in AUDITED:
            _lift(superuser, table)
        for table in AUDITED:
            found.append(_table(superuser, table))
            superuser.execute(f'GRANT ALL ON "{table}" TO broker_app')  # type: ignore[call-overload]
    return found


def name() -> str:
    return str(connection.settings_dict["NAME"])


def _lift(superuser: psycopg.Connection, table: str) -> None:
    run: Any = superuser.execute
    for constraint in _names(superuser, CONSTRAINTS, table):
        if "audit_event" not in constraint:
            run(f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}" CASCADE')
    for index in _names(superuser, INDEXES, table):
        run(f"DROP INDEX {index}")
    for trigger in _names(superuser, TRIGGERS, table):
        if trigger != f"ev_{table}_audited"[:63]:
            run(f'ALTER TABLE "{table}" DISABLE TRIGGER "{trigger}"')
    key = _key(superuser, table)[0]
    for column in _names(superuser, NEEDED, table):
        if column not in (key, "audit_event_id"):
            run(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" DROP NOT NULL')


def _names(superuser: psycopg.Connection, query: str, table: str) -> list[str]:
    return [found for (found,) in superuser.execute(query, [table]).fetchall()]  # type: ignore[call-overload]


def _key(superuser: psycopg.Connection, table: str) -> tuple[str, str]:
    ((key, kind),) = superuser.execute(KEY, [table]).fetchall()
    return key, kind


def _table(superuser: psycopg.Connection, table: str) -> Table:
    run: Any = superuser.execute
    key, kind = _key(superuser, table)
    run(f'ALTER TABLE "{table}" ALTER COLUMN "{key}" DROP IDENTITY IF EXISTS')
    return Table(table, key, kind)


def refused(other: psycopg.Connection, table: Table, change: Change, event: Callable[[], int | None]) -> bool:
    """Try a change as the application, in a transaction in which nothing is logged; say whether it failed.

    Which event it names is asked for once the transaction has begun.
    """
    try:
        with other.transaction():
            other.execute("SELECT 1")
            statement, values = change(table, event())
            other.execute(statement, values)  # type: ignore[call-overload]
    except psycopg.IntegrityError as error:
        return bool(re.search(r"without its event|audit_event_id", str(error)))
    return False


def test_the_list_of_the_database_is_the_list_of_the_models() -> None:
    assert sorted(evidence.AUDITED) == AUDITED
    assert len(AUDITED) > 25


def test_on_sqlite_every_audited_row_names_an_event_that_exists(sqlite_db: str) -> None:
    """It is less than PostgreSQL holds, and docs/completeness.md says so."""
    with connection.cursor() as cursor:
        for table in AUDITED:
            columns = {row[1]: row for row in cursor.execute(f'PRAGMA table_info("{table}")').fetchall()}
            assert columns["audit_event_id"][3] == 1, f"{table}: the event may be missing"
            leads = {row[3]: row[2] for row in cursor.execute(f'PRAGMA foreign_key_list("{table}")').fetchall()}
            assert leads["audit_event_id"] == "audit_event", table
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_no_row_of_an_audited_table_comes_changes_or_goes_without_its_own_event(bare: list[Table]) -> None:
    old, taken = factories.event().id, []
    wrong: dict[str, Callable[[], int | None]] = {
        "none": lambda: None,
        "no such event": lambda: NO_EVENT,
        "an older one": lambda: old,
        "another transaction's": lambda: factories.event().id,
    }
    with cluster.connect("broker_app", name()) as other:
        for table, (how, change) in product(bare, CHANGES.items()):
            if how == "insert":
                _with_its_event(table.insert)  # so that each other change meets a row
            tried = {what: refused(other, table, change, event) for what, event in wrong.items()}
            taken += [(table.name, how, what) for what, was_refused in tried.items() if not was_refused]
    assert taken == []
    assert [table.name for table in bare if _count(table) == 1] == AUDITED


def test_the_same_changes_with_their_own_event_are_made(bare: list[Table]) -> None:
    """So that what was refused above was refused for want of an event."""
    for table in bare:
        _with_its_event(table.insert)
        _with_its_event(table.update)
        assert _count(table) == 1
        _with_its_event(table.delete)
        assert _count(table) == 0


def _with_its_event(change: Callable[[int | None], tuple[str, list[Any]]]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        statement, values = change(factories.event().id)
        cursor.execute(statement, values)


def _count(table: Table) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{table.name}"')
        return int(cursor.fetchone()[0])
