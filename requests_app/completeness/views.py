"""Requested versus received: for staff, with what they may do about it, and for the customer (interface)."""

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.approvals import decide
from broker.parties.models import Customer
from broker.terms import Refusal
from consents.my_views import with_customer
from requests_app import grants
from requests_app.completeness import disposing, query, settling
from requests_app.completeness.forms import DispositionForm, NoneForm
from requests_app.completeness.models import Cut, OverDelivery
from requests_app.completeness.words import DISPOSITIONS, HER_KINDS, KINDS
from requests_app.lifecycle import FACTS, OVER, ClockMode, ManualState
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.own_request import own_request
from requests_app.page_reads import page_shown

NOT_ALLOWED = {
    "approval.role": "Your role may not ask for this.",
    "approval.over": "It has been decided already.",
}


@dataclass(frozen=True)
class ShownSurplus:
    """A file that brought too much, as a page shows it: nothing of what is in it."""

    incident: OverDelivery
    kinds: list[str]
    disposition: str
    destroyed: bool
    asked: bool  # a second person is asked what becomes of it
    cut: Cut | None


@require_GET
def page(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show staff what was asked and what came, and let them write down what the co-op has none of."""
    from requests_app.admin_views import actor_of

    manual = get_object_or_404(_rows(), id=request_id)
    page_shown(actor_of(request), "completeness", {"request": manual.number}, subject=manual.request.customer_id)
    shown_cells = query.context(manual, staff=True)
    cells = [(row, each) for row in shown_cells["completeness"]["rows"] for each in row.cells]
    over = manual.state in OVER
    context = {
        "manual": manual,
        "form": NoneForm(),
        "surplus": surplus_of(manual),
        "open_cells": [] if over else [pair for pair in cells if pair[1].state in ("missing", "unreadable")],
        "none_cells": [] if over else [pair for pair in cells if pair[1].state == "none_exists"],
        **shown_cells,
    }
    return render(request, "requests_app/completeness/staffs.html", context)


@require_POST
def none(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Write down that the co-op has nothing for a cell, or that this was a mistake."""
    from requests_app.admin_views import actor_of

    manual, form = get_object_or_404(_rows(), id=request_id), NoneForm(request.POST)
    answer: object = Refusal("ask.invalid")
    if form.is_valid():
        data, now = form.cleaned_data, timezone.now()
        holds = not data["undo"]
        answer = settling.say_none(manual, data["cell"], data["reason"], actor=actor_of(request), now=now, holds=holds)
    if isinstance(answer, Refusal):
        messages.error(request, "Nothing was written down: this is not open, or was decided meanwhile.")
    else:
        messages.success(request, "It is written down.")
    return redirect("admin:request-completeness", manual.id)


@require_POST
def dispose(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """Ask a second person to agree on what becomes of a file that brought too much."""
    from requests_app.admin_views import actor_of

    incident = get_object_or_404(OverDelivery.objects.select_related("file__consent", "manual"), file_id=file_id)
    form = DispositionForm(request.POST, kinds=incident.kinds)
    if not form.is_valid():
        messages.error(request, "Choose what is to become of it.")
        return redirect("admin:file", file_id)
    try:
        answer = disposing.ask(
            incident, form.cleaned_data["disposition"], requester=actor_of(request), now=timezone.now()
        )
    except decide.NotAllowed as refused:
        messages.error(request, NOT_ALLOWED.get(refused.code, "This is not yours to ask."))
        return redirect("admin:file", file_id)
    if isinstance(answer, Refusal):
        why = f": {answer.detail}" if answer.detail else ", or somebody asked already"
        messages.error(request, f"It cannot be asked now{why}.")
    else:
        messages.success(request, "An officer or approver decides now.")
    return redirect("admin:file", file_id)


@with_customer
@require_GET
def hers(request: HttpRequest, customer: Customer, request_id: uuid.UUID) -> HttpResponse:
    """Show a customer what came of what was asked, and that too much came, if it did; nothing is opened."""
    manual = own_request(customer, request_id)
    consent = manual.request.consent
    in_force = consent is not None and grants.not_in_force(consent, timezone.now()) is None
    context = {
        "manual": manual,
        "surplus": surplus_of(manual, hers=True),
        "runs": in_force and FACTS[ManualState(manual.state)].clock == ClockMode.RUNS,
        **query.context(manual, staff=False),
    }
    return render(request, "requests_app/completeness/hers.html", context)


def surplus_of(manual: ManualRequest, *, hers: bool = False) -> list[ShownSurplus]:
    """Give the files of a request that brought too much, oldest first."""
    rows = OverDelivery.objects.filter(manual=manual).select_related("file").order_by("found_at")
    return [shown(each, hers=hers) for each in rows]


def shown(incident: OverDelivery, *, hers: bool = False) -> ShownSurplus:
    """Give an incident in words, for staff or (`hers`) as msgids for the customer."""
    words = HER_KINDS if hers else KINDS
    return ShownSurplus(
        incident,
        [words[each] for each in incident.kinds],
        DISPOSITIONS.get(incident.disposition, ""),
        disposing.is_destroyed(incident),
        decide.is_open(disposing.NAME, about=incident.id) and incident.state == OverDelivery.State.OPEN,
        Cut.objects.filter(original=incident.file).select_related("file").first(),
    )


def of_file(file: ReceivedFile) -> dict[str, object]:
    """Give what the page of a file says of too much in it, or of the file that it was cut out of."""
    incident = OverDelivery.objects.filter(file=file).select_related("file", "manual").first()
    return {
        "surplus": shown(incident) if incident else None,
        "disposition_form": DispositionForm(kinds=incident.kinds) if incident else None,
        "cut_of": Cut.objects.filter(file=file).select_related("original").first(),
    }


def _rows() -> QuerySet[ManualRequest]:
    return ManualRequest.objects.select_related("request__consent__recipient")
