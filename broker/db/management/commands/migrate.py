"""Django's `migrate`, logged in as the owner of the tables."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate

from broker.db import owner


class Command(DjangoMigrate):
    """Apply migrations as the role of MIGRATE_DATABASE_URL; the serving processes never hold that login."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Leave the database checks out: a migration is also their repair."""
        return {**super().get_check_kwargs(options), "databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        """Change the login, migrate, change it back."""
        with owner.logged_in(options["database"]):
            super().handle(*args, **options)
