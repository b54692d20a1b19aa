"""Sessions in the database; a database that is away as one is saved is said to be away, and nothing else."""

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import InterfaceError, OperationalError


class SessionStore(DatabaseStore):
    """Django's own. It makes of every error of the database a session that somebody deleted meanwhile."""

    def save(self, must_create: bool = False) -> None:
        """Save; raises `UpdateError` where the session is gone, and the database's own error where that is away."""
        try:
            super().save(must_create)
        except UpdateError as gone:
            if isinstance(gone.__context__, OperationalError | InterfaceError):
                raise gone.__context__ from None
            raise
