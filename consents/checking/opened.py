"""Which letter this browser has shown that it holds: in the session, for half an hour."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from consents.models import LetterOfAuthorization

KEY = "checked_letter"
LIFE = timedelta(minutes=30)

View = Callable[..., HttpResponse]


def remember(request: HttpRequest, letter: LetterOfAuthorization) -> None:
    """Note that code and digits of this letter were right."""
    request.session[KEY] = {"id": str(letter.id), "until": (timezone.now() + LIFE).isoformat()}


def letter_of(request: HttpRequest) -> LetterOfAuthorization | None:
    """Give the letter that is open in this browser; None after half an hour."""
    said: dict[str, Any] | None = request.session.get(KEY)
    if said is None or datetime.fromisoformat(said["until"]) <= timezone.now():
        return None
    rows = LetterOfAuthorization.objects.select_related("consent__recipient", "consent__customer")
    return rows.filter(id=said["id"]).first()


def with_letter(view: View) -> View:
    """Only who has shown the letter; everybody else is asked for code and digits."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        letter = letter_of(request)
        return view(request, letter, *args, **kwargs) if letter else redirect("verify")

    return guarded
