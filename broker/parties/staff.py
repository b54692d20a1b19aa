"""Making people who sign in (actions)."""

import secrets
import uuid
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction

from broker.audit import log
from broker.parties import full_names
from broker.parties.links import token_hash
from broker.parties.models import Enrolment, Role, User
from broker.terms import SERVICE, Actor

ENROLMENT_HOURS = 24


def create_user(
    username: str, full_name: str, role: Role, *, password: str | None, actor: Actor, **fields: object
) -> User:
    """Make a user; the password must be at least 15 characters when there is one.

    The full name is written in one way, for one full name is one person. Raises ValueError where the letters of one of
    our own people's are of two scripts that look alike.
    """
    if role != Role.ANALYST and full_names.is_mixed(full_name):
        raise ValueError("a full name in letters of two scripts that look alike")
    user = User(id=uuid.uuid4(), username=username, full_name=full_names.plain(full_name), role=role, **fields)
    if password is not None:
        validate_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        log.append("parties.created", actor=actor, subject=None, body={"user": str(user.id), "role": str(role)})
        user.save(force_insert=True)
    return user


CONSOLE = SERVICE("console")


def start_enrolment(
    username: str, full_name: str, role: Role, *, now: datetime, actor: Actor = CONSOLE, **fields: object
) -> str:
    """Make a person and give the token of the one-time link to the first passkey.

    `fields` are further columns, such as the organisation of an analyst.
    """
    token = secrets.token_urlsafe(32)
    user = create_user(username, full_name, role, password=None, actor=actor, **fields)
    _link(user, token, now)
    return token


def renew_enrolment(user: User, *, now: datetime, actor: Actor = CONSOLE) -> str:
    """Give the token of a fresh link for a person who lost the first, or every passkey; older links end."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        log.append("parties.changed", actor=actor, subject=None, body={"link_renewed": str(user.id)})
        Enrolment.objects.filter(user=user, used_at=None).update(used_at=now)
        _link(user, token, now)
    return token


def _link(user: User, token: str, now: datetime) -> None:
    expires_at = now + timedelta(hours=ENROLMENT_HOURS)
    Enrolment.objects.create(user=user, token_hash=token_hash(token), expires_at=expires_at)


def finish_enrolment(enrolment: Enrolment, password: str, *, now: datetime) -> bool:
    """Set a first password, of a rehearsal, through a one-time link; False when the link was used or is old."""
    user = enrolment.user
    validate_password(password, user)
    user.set_password(password)
    with transaction.atomic():
        used = Enrolment.objects.filter(id=enrolment.id, used_at=None, expires_at__gt=now).update(used_at=now)
        if used:
            log.append(
                "parties.changed",
                actor=Actor("s", user.id, role=user.role),
                subject=None,
                body={"enrolled": str(user.id)},
            )
            user.save(update_fields=["password"])
    return bool(used)
