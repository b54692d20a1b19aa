"""The public home, what a co-op offers, what a reason means, and a sign of life (interface)."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from broker import utilities
from broker.parties.models import Organisation
from broker.reasons import REASONS


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
def health(_request: HttpRequest) -> JsonResponse:
    """Say that this run serves; the token tells one run from another."""
    import os

    return JsonResponse({"ok": True, "token": os.environ.get("RUN_TOKEN", "")})
