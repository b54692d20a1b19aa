"""Print who may do what to which table, from the one list."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from broker.db import catalogue, evidence, grants


class Command(BaseCommand):
    """The grants as statements; `migrate` is what makes them, and this looks whether they are there."""

    help = (
        "Print each role's rights on each table as GRANT statements, from the one list in broker/db/grants.py; "
        "`migrate` makes them. --check compares the list with the database instead, triggers and functions too: exit "
        "code 1 where something differs. PostgreSQL alone. Example: manage.py print_grants --check"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the option."""
        parser.add_argument("--check", action="store_true", help="compare with the database, and print no statement")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print, or compare."""
        if connection.vendor != "postgresql":
            raise CommandError("SQLite knows no roles: whoever can open the file can do everything to it.")
        if not options["check"]:
            self.stdout.write("\n".join(statements(catalogue.tables(connection))))
            return
        found = evidence.differences(connection)
        for each in found:
            self.stdout.write(each)
        if found:
            raise CommandError("The database is not as the list says: run migrate, and find out who changed it.")
        self.stdout.write("Every grant, trigger and function is as listed.")


def statements(tables: set[str]) -> list[str]:
    """Give one statement for each table and role, in the order of their names."""
    said = []
    for table in sorted(tables):
        wanted = grants.wanted(table, append_only=table in evidence.APPEND_ONLY)
        for role in grants.ROLES:
            whole = sorted(each.privilege for each in wanted if each.role == role and each.column is None)
            columns: dict[str, list[str]] = {}
            for each in wanted:
                if each.role == role and each.column is not None:
                    columns.setdefault(each.privilege, []).append(f'"{each.column}"')
            parts = [*whole, *(f"{verb} ({', '.join(sorted(names))})" for verb, names in sorted(columns.items()))]
            if parts:
                said.append(f'GRANT {", ".join(parts)} ON TABLE "{table}" TO {role};')
    return said
