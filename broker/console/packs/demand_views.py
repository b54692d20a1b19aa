"""Pages of the register of legal demands (interface)."""

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms as django_forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.console.packs import demands as acting
from broker.console.packs import forms
from broker.console.packs.guard import actor_of, officers, viewed
from broker.console.packs.models import LegalDemand
from broker.console.packs.requesting import NotPossible
from broker.parties.models import User, UtilityAccount

SHOWN = 200
REFUSALS = {
    "demand.decided": "Counsel’s decision is recorded already.",
    "demand.gag": "An order forbids telling customers now; they are told automatically at its end.",
    "demand.same_order": "This order is recorded already. A renewal has a reference of its own: enter that one.",
    "demand.gag_too_long": "An order cannot forbid telling for more than three years after the demand.",
    "demand.gag_over": "The end of this order is over already.",
    "demand.too_many": "Too many lines at once.",
}


@officers
@require_GET
def demands(request: HttpRequest, user: User) -> HttpResponse:
    """The register, the next due first; nothing is opened."""
    rows = list(LegalDemand.objects.prefetch_related("subjects", "packs").order_by("due_on", "number")[:SHOWN])
    viewed(user, "demands", cnt=len(rows))
    today = _today()
    return render(request, "console/packs/demands.html", {"rows": [_row(each, today) for each in rows]})


@officers
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, user: User) -> HttpResponse:
    """Record a demand that came in."""
    form = forms.DemandForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "console/packs/demand_new.html", {"form": form}, status=422 if form.is_bound else 200)
    data = form.cleaned_data
    gag = None
    if data["gag_last_day"]:
        gag = acting.Gag(data["gag_reference"], forms.end_of(data["gag_last_day"]))
    fields = ("authority", "kind", "reference", "asked", "received_on", "due_on")
    received = acting.Received(**{name: data[name] for name in fields}, gag=gag)
    made = acting.record(received, actor=actor_of(user), now=timezone.now())
    return redirect("console-demand", made.id)


@officers
@require_GET
def demand(request: HttpRequest, user: User, demand_id: uuid.UUID) -> HttpResponse:
    """One demand; what it asks for and counsel's words are opened for the page, its customers stay masked."""
    return _page(request, user, _found(demand_id))


@officers
@require_POST
def decide(request: HttpRequest, user: User, demand_id: uuid.UUID) -> HttpResponse:
    """Record counsel's decision."""

    def act(row: LegalDemand, data: dict[str, Any]) -> str:
        acting.decide(row, data["decision"], data["reasons"], on=data["decided_on"], actor=actor_of(user))
        return "The decision is recorded."

    return _do(request, user, demand_id, forms.DecideForm(request.POST), "decide", act)


@officers
@require_POST
def gag(request: HttpRequest, user: User, demand_id: uuid.UUID) -> HttpResponse:
    """Record an order that forbids telling, or its new end."""

    def act(row: LegalDemand, data: dict[str, Any]) -> str:
        order = acting.Gag(data["gag_reference"], forms.end_of(data["gag_last_day"]))
        acting.set_gag(row, order, actor=actor_of(user), now=timezone.now())
        return "The order is recorded. At its end the customers are told automatically."

    return _do(request, user, demand_id, forms.GagForm(request.POST), "gag", act)


@officers
@require_POST
def subjects(request: HttpRequest, user: User, demand_id: uuid.UUID) -> HttpResponse:
    """Add the customers whom a list names."""
    form = forms.SubjectsForm(request.POST, request.FILES)

    def act(row: LegalDemand, _data: dict[str, Any]) -> str:
        found = acting.name_subjects(row, form.names(), actor=actor_of(user), now=timezone.now())
        return f"{found.added} customers added, {found.known} were named before, {found.unmatched} lines name nobody."

    return _do(request, user, demand_id, form, "subjects", act)


@officers
@require_POST
def notice(request: HttpRequest, user: User, demand_id: uuid.UUID) -> HttpResponse:
    """Have the customers told now."""
    row = _found(demand_id)
    try:
        count = acting.give_notice(row, actor=actor_of(user), now=timezone.now())
        messages.success(request, f"{count} customers are told now.")
    except NotPossible as error:
        messages.error(request, REFUSALS[error.code])
    return redirect("console-demand", row.id)


@officers
@require_POST
def answer(request: HttpRequest, user: User, demand_id: uuid.UUID) -> HttpResponse:
    """Record what was produced and withheld."""

    def act(row: LegalDemand, data: dict[str, Any]) -> str:
        acting.answer(row, produced=data["produced"], withheld=data["withheld"] or "nothing", actor=actor_of(user))
        return "Recorded."

    return _do(request, user, demand_id, forms.AnswerForm(request.POST), "answer", act)


def _do(
    request: HttpRequest,
    user: User,
    demand_id: uuid.UUID,
    form: django_forms.Form,
    name: str,
    act: Callable[[LegalDemand, dict[str, Any]], str],
) -> HttpResponse:
    """Validate, call one action, say what came of it."""
    row = _found(demand_id)
    if not form.is_valid():
        return _page(request, user, row, status=422, **{f"{name}_form": form})
    try:
        messages.success(request, act(row, form.cleaned_data))
    except NotPossible as error:
        messages.error(request, REFUSALS[error.code])
    return redirect("console-demand", row.id)


def _page(request: HttpRequest, user: User, row: LegalDemand, *, status: int = 200, **more: Any) -> HttpResponse:
    texts = acting.open_texts(row, actor=actor_of(user))
    context = {
        **_row(row, _today()),
        "texts": texts,
        "customers": _customers(row),
        "packs": row.packs.order_by("-asked_at"),
        "decide_form": forms.DecideForm(),
        "gag_form": forms.GagForm(),
        "subjects_form": forms.SubjectsForm(),
        "answer_form": forms.AnswerForm(),
        **more,
    }
    return render(request, "console/packs/demand.html", context, status=status)


def _customers(row: LegalDemand) -> list[dict[str, Any]]:
    """Show the customers masked: by a short id and the last digits of their accounts."""
    found = list(row.subjects.order_by("added_at", "id"))
    ending: dict[uuid.UUID, list[str]] = {}
    accounts = UtilityAccount.objects.filter(customer_id__in=[each.customer_id for each in found])
    for customer, last_four in accounts.values_list("customer_id", "last_four"):
        ending.setdefault(customer, []).append(last_four)
    return [{"subject": each, "ending": sorted(ending.get(each.customer_id, []))} for each in found]


def _row(row: LegalDemand, today: date) -> dict[str, Any]:
    """Give a demand with its counters."""
    left = (row.due_on - today).days
    told = sum(each.noticed_at is not None for each in row.subjects.all())
    return {
        "demand": row,
        "left": left,
        "late": -left,
        "is_open": row.produced is None,
        "gagged": row.gag_until is not None and timezone.now() < row.gag_until,
        "named": row.subjects.count(),
        "told": told,
        "untold": row.subjects.count() - told,
    }


def _found(demand_id: uuid.UUID) -> LegalDemand:
    return get_object_or_404(LegalDemand, id=demand_id)


def _today() -> date:
    return timezone.now().astimezone(ZoneInfo(settings.DISPLAY_ZONE)).date()
