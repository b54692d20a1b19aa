"""What a program that watches is told, if it knows the installation's token (interface; nothing is opened)."""

import secrets
from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from broker.operating.watching import exposition, figures, readiness


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """Say whether requests may be sent here: 200, or 503 with what does not stand."""
    if not _knows_the_token(request):
        raise Http404
    found = readiness.look(now=datetime.now(UTC))
    return JsonResponse({"ready": all(found.values()), "checks": found}, status=200 if all(found.values()) else 503)


@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Give figures for Prometheus."""
    if not _knows_the_token(request):
        raise Http404
    text = exposition.written(figures.gather(now=datetime.now(UTC)))
    return HttpResponse(text, content_type=exposition.CONTENT_TYPE)


def _knows_the_token(request: HttpRequest) -> bool:
    """Say so; where no token is set there is nobody who may ask, and to all others nothing is here."""
    said = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted: str = settings.METRICS_TOKEN
    return bool(wanted) and secrets.compare_digest(said.encode(), wanted.encode())
