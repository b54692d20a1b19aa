"""Who sent a message, as far as that is known before any view ran."""

import uuid
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils import timezone

from broker.parties.api_auth import key_in
from broker.parties.keys import authenticate_key
from broker.parties.models import Application, User
from broker.terms import UNKNOWN, Actor


@dataclass(frozen=True)
class Sender:
    """Somebody who sent something: an actor of the log, and the program or person of a recipient behind it."""

    actor: Actor = UNKNOWN
    application: Application | None = None
    person: User | None = None

    @property
    def name(self) -> str:
        """Give the one name under which what this sender sends is counted."""
        if self.application is not None:
            return f"application:{self.application.id}"
        if self.person is not None:
            return f"person:{self.person.id}"
        return {"v": "service", "c": "customer"}.get(self.actor.kind, "unknown")

    @property
    def organisation(self) -> uuid.UUID | None:
        """Give the recipient that it belongs to."""
        if self.application is not None:
            return self.application.organisation_id
        return self.person.organisation_id if self.person is not None else None


def of_request(request: HttpRequest) -> Sender:
    """Give who sent a request: the owner of a key or of a staff session; customers and strangers are not told apart."""
    key = key_in(request.headers.get("Authorization", ""))
    if key is not None and (application := authenticate_key(key, timezone.now())) is not None:
        return Sender(Actor("a", application.id, role="application"), application=application)
    user = getattr(request, "user", None) or AnonymousUser()
    if isinstance(user, User):
        return Sender(Actor("s", user.id, role=user.role), person=user)
    return Sender()
