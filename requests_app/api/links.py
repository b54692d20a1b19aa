"""Links to files: good for five minutes, with the same key alone, and decided again when they are opened (actions)."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta

from django.db import transaction

from broker.audit import log
from broker.limits.counting import forget_also
from broker.parties.models import Application
from broker.terms import Refusal
from requests_app import release
from requests_app.api.models import FileLink
from requests_app.pull import actor_of

GOOD_FOR = timedelta(minutes=5)
TOKEN_BYTES = 32
LONGEST = 64


def make(
    application: Application, request_id: uuid.UUID, file_id: uuid.UUID, *, now: datetime
) -> tuple[str, datetime] | Refusal:
    """Give a token for one file and when it ends, if the file may be read at this moment; the token is shown once."""
    found = release.readable_file(application, request_id, file_id, now=now)
    if isinstance(found, Refusal):
        return found
    request, file = found
    token, expires_at = secrets.token_urlsafe(TOKEN_BYTES), now + GOOD_FOR
    with transaction.atomic():
        log.append(
            "data.link_made",
            actor=actor_of(application),
            subject=request.customer_id,
            purpose=request.purpose or None,
            obj="data",
            body={
                "request": request.id,
                "application": application.id,
                "organisation": request.organisation_id,
                "consent": request.consent_id,
                "file": file.id,
                "expires_at": expires_at,
            },
        )
        FileLink.objects.create(
            token_hash=_hash(token),
            application=application,
            request=request,
            file=file,
            made_at=now,
            expires_at=expires_at,
        )
    return token, expires_at


def fetch(application: Application, token: str, *, now: datetime) -> release.FileOut | Refusal:
    """Give the file of a link to the application that the link was made for; everything is checked again."""
    link = FileLink.objects.filter(token_hash=_hash(token)).first() if len(token) <= LONGEST else None
    if link is None or link.application_id != application.id:
        release.foreign(application, "link", link.id if link else uuid.UUID(int=0))
        return Refusal("not_found")
    if link.expires_at <= now:
        return Refusal("link.expired")
    return release.release_file(application, link.request_id, link.file_id, now=now)


def forget(now: datetime) -> int:
    """Delete links that are over since a day; give how many."""
    return FileLink.objects.filter(expires_at__lte=now - timedelta(days=1)).delete()[0]


def _hash(token: str) -> bytes:
    # The token has 32 random bytes: its plain hash cannot be guessed from.
    return hashlib.sha256(token.encode()).digest()


forget_also(forget)
