"""Saved views and their alerts (interface)."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from broker.console import acting, criteria
from broker.console.forms import LogFilterForm, SaveViewForm
from broker.console.models import SavedView, ViewAlert
from broker.console.officers import looked, officer_only
from broker.console.ready import READY
from broker.parties.login.watch import turned_away
from broker.parties.models import User

SHOWN = 100


@officer_only
@require_GET
def views_page(request: HttpRequest, user: User) -> HttpResponse:
    """The ready-made views, one's own and the shared ones, and the alerts that wait."""
    looked(user, "views")
    context = {
        "ready": [(each, criteria.of(each.filters).query) for each in READY],
        "views": [(each, criteria.of(each.filters).query) for each in visible(user)],
        "alerts": waiting_alerts(user)[:SHOWN],
        "user_id": user.id,
    }
    return render(request, "console/views.html", context)


@officer_only
@require_POST
def save(request: HttpRequest, user: User) -> HttpResponse:
    """Keep the filters of a page under a name."""
    filters, form = posted_filters(request), SaveViewForm(request.POST)
    if filters is None or not form.is_valid():
        why = next((str(each) for each in form.errors.get("name", ())), "")
        messages.error(request, why or _("The view needs a name, and its filters must be those of the page."))
        return redirect("console-views")  # the page that shows the reason
    chosen = form.cleaned_data
    try:
        acting.save_view(
            user, chosen["name"], filters, shared=chosen["shared"], notify=chosen["notify"], now=timezone.now()
        )
    except acting.AlreadyDone:
        messages.error(request, _("You have a view of this name."))
    else:
        messages.success(request, _("The view is kept."))
    return redirect("console-views")


@officer_only
@require_POST
def remove(request: HttpRequest, user: User, view_id: uuid.UUID) -> HttpResponse:
    """Take one's own view out of use."""
    view = SavedView.objects.filter(id=view_id, owner=user, removed_at__isnull=True).first()
    if view is None:
        turned_away(request, user)
        raise Http404
    acting.remove_view(user, view, now=timezone.now())
    messages.success(request, _("The view is removed."))
    return redirect("console-views")


@officer_only
@require_POST
def open_alert(request: HttpRequest, user: User, alert_id: uuid.UUID) -> HttpResponse:
    """Open an alert: an event, then the entry that it is about."""
    mine = Q(view__owner=user) | Q(view__shared=True)
    alert = ViewAlert.objects.filter(mine, id=alert_id).first()
    if alert is None:
        turned_away(request, user)
        raise Http404
    acting.open_alert(user, alert, now=timezone.now())
    return redirect("console-event", alert.event)


def visible(user: User) -> Any:
    """Give the views in use that this officer may see, with the number of alerts that wait."""
    waiting = Count("alerts", filter=Q(alerts__opened_at__isnull=True))
    rows = SavedView.objects.filter(Q(owner=user) | Q(shared=True), removed_at__isnull=True)
    return rows.select_related("owner").annotate(waiting=waiting).order_by("name")


def waiting_alerts(user: User) -> Any:
    """Give the alerts that nobody opened, newest first."""
    rows = ViewAlert.objects.filter(Q(view__owner=user) | Q(view__shared=True), opened_at__isnull=True)
    return rows.select_related("view").order_by("-raised_at", "-event")


def posted_filters(request: HttpRequest) -> dict[str, str] | None:
    """Read a page's filters back out of its hidden fields, strictly; None where they are none."""
    sent = {name.removeprefix("filter-"): value for name, value in request.POST.items() if name.startswith("filter-")}
    form = LogFilterForm(sent)
    if set(sent) - set(criteria.FIELDS) or not form.is_valid():
        return None
    return criteria.words_of(form.cleaned_data)
