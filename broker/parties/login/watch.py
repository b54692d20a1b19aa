"""Every sign-in try is an event, and every session that begins is noted."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from broker.audit import log
from broker.parties.login import tries
from broker.parties.models import User
from broker.parties.signin import alerts, browsers, sessions
from broker.parties.signin.models import Change
from broker.terms import UNKNOWN, Actor


def connect() -> None:
    """Listen to Django's and the lock-out's signals."""
    user_logged_in.connect(_signed_in, dispatch_uid="parties.login.ok")
    user_logged_out.connect(_signed_out, dispatch_uid="parties.login.out")
    user_login_failed.connect(_failed, dispatch_uid="parties.login.failed")
    user_locked_out.connect(tries.locked, dispatch_uid="parties.login.locked")


def _signed_in(user: User, request: HttpRequest, **_facts: Any) -> None:
    now = timezone.now()
    with transaction.atomic():
        row, new = sessions.began(request, user), browsers.is_new(request, user, now=now)
        body = {"factor": row.by, "browser": "new" if new else "known"}
        log.append("auth.login", actor=Actor("s", user.id, role=user.role), subject=None, body=body)
        if new:
            alerts.tell(user, Change.What.BROWSER, now=now, passkey=row.passkey)


def _signed_out(user: User | None, request: HttpRequest, **_facts: Any) -> None:
    if user is not None:
        with transaction.atomic():
            sessions.ended(request, user, now=timezone.now())
            log.append("auth.logout", actor=Actor("s", user.id, role=user.role), subject=None, body={})


def _failed(credentials: dict[str, Any], **_facts: Any) -> None:
    user = User.objects.filter(username=credentials.get("username") or "").first()
    body = {"user": str(user.id) if user else "unknown", "factor": "password"}
    log.append("auth.failed", actor=UNKNOWN, subject=None, body=body, res="denied")


def turned_away(request: HttpRequest, user: User) -> None:
    """Log that somebody who has signed in tried a page of another role; the answer does not say what is there."""
    match = request.resolver_match
    body = {"kind": "page", "page": match.url_name if match else None}
    actor = Actor("s", user.id, role=user.role)
    log.append("auth.foreign", actor=actor, subject=None, obj="page", body=body, res="denied")
