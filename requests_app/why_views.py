"""“Why this date?”, for staff and for the customer; and the day that a co-op named (interface)."""

import uuid

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from broker.audit import log
from broker.inlets.forms import GatedFormMixin
from broker.parties.models import Customer, User
from broker.terms import Actor
from consents import access, usual
from consents.access_words import CHANNELS
from consents.lifecycle import LIVE
from consents.my_views import with_customer
from requests_app.clocks import moving, why
from requests_app.models import ManualRequest
from requests_app.own_request import own_ask, own_request


class PromiseForm(GatedFormMixin, forms.Form):
    """The day that a co-op named for its answer."""

    gate_inlet = "admin_note"
    day = forms.DateField(
        label="Day that the co-op named for its answer",
        help_text="The due date stays. We do not ask again before this day is over.",
        widget=forms.DateInput(attrs={"class": "usa-input", "type": "date"}),
    )


@with_customer
@require_GET
def hers(request: HttpRequest, customer: Customer, request_id: uuid.UUID) -> HttpResponse:
    """Show a customer how the dates of a request of hers came about; nothing is opened."""
    manual = own_request(customer, request_id)
    found = why.of(manual, timezone.now())
    consent = manual.request.consent
    context = {"manual": manual, "why": found, "usual": usual.of(consent.utility) if consent else None}
    return render(request, "clocks/hers.html", context)


@with_customer
@require_GET
def way(request: HttpRequest, customer: Customer, request_id: uuid.UUID) -> HttpResponse:
    """Show a customer by which way something was asked for, and why not by another; nothing is opened."""
    found = own_ask(customer, request_id)
    decision = found.decisions.filter(step="order").order_by("decided_at").first()
    if decision is None:
        raise Http404
    others = [
        (each, _(CHANNELS[each["channel"]]), [access.reason_for_her(code) for code in each["codes"]])
        for each in decision.alternatives
    ]
    context = {
        "asked": found,
        "taken": _(CHANNELS[decision.channel]) if decision.channel else "",
        "others": others,
        "live": found.consent is not None and found.consent.state in LIVE,
    }
    return render(request, "requests_app/way.html", context)


@require_GET
def staffs(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show staff the same, with where each row comes from."""
    manual = get_object_or_404(_rows(), id=request_id)
    _viewed(request, manual)
    return _page(request, manual, PromiseForm())


@require_POST
def promise(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Record the day that the co-op named."""
    manual, form = get_object_or_404(_rows(), id=request_id), PromiseForm(request.POST)
    if not form.is_valid():
        _viewed(request, manual)
        return _page(request, manual, form)
    refused = moving.promise(manual, form.cleaned_data["day"], actor=_actor(request), now=timezone.now())
    if refused is None:
        messages.success(request, f"{manual.number}: the day that the co-op named is kept.")
    elif refused.code == "ask.invalid":
        messages.error(request, "Enter a day from today on, at most four months ahead.")
    else:
        messages.error(request, f"{manual.number} waits for nothing, or this day is kept already ({refused.code}).")
    return redirect("admin:request-date", manual.id)


def _page(request: HttpRequest, manual: ManualRequest, form: PromiseForm) -> HttpResponse:
    context = {"manual": manual, "why": why.of(manual, timezone.now()), "form": form}
    return render(request, "clocks/staffs.html", context, status=422 if form.errors else 200)


def _viewed(request: HttpRequest, manual: ManualRequest) -> None:
    log.append_read(
        "admin.viewed",
        actor=_actor(request),
        subject=manual.request.customer_id,
        purpose="fulfilment",
        obj="page",
        body={"page": "clock", "request": manual.number},
    )


def _actor(request: HttpRequest) -> Actor:
    assert isinstance(request.user, User)
    return Actor("s", request.user.id, role=request.user.role)


def _rows() -> QuerySet[ManualRequest]:
    return ManualRequest.objects.select_related("request__consent__recipient")
