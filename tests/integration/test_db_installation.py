"""A database says once, for ever, whether it is a rehearsal."""

import pytest
from django.db import DatabaseError, IntegrityError

from broker.db import installation
from broker.db.models import Installation


@pytest.mark.undeclared
def test_nothing_is_assumed_before_it_is_said(committing: str) -> None:
    with pytest.raises(installation.NotDeclared):
        installation.mode()


@pytest.mark.promise("rehearsal-only")
@pytest.mark.undeclared
def test_a_live_database_stays_live(committing: str) -> None:
    installation.declare("live")
    installation.declare("live")
    assert installation.mode() == "live"
    with pytest.raises(installation.AlreadyDeclared):
        installation.declare("rehearsal")


def test_tests_run_in_a_rehearsal_whose_row_cannot_change(committing: str) -> None:
    assert installation.mode() == "rehearsal"
    with pytest.raises(DatabaseError):
        Installation.objects.update(mode="live")
    with pytest.raises(DatabaseError):
        Installation.objects.all().delete()
    assert installation.mode() == "rehearsal"


@pytest.mark.parametrize("row", [{"id": 2, "mode": "live"}, {"id": 1, "mode": "demo"}])
@pytest.mark.undeclared
def test_there_is_one_row_of_two_kinds(committing: str, row: dict[str, object]) -> None:
    from django.utils import timezone

    with pytest.raises(IntegrityError):
        Installation.objects.create(**row, declared_at=timezone.now())
