"""The desk's pages about stops (interface): enter one that came by telephone or post, and see to alerts."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker.parties.models import User
from consents import actions
from consents.models import Consent
from consents.stopping import progress, words
from consents.stopping.lifecycle import Outcome, Reached
from consents.stopping.models import StopAlert, StopTarget
from requests_app import stop_finding
from requests_app.admin_views import actor_of
from requests_app.models import Release
from requests_app.page_reads import page_shown
from requests_app.stop_forms import CloseForm, StopForm

_RECEIPT = "The customer gets the receipt by e-mail, or by post if she chose paper."


@require_GET
def stops(request: HttpRequest) -> HttpResponse:
    """Show what waits, and what a person must see to; numbers and places, nothing personal."""
    alerts = StopAlert.objects.filter(closed_at=None).select_related("target__stop__consent__recipient")
    waiting = StopTarget.objects.filter(state=Reached.WAITING).select_related("stop__consent__recipient")
    page_shown(actor_of(request), "stops", cnt=waiting.count())
    context = {
        "alerts": [(each, words.name(each.target.kind, each.target.label)) for each in alerts.order_by("opened_at")],
        "waiting": [(each, words.name(each.kind, each.label)) for each in waiting.order_by("began_at")[:200]],
        "today": timezone.now().astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date(),
    }
    return render(request, "requests_app/stops.html", context)


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Enter a stop that reached us by telephone or post; it counts from when it was received, and holds from now on."""
    form, now = StopForm(request.POST or None), timezone.now()
    if request.method == "POST" and _found(request, form):
        consent, received = form.cleaned_data["consent"], form.cleaned_data["received"]
        how = form.cleaned_data["how"]
        if actions.revoke(consent, actor=actor_of(request), how=how, now=now, received_at=received):
            messages.success(request, f"{consent.number} has stopped. {_RECEIPT}")
            if late := _read_since(consent, received):
                messages.error(request, f"Files read after it reached us and before you entered it: {late}.")
        else:
            messages.error(request, f"{consent.number} had ended already.")
        return redirect("admin:stops")
    local = now.astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    form = form if form.is_bound else StopForm(initial={"day": local.date(), "at": local.strftime("%H:%M")})
    return render(request, "requests_app/stop_enter.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def alert(request: HttpRequest, alert_id: uuid.UUID) -> HttpResponse:
    """Close an alert with an outcome and a note."""
    rows = StopAlert.objects.select_related("target__stop__consent__recipient")
    found = get_object_or_404(rows, id=alert_id, closed_at=None)
    form = CloseForm(request.POST or None, alert=found)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, User)
        outcome, note = Outcome(form.cleaned_data["outcome"]), form.cleaned_data["note"]
        progress.close(found, outcome, note, user=request.user, actor=actor_of(request), now=timezone.now())
        messages.success(request, "The alert is closed.")
        return redirect("admin:stops")
    if request.method == "GET":
        page_shown(actor_of(request), "stop alert", subject=found.target.stop.consent.customer_id)
    context = {"alert": found, "name": words.name(found.target.kind, found.target.label), "form": form}
    return render(request, "requests_app/stop_alert.html", context, status=422 if form.is_bound else 200)


def _found(request: HttpRequest, form: StopForm) -> bool:
    if not form.is_valid():
        return False
    if form.cleaned_data["consent"] is not None:
        return True
    given = form.cleaned_data
    rows = stop_finding.by_account(given["account"], given["name"], actor=actor_of(request))
    if len(rows) != 1:
        why = "No live permission has this account and this name."
        numbers = ", ".join(each.number for each in rows)
        form.add_error("number" if rows else "account", f"Which one? {numbers}" if rows else why)
        return False
    form.accept(rows[0])
    return not form.errors


def _read_since(consent: Consent, received: datetime) -> int:
    return Release.objects.filter(consent=consent, at__gte=received).count()
