"""Which letter this browser has shown that it holds: in the session, for half an hour; and which browser it is."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from consents.models import LetterOfAuthorization

KEY, BROWSER = "checked_letter", "checking_browser"
LIFE = timedelta(minutes=30)

View = Callable[..., HttpResponse]


def remember(request: HttpRequest, letter: LetterOfAuthorization) -> None:
    """Note that code and digits of this letter were right, and number the browser before it can press anything."""
    browser_of(request)
    request.session[KEY] = {"id": str(letter.id), "until": (timezone.now() + LIFE).isoformat()}


def letter_of(request: HttpRequest) -> LetterOfAuthorization | None:
    """Give the letter that is open in this browser; None after half an hour."""
    said: dict[str, Any] | None = request.session.get(KEY)
    if said is None or datetime.fromisoformat(said["until"]) <= timezone.now():
        return None
    rows = LetterOfAuthorization.objects.select_related("consent__recipient", "consent__customer")
    return rows.filter(id=said["id"]).first()


def browser_of(request: HttpRequest) -> uuid.UUID:
    """Give the number of this browser's session; drawn at random, and no key to the session."""
    return uuid.UUID(request.session.setdefault(BROWSER, str(uuid.uuid4())))


def with_letter(view: View) -> View:
    """Only who has shown the letter; everybody else is asked for code and digits."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        letter = letter_of(request)
        return view(request, letter, *args, **kwargs) if letter else redirect("verify")

    return guarded
