"""Who calls the API: an application with its key in the `Authorization: Bearer` header, and nobody else."""

import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from broker.audit import log
from broker.limits.address import address_of
from broker.limits.counting import HOUR, Limit, ends, take
from broker.parties import scopes
from broker.parties.keys import WRITTEN, authenticate_key, note_use
from broker.parties.models import Application
from broker.terms import UNKNOWN, Actor

if TYPE_CHECKING:  # the framework's views load this module themselves
    from rest_framework.views import APIView

_TOLD = Limit("api.wrong_key.told", 1, HOUR)
_BEARER = re.compile(rf"Bearer ({WRITTEN})")


def key_in(header: str) -> str | None:
    """Give the key in an `Authorization` header, if it is written as ours are."""
    found = _BEARER.fullmatch(header)
    return found[1] if found else None


def wrong_keys() -> Limit:
    """Give how many wrong keys one address may send: enough for programs that go on with an old one, few to read."""
    return Limit("api.wrong_key", settings.API_WRONG_KEYS_PER_HOUR, HOUR)


class ApplicationUser:
    """An application in the place where a framework expects a user."""

    is_authenticated = True
    is_active = True

    def __init__(self, application: Application) -> None:
        self.application = application
        self.pk = application.id

    def __str__(self) -> str:
        return f"application {self.pk}"


class ApiKeyAuthentication(BaseAuthentication):
    """Reads the key of an application; a wrong one is an event."""

    def authenticate(self, request: Request) -> tuple[ApplicationUser, Application] | None:
        """Give the application; None without a key.

        Raises `AuthenticationFailed` for a key that opens nothing, `Throttled` after too many of those.
        """
        header = request.headers.get("Authorization")
        if not header:
            return None
        key = key_in(header)
        application = authenticate_key(key, timezone.now()) if key else None
        if application is None:
            self._failed(request, well_formed=bool(key), now=timezone.now())
            raise AuthenticationFailed
        note_use(application, timezone.now())
        return ApplicationUser(application), application

    def _failed(self, request: Request, *, well_formed: bool, now: datetime) -> None:
        """Write a wrong key down; raises `Throttled` where its address sent too many of them, which one entry says.

        Whoever tries keys by the thousand fills no log; a right key from the same address still opens.
        """
        address, body = address_of(request._request), {"well_formed": well_formed}
        if take(wrong_keys(), address, now=now):
            log.append("auth.key_failed", actor=UNKNOWN, subject=None, body=body, res="denied")
            return
        if take(_TOLD, address, now=now):
            log.append("auth.key_failed", actor=UNKNOWN, subject=None, body={**body, "limited": True}, res="denied")
        raise Throttled(wait=(ends(wrong_keys(), now) - now).total_seconds())

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Say how to sign in."""
        return 'Bearer realm="data requests"'


class OutsideKey(PermissionDenied):
    """The key is good, and does not open this operation."""

    def __init__(self, operation: str) -> None:
        super().__init__()
        self.operation = operation


class IsApplication(BasePermission):
    """Only applications, each as far as its key opens: a view names its operation (`scopes.OPERATIONS`)."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether an application calls; raises `OutsideKey`, with an entry, where its key is narrower."""
        application = request.auth
        if not isinstance(application, Application):
            return False
        operation = getattr(view, "operation", "")  # a view that names none is opened by no key
        if not scopes.opens(application, operation):
            actor = Actor("a", application.id, role="application")
            body = {"codes": ["key.scope"], "operation": operation}
            log.append("pull.refused", actor=actor, subject=None, body=body, res="denied")
            raise OutsideKey(operation)
        return True
