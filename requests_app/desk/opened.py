"""Which desk's page is open in this browser: in the session, for an hour after its code."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from broker import publishing
from broker.utilities import UtilityProfile
from requests_app.desk.models import DeskCode

KEY, BROWSER = "desk_open", "desk_browser"
LIFE = timedelta(hours=1)

View = Callable[..., HttpResponse]


def browser_of(request: HttpRequest) -> uuid.UUID:
    """Give the number of this browser's session; drawn at random, and no key to the session."""
    return uuid.UUID(request.session.setdefault(BROWSER, str(uuid.uuid4())))


def remember(request: HttpRequest, code: DeskCode) -> None:
    """Note that a desk's code was right here."""
    request.session.cycle_key()
    request.session[KEY] = str(code.id)


def session_of(request: HttpRequest) -> str:
    """Give the id of the code that opened the page in this browser; empty where none did."""
    return str(request.session.get(KEY, ""))


def close(request: HttpRequest) -> None:
    """Close the page in this browser."""
    request.session.pop(KEY, None)


def desk_of(request: HttpRequest) -> UtilityProfile | None:
    """Give the utility whose desk is open in this browser; None after an hour."""
    said = request.session.get(KEY)
    row = DeskCode.objects.filter(id=said, used_at__gt=timezone.now() - LIFE).first() if said else None
    return publishing.working(row.utility) if row is not None else None


def with_desk(view: View) -> View:
    """Only a desk whose code was right; everybody else begins at the beginning."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        profile = desk_of(request)
        return view(request, profile, *args, **kwargs) if profile else redirect("desk")

    return in_english(guarded)


def in_english(view: View) -> View:
    """Billing desks of co-ops read English: their pages are in it whatever the browser prefers."""

    @wraps(view)
    def read(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override("en"):
            return view(request, *args, **kwargs)

    return read
