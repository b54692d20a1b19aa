"""The clerk's buttons: each asks once more, and only the POST acts (interface)."""

import uuid
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from broker import publishing
from consents.checking import acts, limits
from consents.checking.forms import ClerkCodeForm, DoubtForm, OnceForm
from consents.checking.opened import browser_of, with_letter
from consents.lifecycle import ENDED, State
from consents.models import LetterOfAuthorization

both = require_http_methods(["GET", "HEAD", "POST"])

_WRONG = {
    "wrong": _(
        "This is not the code of the newest e-mail that was asked for in this browser. Please compare it once more."
    ),
    "over": _("This code is used up or too old. Ask for a new one."),
    "unasked": _(
        "A code has not been asked for in this browser. Enter it where it was asked for, or ask for a new one."
    ),
}


@never_cache
@both
@with_letter
def released(request: HttpRequest, letter: LetterOfAuthorization) -> HttpResponse:
    """We have released the data."""
    form = OnceForm(request.POST) if request.method == "POST" else OnceForm(initial={"once": uuid.uuid4()})
    if form.is_bound and form.is_valid():
        once, address = form.cleaned_data["once"], limits.address_of(request)
        done = acts.released(letter, once=once, address=address, now=timezone.now())
        return _done(request, letter, "released", done)
    return render(request, "checking/released.html", {"form": form, "letter": letter}, status=_status(form))


@never_cache
@both
@with_letter
def doubt(request: HttpRequest, letter: LetterOfAuthorization) -> HttpResponse:
    """We doubt this."""
    form = DoubtForm(request.POST) if request.method == "POST" else DoubtForm(initial={"once": uuid.uuid4()})
    if form.is_bound and form.is_valid():
        words, once = form.cleaned_data["words"], form.cleaned_data["once"]
        done = acts.doubt(letter, words, once=once, address=limits.address_of(request), now=timezone.now())
        return _done(request, letter, "doubt", done)
    return render(request, "checking/doubt.html", {"form": form, "letter": letter}, status=_status(form))


@never_cache
@both
@with_letter
def member(request: HttpRequest, letter: LetterOfAuthorization) -> HttpResponse:
    """This is our member: mail the code that only the co-op can read."""
    consent = letter.consent
    profile = publishing.working(consent.utility)
    closed = State(consent.state) in ENDED or consent.state == State.SIGNED
    context = {"letter": letter, "mailbox": profile.contacts.email.value, "utility": profile, "closed": closed}
    if request.method == "POST" and not closed:
        address = limits.address_of(request)
        asked = acts.ask_code(
            letter,
            browser=browser_of(request),
            language=get_language() or "en",
            address=address,
            now=timezone.now(),
        )
        if asked.sent:
            return redirect("verify-member-code")
        return _done(request, letter, "member", "too_many", asked.until)
    return render(request, "checking/member.html", context)


@never_cache
@both
@with_letter
def member_code(request: HttpRequest, letter: LetterOfAuthorization) -> HttpResponse:
    """The six digits of that mail."""
    form = ClerkCodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        answer = acts.confirm(letter, form.cleaned_data["code"], browser=browser_of(request), now=timezone.now())
        if answer in ("confirmed", "already"):
            return _done(request, letter, "member", "done" if answer == "confirmed" else "again")
        form.add_error("code", _WRONG[answer])
    context = {"form": form, "letter": letter, "hours": acts.CODE_LIFE.seconds // 3600}
    return render(request, "checking/member_code.html", context, status=_status(form))


def _status(form: OnceForm | ClerkCodeForm) -> int:
    return 422 if form.is_bound and form.errors else 200


def _done(
    request: HttpRequest, letter: LetterOfAuthorization, what: str, done: str, until: datetime | None = None
) -> HttpResponse:
    letter.consent.refresh_from_db()
    context = {"letter": letter, "what": what, "done": done, "until": until}
    return render(request, "checking/done.html", context, status=429 if done == "too_many" else 200)
