"""The owner's login: for what the serving processes' roles may not do."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.conf import settings
from django.db import connections


@contextmanager
def logged_in(alias: str = "default") -> Iterator[None]:
    """Talk to the database as the role of MIGRATE_DATABASE_URL, where one is set; serving processes never do."""
    if not settings.MIGRATE_DATABASE_URL:
        yield
        return
    connection = connections[alias]
    before = dict(connection.settings_dict)
    owner = environ.Env.db_url_config(settings.MIGRATE_DATABASE_URL)
    connection.close()
    connection.settings_dict.update({key: owner[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)
