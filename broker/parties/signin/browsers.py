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
    """Say whether this person signs in in this browser for the first time in 180 days; it is known from now on.

    Inside a transaction. Each sign-in gives the browser another token: a cookie that was copied before is nobody's.
    """
    KnownBrowser.objects.filter(user=user, seen_at__lt=now - KEPT).delete()
    had, token = here(request), secrets.token_urlsafe(32)
    request.META[_GIVEN] = token
    given = token_hash(token)
    known = KnownBrowser.objects.filter(user=user, token_hash=had).update(token_hash=given, seen_at=now)
    # Whoever else signs in here has the same cookie, and stays known by the new one.
    KnownBrowser.objects.filter(token_hash=had).update(token_hash=given)
    if not known:
        KnownBrowser.objects.create(user=user, token_hash=given, first_at=now, seen_at=now)
    return not known


def here(request: HttpRequest) -> bytes:
    """Give by what this browser is known; empty where it brings no cookie."""
    token = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE_NAME)
    return token_hash(token) if token else b""


def forget(user: User, *, but: bytes = b"") -> None:
    """Know no browser of a person any more, or this one alone: after what she does against a thief, his is new."""
    KnownBrowser.objects.filter(user=user).exclude(token_hash=but).delete()


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
