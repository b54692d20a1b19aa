"""Keys of applications: made once, shown once, kept as a hash (actions)."""

import hashlib
import secrets
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from broker.audit import log
from broker.db import installation
from broker.db.kept import Columns, Given, Kept
from broker.parties.models import Application, KeyUse, Organisation
from broker.parties.scopes import EVERY_OPERATION, EVERY_TYPE, ordered
from broker.terms import Actor

KEY_BYTES = 32
WRITTEN = r"obk_(?:live|test)_[A-Za-z0-9_-]{43}"  # how a key of ours is written: its mode, then these bytes
SHOWN = len("obk_test_") + 7  # how much of a key its row shows: enough to tell keys apart, useless to guess the rest
_APPLICATION, _ORGANISATION = Columns(Application), Columns(Organisation, "organisation__")
_heard: list[Callable[[Application], None]] = []
_noted: dict[uuid.UUID, date] = {}  # the newest day that this process knows to be noted, for each key


def _by_key() -> "QuerySet[Application, tuple[Any, ...]]":
    given = {name: Given(name, Application) for name in ("key_hash", "mode")}
    in_force = Application.objects.filter(
        **given, revoked_at=None, expires_at__gt=Given("now", Application, "expires_at")
    )
    return in_force.values_list(*_APPLICATION.names, *_ORGANISATION.names)


_BY_KEY = Kept(_by_key)  # the words of the question alone: a key that ended a moment ago opens nothing


class NotNow(Exception):
    """No key is made for this organisation now: one of its keys is suspended since nobody reviewed it."""


def when_made(hear: Callable[[Application], None]) -> None:
    """Have `hear` told of each new application, in the transaction that makes it; it may raise `NotNow`."""
    _heard.append(hear)


def create_application(
    organisation: Organisation,
    name: str,
    mode: str,
    *,
    expires_at: datetime,
    actor: Actor,
    now: datetime,
    operations: Sequence[str] = EVERY_OPERATION,
    data_types: Sequence[str] = EVERY_TYPE,
) -> tuple[Application, str]:
    """Make an application and its key; the key is returned here and can never be shown again.

    `operations`, `data_types`: what the key opens (`scopes`); raises `ValueError` for a name that is none,
    and `NotNow`.
    """
    opened, kinds = ordered(operations, data_types)
    key = f"obk_{Application.Mode(mode).value}_{secrets.token_urlsafe(KEY_BYTES)}"
    application = Application(
        id=uuid.uuid4(),
        organisation=organisation,
        name=name,
        mode=mode,
        key_prefix=key[:SHOWN],
        key_hash=_hash(key),
        operations=opened,
        data_types=kinds,
        created_at=now,
        expires_at=expires_at,
    )
    body = {
        "application": application.id,
        "organisation": organisation.id,
        "mode": mode,
        "expires_at": expires_at,
        "operations": opened,
        "data_types": kinds,
    }
    with transaction.atomic():
        ref = log.append("parties.created", actor=actor, subject=None, body=body, obj="application")
        application.audit_event_id = ref.id
        application.save(force_insert=True)
        for hear in _heard:
            hear(application)
    return application, key


def authenticate_key(key: str, now: datetime) -> Application | None:
    """Give the application of a key that is in force; a test key opens a rehearsal alone, a live key a live site."""
    # The key has 32 random bytes: a plain hash cannot be guessed from, and a look-up by it leaks nothing useful.
    wanted = Application.Mode.TEST if installation.mode() == "rehearsal" else Application.Mode.LIVE
    rows = _BY_KEY.ask(key_hash=_hash(key), mode=wanted.value, now=now)
    if not rows:
        return None
    width = len(_APPLICATION.names)
    application = _APPLICATION.row(rows[0][:width])
    application.organisation = _ORGANISATION.row(rows[0][width:])
    return application


def note_use(application: Application, now: datetime) -> None:
    """Note that a key was used on this day; a day is as fine as anybody needs it, so most calls write nothing."""
    day = now.astimezone(UTC).date()
    if _noted.get(application.id) == day:
        return
    if not KeyUse.objects.filter(application=application, day=day).exists():
        KeyUse.objects.bulk_create([KeyUse(application=application, day=day)], ignore_conflicts=True)
    if not transaction.get_connection().in_atomic_block:  # else it may be rolled back yet
        _noted[application.id] = day


def last_use(application: Application) -> date | None:
    """Give the newest day, in UTC, on which a key was used."""
    newest = KeyUse.objects.filter(application=application).order_by("-day").first()
    return newest.day if newest else None


def revoke_key(application: Application, *, actor: Actor, now: datetime) -> bool:
    """End a key from this commit on; False when it had ended already."""
    with transaction.atomic():
        ref = log.append(
            "auth.revoked", actor=actor, subject=None, body={"application": application.id}, obj="application"
        )
        ended = Application.objects.filter(id=application.id, revoked_at=None).update(
            revoked_at=now, audit_event_id=ref.id
        )
        if not ended:
            transaction.set_rollback(True)
    application.refresh_from_db()
    return bool(ended)


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
