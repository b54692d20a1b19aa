"""Logins of a rehearsal: random, printed on the console, valid in a rehearsal database alone."""

import os
import secrets
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.checks import CheckMessage, Error, Tags, register
from django.http import HttpRequest

from broker.db import installation
from broker.parties.models import User


class UnsafeRehearsalBackend(ModelBackend):
    """Accepts the rehearsal's printed passwords; the name says what it is."""

    def authenticate(
        self,
        request: HttpRequest | None,  # noqa: ARG002
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,  # noqa: ARG002
    ) -> User | None:
        """Give the user when this is a rehearsal and the printed password matches."""
        if installation.mode() != "rehearsal" or not username or not password:
            return None
        pairs = _printed()
        if username not in pairs or not secrets.compare_digest(pairs[username], password):
            return None
        return User.objects.filter(username=username, is_active=True).first()


def printed_names() -> frozenset[str]:
    """Give who signs in here by a printed password; nobody where this sign-in is not configured."""
    return frozenset(_printed()) if _NAME in settings.AUTHENTICATION_BACKENDS else frozenset()


def _printed() -> dict[str, str]:
    expected = os.environ.get("REHEARSAL_LOGINS", "")
    return dict(item.split(":", 1) for item in expected.split(",") if ":" in item)


_NAME = f"{UnsafeRehearsalBackend.__module__}.{UnsafeRehearsalBackend.__qualname__}"


@register(Tags.security, Tags.database)
def only_in_rehearsal(databases: Sequence[str] | None = None, **_facts: Any) -> list[CheckMessage]:
    """Refuse this backend in any database that is not a rehearsal."""
    if _NAME not in settings.AUTHENTICATION_BACKENDS or not databases:
        return []
    if installation.mode() == "rehearsal":
        return []
    return [Error("UnsafeRehearsalBackend is configured outside a rehearsal database.", id="parties.E001")]
