"""Django's `migrate`, logged in as the owner of the tables."""

from typing import Any

from django.core.management.commands import migrate as of_django

from broker.db import migrating, owner

of_django.MigrationExecutor = migrating.Executor  # type: ignore[attr-defined]  # it is named nowhere else


class Command(of_django.Command):
    """Apply migrations as the role of MIGRATE_DATABASE_URL; the serving processes never hold that login."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Leave the database checks out: a migration is also their repair."""
        return {**super().get_check_kwargs(options), "databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        """Change the login, migrate, change it back."""
        with owner.logged_in(options["database"]):
            super().handle(*args, **options)
