"""The public home, what a co-op offers, what a reason means, and a sign of life (interface)."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET

from broker import publishing
from broker.console import gate_figures
from broker.parties.models import Organisation
from broker.reasons import REASONS

# What may be unknown of a utility, in words for people.
_UNKNOWN = {
    "place": gettext_noop("Where it serves"),
    "zone": gettext_noop("In which time zone its office works"),
    "contacts": gettext_noop("How its billing department is reached"),
    "clock": gettext_noop("How long it takes to answer"),
    "fees": gettext_noop("Whether it asks for a fee"),
    "desk": gettext_noop("How many requests it can answer"),
    "account_number": gettext_noop("What its account numbers look like"),
    "closing_days": gettext_noop("On which days its office is closed"),
    "methods": gettext_noop("Which ways it names itself"),
    "open_facts": gettext_noop("What it publishes for everybody"),
}


def _unknown(names: tuple[str, ...]) -> list[str]:
    return [_(_UNKNOWN[name]) for name in names]


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What this is, and the three ways in."""
    return render(request, "home.html", {"organisations": Organisation.objects.order_by("legal_name")})


@require_GET
def offers(request: HttpRequest, utility: str) -> HttpResponse:
    """What a co-op offers, line by line with its source."""
    profile = publishing.offer(utility)
    if profile is None:
        raise Http404
    if profile.unknown:
        return render(request, "offers_unknown.html", {"profile": profile, "unknown": _unknown(profile.unknown)})
    this_year = timezone.now().astimezone(profile.tz).year
    closing = [each for each in profile.closing_days if this_year <= each.date.year <= this_year + 1]
    return render(request, "offers.html", {"profile": profile, "closing_days": closing})


@require_GET
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Explain a reason code: the page that the `type` of a problem document leads to."""
    reason = REASONS.get(code)
    if reason is None:
        raise Http404
    words = {"title": _(reason.title), "text": _(reason.text), "instead": _(reason.instead)}
    return render(request, "problem.html", {"code": code, **words})


@require_GET
def passwords(request: HttpRequest) -> HttpResponse:
    """How we keep passwords out: what is checked, what follows, and how good it is, as last measured."""
    return render(request, "passwords.html", {"measured": gate_figures.read()})


@require_GET
def health(_request: HttpRequest) -> JsonResponse:
    """Say that this run serves; the token tells one run from another."""
    import os

    return JsonResponse({"ok": True, "token": os.environ.get("RUN_TOKEN", "")})
