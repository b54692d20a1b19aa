"""Who may touch keys on PostgreSQL: the keeper alone, and it reads nothing that it does not need."""

import pytest
from django.db import DatabaseError, transaction

from tests.integration.audit_support import logged_in_as
from tests.integration.holds_support import Records, hold, run


def test_only_the_keeper_touches_keys_and_it_reads_no_body(postgresql_db: str) -> None:
    Records()
    hold()
    with logged_in_as("broker_app"):
        for statement in (
            "UPDATE audit_key SET wrapped = NULL",
            "UPDATE vault_key SET hold = 0",
            "UPDATE holds_legalhold SET state = 'released'",
            "INSERT INTO holds_disposal SELECT * FROM holds_disposal",
            "DELETE FROM audit_alias",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                run(statement)
    with logged_in_as("broker_keeper"):
        for statement in (
            "SELECT ct FROM audit_event",
            "SELECT * FROM parties_customer",
            "UPDATE holds_legalhold SET scope = 'log'",
            "UPDATE approvals_approval SET params = '{}'",
            "INSERT INTO holds_legalhold SELECT * FROM holds_legalhold",
        ):
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                run(statement)
