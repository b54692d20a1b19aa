"""Another language in the middle of a grant (interface): what was typed so far stays; nothing is judged or saved.

The switch is a button of the step's own form, so that what stands in its fields comes along, and it comes in the body:
no address holds a word of it. The answer is the same page in the other language.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.i18n import set_language

LANGUAGE = "language"  # the name of the button, as that of the switch on all other pages
View = Callable[..., HttpResponse]


def switches(request: HttpRequest) -> bool:
    """Say whether the switch was pressed, and no other button: then nothing of the form is an answer yet."""
    return request.method == "POST" and LANGUAGE in request.POST


def in_language(view: View) -> View:
    """Answer in the language that was chosen with the form, and remember it as the switch of every page does."""

    @wraps(view)
    def switching(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        chosen = request.POST.get(LANGUAGE, "") if switches(request) else ""
        if chosen not in dict(settings.LANGUAGES):
            return view(request, *args, **kwargs)
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen
        answer = view(request, *args, **kwargs)
        answer.cookies.update(set_language(request).cookies)
        return answer

    return switching


def form_of[F: forms.Form](
    request: HttpRequest, kind: type[F], *, initial: dict[str, Any] | None = None, **made: Any
) -> F:
    """Give the form of a step: as it was sent, or with what was typed where the language alone was switched.

    That one is not bound: nobody asked for a verdict yet. Files do not come back: a browser fills in none.
    """
    if not switches(request):
        return kind(request.POST or None, request.FILES or None, initial=initial, **made)
    form = kind(initial=initial, **made)
    typed = {
        name: field.widget.value_from_datadict(request.POST, request.FILES, name)
        for name, field in form.fields.items()
        if not field.widget.needs_multipart_form
    }
    form.initial = {**form.initial, **typed}
    return form
