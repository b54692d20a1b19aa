"""A sealed column: a mask until it is opened under an event, and only in its own row."""

from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction

from broker import vault
from broker.parties.models import Customer, UtilityAccount
from tests import factories
from tests.integration.audit_support import tamper


def test_a_loaded_value_knows_its_place_and_opens_there(committing: str) -> None:
    made = factories.account(factories.customer())
    found = UtilityAccount.objects.get(id=made.id)
    event = factories.read_event(found.customer_id, obj="account")
    assert vault.open_all([found.number, found.name_as_billed], under=event) == ["100200300", "Jane Q. Member"]


def test_a_deferred_value_opens_too(committing: str) -> None:
    made = factories.customer()
    found = Customer.objects.defer("email").get(id=made.id)
    assert vault.open(found.email, under=factories.read_event(made.id)) == "jane@customer.example"


def test_nothing_shows_it_without_opening(committing: str) -> None:
    made = factories.customer()
    found = Customer.objects.get(id=made.id)
    shown = f"{found.email} {found.email!r} {found.__dict__} {serializers.serialize('json', [found])}"
    assert "jane" not in shown
    assert found.email.data.hex() not in shown


def test_values_from_rows_open_in_the_place_they_are_given(committing: str) -> None:
    made = factories.customer()
    (value,) = Customer.objects.values_list("email", flat=True)
    with pytest.raises(vault.MovedValue):
        vault.open(value, under=factories.read_event(made.id))
    there = value.at(vault.Place("parties_customer", "email", made.id))
    assert vault.open(there, under=factories.read_event(made.id)) == "jane@customer.example"


def test_a_cell_that_was_swapped_in_the_database_does_not_open(sqlite_db: str) -> None:
    made = factories.account(factories.customer())
    swapped = "UPDATE parties_utilityaccount SET name_as_billed = number"
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(swapped)
    tamper(swapped)
    found = UtilityAccount.objects.get(id=made.id)
    with pytest.raises(vault.MovedValue):
        vault.open(found.name_as_billed, under=factories.read_event(found.customer_id, obj="account"))


def test_a_value_of_another_place_is_not_saved(committing: str) -> None:
    made = factories.account(factories.customer())
    found = UtilityAccount.objects.get(id=made.id)
    found.name_as_billed = found.number
    with pytest.raises(vault.MovedValue):
        found.save()


@pytest.mark.parametrize("value", ["jane@customer.example", b"jane"])
def test_clear_text_is_not_saved(committing: str, value: Any) -> None:
    made = factories.customer()
    made.email = value
    with pytest.raises(TypeError, match="Sealed"):
        made.save()


def test_a_sealed_column_is_not_searched(committing: str) -> None:
    value = factories.customer().email
    assert not Customer.objects.filter(email__isnull=True).exists()
    for lookup in ("email", "email__contains", "email__in"):
        with pytest.raises((FieldError, TypeError)):
            Customer.objects.filter(**{lookup: value}).exists()
