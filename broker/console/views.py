"""The public home, what a co-op offers, and the compliance officer's log page (interface only)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from broker import utilities
from broker.audit import log, query
from broker.audit.words import ACTS
from broker.console.find import customer_of
from broker.console.forms import FindForm, LogFilterForm
from broker.parties.models import Organisation, User
from broker.reasons import REASONS
from broker.terms import Actor

View = Callable[..., HttpResponse]
PAGE = 50


def officer_only(view: View) -> View:
    """Only a compliance officer; others go to the one sign-in page."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.is_officer:
            return view(request, user, *args, **kwargs)
        if user.is_authenticated:
            raise Http404
        return redirect_to_login(request.get_full_path())

    return guarded


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the three ways in."""
    return render(request, "home.html", {"organisations": Organisation.objects.order_by("legal_name")})


@require_GET
def offers(request: HttpRequest, utility: str) -> HttpResponse:
    """What a co-op offers, line by line with its source."""
    profile = utilities.find(utility)
    if profile is None:
        raise Http404
    return render(request, "offers.html", {"profile": profile})


@require_GET
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Explain a reason code: the page that the `type` of a problem document leads to."""
    reason = REASONS.get(code)
    if reason is None:
        raise Http404
    words = {"title": _(reason.title), "text": _(reason.text), "instead": _(reason.instead)}
    return render(request, "problem.html", {"code": code, **words})


@officer_only
@require_GET
def console(request: HttpRequest, user: User) -> HttpResponse:
    """The log, newest first, filtered by customer and act; reading it is an event."""
    form = LogFilterForm(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    subject, act, before = chosen.get("customer"), chosen.get("act") or None, chosen.get("before")
    filters = {"act": act or "", "customer": str(subject or ""), "before": before or 0}
    log.append_read(
        "log.read",
        actor=Actor("s", user.id, role=user.role),
        subject=subject,
        obj="event",
        body={"page": "console", "filters": filters},
    )
    rows = query.newest(limit=PAGE + 1, before=before, act=act, subject=subject)
    context = {
        "form": form,
        "find": FindForm(auto_id="find_%s"),
        "nobody": "nobody" in request.GET,
        "banner": query.banner(),
        "rows": rows[:PAGE],
        "older": rows[PAGE - 1].seq if len(rows) > PAGE else None,
        "meanings": ACTS,
    }
    return render(request, "console/log.html", context)


@officer_only
@require_POST
def find(request: HttpRequest, user: User) -> HttpResponse:
    """Find a customer by blind index and show the part of the log; the search is an event without the words."""
    form = FindForm(request.POST)
    found = customer_of(form.cleaned_data["sought"]) if form.is_valid() else None
    log.append_read(
        "log.searched",
        actor=Actor("s", user.id, role=user.role),
        subject=found,
        obj="event",
        body={"page": "console", "found": found is not None},
    )
    return redirect(f"{reverse('console')}?{'customer=' + str(found) if found else 'nobody'}")


@require_GET
def health(_request: HttpRequest) -> JsonResponse:
    """Say that this run serves; the token tells one run from another."""
    import os

    return JsonResponse({"ok": True, "token": os.environ.get("RUN_TOKEN", "")})
