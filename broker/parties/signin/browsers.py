"""Browsers in which a person has signed in before, by a random cookie that says nothing else (actions)."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from broker.parties.links import token_hash
from broker.parties.models import User
from broker.parties.signin.models import KnownBrowser

KEPT = timedelta(days=180)
_GIVEN = "broker.known_browser"


def is_new(request: HttpRequest, user: User, *, now: datetime) -> bool:
    """Say whether this person signs in in this browser for the first time in 180 days; it is known from now on."""
    KnownBrowser.objects.filter(user=user, seen_at__lt=now - KEPT).delete()
    token = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME) or secrets.token_urlsafe(32)
    request.META[_GIVEN] = token
    _row, made = KnownBrowser.objects.update_or_create(
        user=user,
        token_hash=token_hash(token),
        defaults={"seen_at": now},
        create_defaults={"first_at": now, "seen_at": now},
    )
    return made


def keep(request: HttpRequest, response: HttpResponseBase) -> None:
    """Leave the cookie in a browser in which somebody has just signed in."""
    if _GIVEN in request.META:
        response.set_cookie(
            settings.KNOWN_BROWSER_COOKIE_NAME,
            request.META[_GIVEN],
            max_age=KEPT,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )
