"""Bills and files of a request on a recipient's pages, and its data as files (interface).

The same reads as through the API: each goes through `release`, by the person, and is in the log before a byte opens.
"""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.parties.models import User
from broker.terms import Refusal
from broker.vault import Destroyed
from requests_app import release
from requests_app.exports import espi, tables
from requests_app.recipients.data_views import refused_page, sent
from requests_app.recipients.guard import analyst_only

CSV, ATOM = "text/csv; charset=utf-8", "application/atom+xml; charset=utf-8"


@analyst_only
@require_GET
def bills(request: HttpRequest, user: User, request_id: uuid.UUID) -> HttpResponse:
    """What each bill came to, those that no program could read among them, and those that reach beyond the days."""
    found = _released(lambda: release.release_bills(user, request_id, now=timezone.now()))
    if isinstance(found, Refusal):
        return refused_page(request, found, request_id)
    rows = [(each, found["sources"][each["source"]]["file"]) for each in found["bills"]]
    return render(request, "recipients/bills.html", {"id": request_id, "found": found, "rows": rows})


@analyst_only
@require_GET
def bills_table(request: HttpRequest, user: User, request_id: uuid.UUID) -> HttpResponse:
    """The same as a table."""
    found = _released(lambda: release.release_bills(user, request_id, now=timezone.now()))
    if isinstance(found, Refusal):
        return refused_page(request, found, request_id)
    return sent(tables.bills(found), f"{str(request_id)[:8]}-bills.csv", CSV)


@analyst_only
@require_GET
def green_button(request: HttpRequest, user: User, request_id: uuid.UUID) -> HttpResponse:
    """All readings of a request as Green Button XML."""
    now = timezone.now()
    found = _released(lambda: release.release_readings(user, request_id, now=now))
    if isinstance(found, Refusal):
        return refused_page(request, found, request_id)
    files = {source["file"] for one in found["series"] for source in one["sources"]}
    links = {each: settings.PUBLIC_URL + reverse("api-file", args=[request_id, each]) for each in files}
    return sent(espi.feed(found, made_at=now, links=links), f"{str(request_id)[:8]}-readings.xml", ATOM)


@analyst_only
@require_GET
def file(request: HttpRequest, user: User, request_id: uuid.UUID, file_id: uuid.UUID) -> HttpResponse:
    """One file, as it came."""
    found = _released(lambda: release.release_file(user, request_id, file_id, now=timezone.now()))
    if isinstance(found, Refusal):
        return refused_page(request, found, request_id)
    return sent(found.data, found.name, found.media_type)


def _released[Found](read: Callable[[], Found | Refusal]) -> Found | Refusal:
    try:
        found = read()
    except Destroyed:
        return Refusal("data.gone")
    if isinstance(found, Refusal) and found.code == "not_found":
        raise Http404
    return found
