"""An audited row cannot be written without its event: checked by PostgreSQL when the transaction ends."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection, transaction

from broker.parties.models import Organisation
from tests import factories


def test_a_row_with_its_event_is_written(committing: str) -> None:
    made = factories.organisation()
    with transaction.atomic():
        made.legal_name = "Example Energy Advice, Inc."
        made.audit_event_id = factories.event().id
        made.save()
    assert Organisation.objects.get().legal_name.endswith("Inc.")


def rename(found: Organisation) -> None:
    Organisation.objects.filter(id=found.id).update(legal_name="Other")


def rename_in_sql(_found: Organisation) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE parties_organisation SET legal_name = 'Other'")


def rename_beside_an_event(found: Organisation) -> None:
    with transaction.atomic():
        factories.event()
        rename(found)


def rename_in_a_savepoint(found: Organisation) -> None:
    with transaction.atomic(), transaction.atomic():
        rename(found)


def delete(found: Organisation) -> None:
    found.delete()


def copy(found: Organisation) -> None:
    found.pk, found.slug = None, "copy"
    found.save(force_insert=True)


@pytest.mark.parametrize("change", [rename, rename_in_sql, rename_beside_an_event, rename_in_a_savepoint, delete, copy])
def test_a_change_without_its_own_event_is_refused(postgresql_db: str, change: Callable[[Organisation], None]) -> None:
    made = factories.organisation("As it was")
    with pytest.raises(IntegrityError, match="without its event"):
        change(Organisation.objects.get(id=made.id))
    assert Organisation.objects.get().legal_name == "As it was"


def test_a_deletion_names_its_event_in_the_session(postgresql_db: str) -> None:
    made = factories.organisation()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.event', %s, true)", [str(factories.event().id)])
        made.delete()
    assert not Organisation.objects.exists()


def test_an_event_that_does_not_exist_is_refused_on_both_engines(committing: str) -> None:
    made = factories.organisation()
    made.audit_event_id = 2**40
    with pytest.raises(IntegrityError):
        made.save()
