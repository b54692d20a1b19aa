"""A table of evidence is altered, and its triggers are still there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models
from django.db.models import Q

from broker.db import evidence
from broker.vault.models import SealedFile
from tests import cluster
from tests.integration.test_db_evidence import a_row


def triggers() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def field(name: str, made: models.Field) -> models.Field:  # type: ignore[type-arg]
    made.set_attributes_from_name(name)
    made.model = SealedFile
    return made


def test_adding_altering_and_removing_columns_keeps_every_trigger(sqlite_db: str) -> None:
    before = triggers()
    row = a_row()
    note = field("note", models.CharField(max_length=5, default="x"))
    longer = field("note", models.TextField(default="x"))
    changes: list[Callable[[Any], object]] = [
        lambda editor: editor.add_field(SealedFile, note),
        lambda editor: editor.alter_field(SealedFile, note, longer),
        lambda editor: editor.remove_field(SealedFile, longer),
    ]
    for change in changes:
        with connection.schema_editor() as editor:
            change(editor)
        assert triggers() == before
        with pytest.raises(DatabaseError, match="only ever added"), connection.cursor() as cursor:
            cursor.execute("UPDATE vault_sealedfile SET size = 2")
    assert SealedFile.objects.get(id=row.id).size == 1
    assert evidence.differences(connection) == []


def add_constraint(patch: pytest.MonkeyPatch, made: models.BaseConstraint) -> None:
    """Remake the table with a further constraint, as a migration's new state would."""
    with patch.context() as only_here, connection.schema_editor() as editor:
        only_here.setattr(SealedFile._meta, "constraints", [made])
        editor.add_constraint(SealedFile, made)


def test_a_new_unique_key_is_guarded_after_the_next_installation(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_constraint(monkeypatch, models.UniqueConstraint(fields=["sha256"], name="once"))
    assert evidence.differences(connection) == ["trigger ev_vault_sealedfile_over was changed"]
    evidence.install(connection)
    assert '"sha256" = NEW."sha256"' in triggers()["ev_vault_sealedfile_over"]


def test_a_remake_that_fails_leaves_everything_as_it_was(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = triggers()
    a_row()
    with pytest.raises(DatabaseError):
        add_constraint(monkeypatch, models.CheckConstraint(condition=Q(size__gt=5), name="impossible"))
    assert triggers() == before
    assert SealedFile.objects.count() == 1


def test_what_a_stranger_was_granted_is_taken_back_by_the_next_migrate(postgresql_db: str, settings: Any) -> None:
    """Whatever the stranger's name: it is quoted."""
    database = str(connection.settings_dict["NAME"])
    stranger = f'Visitor {database} "x"'
    settings.MIGRATE_DATABASE_URL = cluster.url("broker_owner", database)
    with cluster.connect("postgres", database) as mighty:
        mighty.execute(cluster.quoted("CREATE ROLE {}", stranger))
        try:
            mighty.execute(cluster.quoted("GRANT EXECUTE ON FUNCTION open_key TO {}", stranger))
            mighty.execute(cluster.quoted("GRANT SELECT ON vault_key TO {}", stranger))
            found = evidence.differences(connection)
            assert [each for each in found if stranger in each and "open_key" in each]
            assert [each for each in found if stranger in each and "vault_key" in each]
            call_command("migrate", "--no-input", "--skip-checks", verbosity=0)
            assert evidence.differences(connection) == []
        finally:
            mighty.execute(cluster.quoted("DROP OWNED BY {}", stranger))
            mighty.execute(cluster.quoted("DROP ROLE {}", stranger))
