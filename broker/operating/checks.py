"""What `check --deploy` refuses of the way an installation is run."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connection


def database_chosen(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse SQLite where nobody chose it by name: without a DATABASE_URL an installation falls into it unawares."""
    if connection.vendor != "sqlite" or os.environ.get("DATABASE_URL", "").startswith("sqlite:"):
        return []
    hint = "Set DATABASE_URL to PostgreSQL 17, or to sqlite:////absolute/path if that is what you want."
    return [Error("This installation would run on SQLite, and nobody chose that.", hint=hint, id="operating.E001")]


SHORTEST_TOKEN = 32


def token_is_long(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse a token of watching programs that can be guessed."""
    if not settings.METRICS_TOKEN or len(settings.METRICS_TOKEN) >= SHORTEST_TOKEN:
        return []
    hint = "openssl rand -hex 24"
    return [Error(f"METRICS_TOKEN has fewer than {SHORTEST_TOKEN} characters.", hint=hint, id="operating.E002")]


REHEARSED = "broker.parties.rehearsal."


def nobody_rehearses(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse the sign-in of a rehearsal, which takes a word that was printed; parties.E001 asks the database itself."""
    if not any(each.startswith(REHEARSED) for each in settings.AUTHENTICATION_BACKENDS):
        return []
    hint = "Take it out of EXTRA_AUTHENTICATION_BACKENDS."
    return [Error("This deployment has the sign-in of a rehearsal.", hint=hint, id="operating.E003")]
