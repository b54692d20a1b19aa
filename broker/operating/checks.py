"""What `check --deploy` refuses of the way an installation is run."""

import os
from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import connection


def database_chosen(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse SQLite where nobody chose it by name: without a DATABASE_URL an installation falls into it unawares."""
    if connection.vendor != "sqlite" or os.environ.get("DATABASE_URL", "").startswith("sqlite:"):
        return []
    hint = "Set DATABASE_URL to PostgreSQL 17, or to sqlite:////absolute/path if that is what you want."
    return [Error("This installation would run on SQLite, and nobody chose that.", hint=hint, id="operating.E001")]
