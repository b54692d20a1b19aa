"""Django's `migrate`, logged in as the owner of the tables."""

from typing import Any

import environ
from django.conf import settings
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections


class Command(DjangoMigrate):
    """Apply migrations as the role of MIGRATE_DATABASE_URL; the serving processes never hold that login."""

    def get_check_kwargs(self, options: dict[str, Any]) -> Any:
        """Leave the database checks out: a migration is also their repair."""
        return {**super().get_check_kwargs(options), "databases": []}

    def handle(self, *args: Any, **options: Any) -> None:
        """Change the login, migrate, change it back."""
        if not settings.MIGRATE_DATABASE_URL:
            super().handle(*args, **options)
            return
        connection = connections[options["database"]]
        before = dict(connection.settings_dict)
        owner = environ.Env.db_url_config(settings.MIGRATE_DATABASE_URL)
        connection.close()
        connection.settings_dict.update({key: owner[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
        try:
            super().handle(*args, **options)
        finally:
            connection.close()
            connection.settings_dict.update(before)
