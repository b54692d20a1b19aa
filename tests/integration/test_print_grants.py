"""The command prints the one list and nothing else: what it prints is what migrate grants."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from broker.db import catalogue
from tests import cluster


def said(*arguments: str) -> str:
    out = StringIO()
    call_command("print_grants", *arguments, stdout=out)
    return out.getvalue()


def test_what_it_prints_is_what_migrate_grants(postgresql_db: str) -> None:
    granted = catalogue.granted(connection)
    assert len(granted) > 400
    statements = said().splitlines()
    assert len(statements) == len({(each.rpartition(" ON TABLE ")[2]) for each in statements})
    name = str(connection.settings_dict["NAME"])
    with cluster.connect("broker_owner", name) as owner, owner.transaction(force_rollback=True):
        for table in sorted(catalogue.tables(connection)):
            owner.execute(
                cluster.quoted(
                    "REVOKE ALL ON TABLE {} FROM {}, {}, {}, {}", table,
                    "broker_app", "broker_integrator", "broker_keeper", "broker_reader",
                )
            )  # fmt: skip
        for statement in statements:
            owner.execute(statement.encode())
        again = owner.execute(
            "SELECT count(*) FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.grantee <> c.relowner"
        ).fetchone()
        assert again == (sum(each.column is None for _, each in granted),)


def test_it_compares_the_list_with_the_database(postgresql_db: str) -> None:
    assert "is as listed" in said("--check")
    with cluster.connect("broker_owner", str(connection.settings_dict["NAME"])) as owner:
        owner.execute("GRANT DELETE ON requests_app_decision TO broker_app")
    with pytest.raises(CommandError, match="not as the list says"):
        said("--check")


def test_sqlite_has_no_roles(sqlite_db: str) -> None:
    with pytest.raises(CommandError, match="knows no roles"):
        said()
