"""Evidence only grows, and the database is compared with the list."""

import sqlite3
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from broker.db import evidence
from broker.vault.models import SealedFile
from tests import cluster


def a_row() -> SealedFile:
    return SealedFile.objects.create(
        subject=uuid.uuid4(), vault_key=uuid.uuid4(), size=1, sha256=bytes(32), created_at=timezone.now()
    )


def run(statement: str, params: list[Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)


def as_owner(*statements: str, role: str = "broker_owner") -> None:
    """Run statements on the test's database as somebody stronger than the application."""
    if connection.vendor == "sqlite":
        for statement in statements:
            run(statement)
        return
    with cluster.connect(role, connection.settings_dict["NAME"]) as other:
        for statement in statements:
            other.execute(statement)


def test_a_fresh_database_is_as_listed(committing: str) -> None:
    assert evidence.differences(connection) == []
    evidence.assert_intact()


def test_every_table_of_the_lists_exists_and_every_model_is_on_its_list() -> None:
    from django.apps import apps

    from broker.audit.models import Audited

    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    audited = {model._meta.db_table for model in models if issubclass(model, Audited)}
    tables = {model._meta.db_table for model in models} | {"vault_key"}
    assert audited <= set(evidence.AUDITED)
    if apps.is_installed("requests_app"):
        assert audited == set(evidence.AUDITED)
        assert set(evidence.APPEND_ONLY) <= tables


@pytest.mark.parametrize(
    "change",
    [
        lambda row: SealedFile.objects.filter(id=row.id).update(size=2),
        lambda row: row.delete(),
        lambda row: row.save(),
        lambda row: SealedFile.objects.all().delete(),
    ],
    ids=["update", "delete", "save again", "delete all"],
)
def test_a_row_of_evidence_stays_as_it_was(committing: str, change: Callable[[SealedFile], object]) -> None:
    row = a_row()
    with pytest.raises(DatabaseError):
        change(SealedFile.objects.get(id=row.id))
    assert SealedFile.objects.get(id=row.id).size == 1


def test_replace_is_refused_even_on_a_connection_without_our_settings(sqlite_db: str) -> None:
    row = a_row()
    replace = (
        "INSERT OR REPLACE INTO vault_sealedfile (id, subject, vault_key, size, sha256, created_at) "
        "SELECT id, subject, vault_key, 2, sha256, created_at FROM vault_sealedfile"
    )
    with pytest.raises(DatabaseError):
        run(replace)
    stranger = sqlite3.connect(connection.settings_dict["NAME"])
    with pytest.raises(sqlite3.IntegrityError):
        stranger.execute(replace)
    stranger.close()
    assert SealedFile.objects.get(id=row.id).size == 1


STATEMENTS = (
    "UPDATE vault_sealedfile SET size = 2",
    "DELETE FROM vault_sealedfile",
    "TRUNCATE vault_sealedfile",
    "INSERT INTO vault_sealedfile SELECT * FROM vault_sealedfile ON CONFLICT (id) DO UPDATE SET size = 2",
)


@pytest.mark.promise("log-unchanged-unseen")
@pytest.mark.parametrize("statement", STATEMENTS)
def test_on_postgresql_nobody_may_change_evidence(postgresql_db: str, statement: str) -> None:
    a_row()
    name = connection.settings_dict["NAME"]
    with pytest.raises(DatabaseError):
        run(statement)
    with cluster.connect("broker_owner", name) as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(statement)
    with cluster.connect("postgres", name) as superuser:
        superuser.execute("SET session_replication_role = replica")
        with pytest.raises(psycopg.errors.RestrictViolation):
            superuser.execute(statement)
    assert SealedFile.objects.get().size == 1


def test_the_application_has_no_grant_that_could_change_evidence(postgresql_db: str) -> None:
    with connection.cursor() as cursor:
        for table in ("vault_sealedfile", "vault_key", "installation", "audit_event", "audit_leaf"):
            for privilege in ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER"):
                cursor.execute("SELECT has_table_privilege(%s, %s)", [table, privilege])
                assert cursor.fetchone() == (False,), (table, privilege)


def test_the_application_cannot_alter_anything(postgresql_db: str) -> None:
    for statement in (
        "DROP TRIGGER ev_vault_sealedfile_stays ON vault_sealedfile",
        "ALTER TABLE vault_sealedfile DISABLE TRIGGER ALL",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE audit_event (id bigint)",
        "GRANT ALL ON vault_sealedfile TO broker_app",
        "CREATE OR REPLACE FUNCTION ev_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "SET ROLE broker_owner",
    ):
        if statement.startswith("GRANT"):
            run(statement)  # PostgreSQL answers with a warning and grants nothing
            continue
        with pytest.raises(DatabaseError):
            run(statement)
    assert evidence.differences(connection) == []


TAMPERING_SQLITE = {
    "dropped": ("DROP TRIGGER ev_vault_sealedfile_update", "ev_vault_sealedfile_update on vault_sealedfile is missing"),
    "audit dropped": ("DROP TRIGGER ev_audit_event_delete", "ev_audit_event_delete on audit_event is missing"),
    "foreign": (
        "CREATE TRIGGER quiet BEFORE INSERT ON vault_key BEGIN SELECT 1; END",
        "trigger quiet on vault_key is not ours",
    ),
}


@pytest.mark.parametrize("case", TAMPERING_SQLITE)
def test_on_sqlite_tampering_is_named_and_mended(sqlite_db: str, case: str) -> None:
    statement, said = TAMPERING_SQLITE[case]
    run(statement)
    with pytest.raises(evidence.EvidenceTampered, match=said):
        evidence.assert_intact()
    evidence.install(connection)
    assert evidence.differences(connection) == ([f"{said}"] if case == "foreign" else [])


def test_a_trigger_that_was_hollowed_out_is_noticed(sqlite_db: str) -> None:
    run("DROP TRIGGER ev_vault_sealedfile_update")
    run("CREATE TRIGGER ev_vault_sealedfile_update BEFORE UPDATE ON vault_sealedfile BEGIN SELECT 1; END")
    assert evidence.differences(connection) == ["trigger ev_vault_sealedfile_update was changed"]
    evidence.install(connection)
    assert evidence.differences(connection) == []


TAMPERING_POSTGRESQL = {
    "dropped": ("DROP TRIGGER ev_vault_sealedfile_stays ON vault_sealedfile", "is missing"),
    "switched off": ("ALTER TABLE vault_sealedfile DISABLE TRIGGER ev_vault_sealedfile_stays", "switched off"),
    "only at home": ("ALTER TABLE audit_event ENABLE TRIGGER ev_audit_event_stays", "switched off"),
    "foreign": (
        "CREATE TRIGGER quiet BEFORE INSERT ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION ev_refuse()",
        "trigger quiet on audit_event is not ours",
    ),
    "rule": ("CREATE RULE quiet AS ON DELETE TO vault_key DO INSTEAD NOTHING", "rule quiet on vault_key is not ours"),
    "hollow function": (
        "CREATE OR REPLACE FUNCTION ev_refuse() RETURNS trigger LANGUAGE plpgsql "
        "SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END'",
        "function ev_refuse was changed",
    ),
    "public function": ("GRANT EXECUTE ON FUNCTION open_key TO PUBLIC", "open_key: PUBLIC"),
    "table grant": ("GRANT UPDATE ON audit_event TO broker_app", "broker_app may UPDATE every column of audit_event"),
    "column grant": ("GRANT SELECT (wrapped) ON vault_key TO broker_app", "broker_app may SELECT wrapped of vault_key"),
    "for everybody": ("GRANT SELECT ON vault_key TO PUBLIC", "PUBLIC may SELECT every column of vault_key"),
    "taken away": ("REVOKE INSERT ON audit_alias FROM broker_app", "broker_app may not INSERT"),
    "forged stamp": (
        "ALTER TABLE audit_event ALTER at SET DEFAULT 'infinity'",
        "default of audit_event.at was changed",
    ),
    "shadow": ("GRANT CREATE ON SCHEMA public TO broker_app", "broker_app can make tables that hide ours"),
    "given away": ("ALTER TABLE jobs_job OWNER TO broker_reader", "broker_reader can act as the owner"),
}


@pytest.mark.parametrize("case", TAMPERING_POSTGRESQL)
def test_on_postgresql_tampering_is_named(postgresql_db: str, case: str) -> None:
    statement, said = TAMPERING_POSTGRESQL[case]
    as_owner(statement, role="postgres")
    with pytest.raises(evidence.EvidenceTampered, match=said):
        evidence.assert_intact()


@pytest.mark.parametrize(
    "case", ["dropped", "switched off", "hollow function", "public function", "for everybody", "shadow"]
)
def test_on_postgresql_the_next_migration_mends_it(postgresql_db: str, case: str) -> None:
    as_owner(TAMPERING_POSTGRESQL[case][0], role="postgres")
    config = dict(connection.settings_dict)
    owner = {"USER": "broker_owner", "PASSWORD": cluster.facts()["passwords"]["broker_owner"]}
    connections.close_all()
    connection.settings_dict.update(owner)
    try:
        evidence.install(connection)
    finally:
        connections.close_all()
        connection.settings_dict.update(config)
    assert evidence.differences(connection) == []


def test_the_check_reports_it_only_when_the_database_is_asked(sqlite_db: str) -> None:
    run("DROP TRIGGER ev_vault_sealedfile_update")
    assert [each.id for each in evidence.check(databases=["default"])] == ["db.E001"]
    assert evidence.check(databases=[]) == evidence.check(databases=None) == []
