"""The report of a year (interface): asked for with one button, sealed by a checkpoint, then handed over as PDF."""

import time
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from broker.audit import log, proofs, query, receipts
from broker.parties.models import Customer
from broker.terms import Actor, EventRef
from consents import year_report
from consents.access import rows_under
from consents.access_views import display_zone
from consents.my_views import with_customer

PENDING = "year-report"  # in the session: the entry of the report that was asked for, and when; ids only
FRESH = 50.0  # seconds for which an entry opens what the report is made of (the log allows a minute)
PATIENCE = 6.0  # seconds that the button waits for the log to be signed
STEP = 0.25


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, customer: Customer, year: int) -> HttpResponse:
    """Offer the report; the button makes its entry and waits a moment for the checkpoint that covers it."""
    _demand_year(customer, year)
    if request.method == "POST":
        event = log.append_read(
            "log.exported",
            actor=Actor("c", customer.id),
            subject=customer.id,
            purpose="own_data",
            obj="event",
            body={"page": "report of a year", "as": "report", "year": year},
        )
        request.session[PENDING] = {"event": event.id, "year": year, "at": time.time()}
        _wait_for(event)
        return redirect("my-access-report", year)
    pending = _pending(request, year)
    ready = pending is not None and query.proof_note(pending) is not None
    context = {"year": year, "pending": pending is not None, "ready": ready}
    return render(request, "consents/report_page.html", context)


@with_customer
@require_GET
def report_pdf(request: HttpRequest, customer: Customer, year: int) -> HttpResponse:
    """Hand the report over, made under the entry that the button wrote."""
    event = _pending(request, year)
    checkpoint = query.proof_note(event) if event else None
    if event is None or checkpoint is None:
        return redirect("my-access-report", year)
    now, zone = timezone.now(), display_zone()
    counted = year_report.of_year(rows_under(customer, event, now=now), year, zone, today=now.astimezone(zone).date())
    proof = year_report.Proof(event.id, checkpoint, receipts.receipt(event), proofs.tlog_proof(event))
    data = year_report.pdf(counted, proof, made_at=now, language=(get_language() or "en")[:2])
    response = HttpResponse(data, content_type="application/pdf")
    name = _("who-saw-my-data")
    response["Content-Disposition"] = f'attachment; filename="{name}-{year}.pdf"'
    return response


def _demand_year(customer: Customer, year: int) -> None:
    zone = display_zone()
    first, last = customer.created_at.astimezone(zone).year, timezone.now().astimezone(zone).year
    if not first <= year <= last:
        raise Http404


def _pending(request: HttpRequest, year: int) -> EventRef | None:
    """Give the entry that the button wrote, while it is fresh enough to open anything."""
    kept: Any = request.session.get(PENDING) or {}
    fresh = kept.get("year") == year and time.time() - kept.get("at", 0) <= FRESH
    return EventRef(kept["event"]) if fresh else None


def _wait_for(event: EventRef) -> None:
    end = time.monotonic() + PATIENCE
    while query.proof_note(event) is None and time.monotonic() < end:
        time.sleep(STEP)
