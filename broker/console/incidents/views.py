"""Pages of the register of incidents (interface)."""

import uuid
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.console.forms import LogFilterForm
from broker.console.incidents import (
    authorities,
    deciding,
    delaying,
    duties,
    forms,
    listing,
    prefilled,
    recording,
    telling,
)
from broker.console.incidents.deciding import Wanted
from broker.console.incidents.delaying import Asked
from broker.console.incidents.duties import Choice, Ground, Kind
from broker.console.incidents.models import Incident, Told
from broker.console.officers import actor_of, looked, officer_only
from broker.console.saved import posted_filters
from broker.console.subjects import masked
from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import Refusal

TITLES = {
    Kind.LIST: "The list of the affected is computed",
    Kind.COOP: "The co-op is told",
    Kind.DECIDE: "Two people decided about notice",
    Kind.CUSTOMERS: "The affected customers are told",
    Kind.ATTORNEY_GENERAL: "The attorney general of Missouri is told",
    Kind.AGENCIES: "The consumer reporting agencies are told",
}
SHOWN = 200  # customers of a list on one page
# What a form is told that is filled in, and cannot be so; what was typed stays in it.
CANNOT_BE = {
    "proposal": "Tell the customers: without a ground, and with words in both languages. No notice: with its ground.",
    "delay": "The letter is of a day from the beginning of the incident to today. "
    "Notice waits until today or later, and for a year at most.",
    "step": "It was done after the incident began, and not in the future.",
}


@officer_only
@require_GET
def listing_page(request: HttpRequest, user: User) -> HttpResponse:
    """Open incidents with their late clocks, then the closed ones; nothing is opened."""
    now = timezone.now()
    looked(user, "incidents")
    opened = recording.open_ones()
    lines = [(each, duties.late(recording.facts(each), now), listing.newest(each)) for each in opened]
    ids = [each.id for each in opened]
    closed = Incident.objects.exclude(id__in=ids).order_by("-known_at")[:SHOWN]
    context = {"lines": [(row, [TITLES[d.kind] for d in late], made) for row, late, made in lines], "closed": closed}
    return render(request, "console/incidents/list.html", context)


@officer_only
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, user: User) -> HttpResponse:
    """Write an incident down."""
    form = forms.IncidentForm(request.POST or None, initial=prefilled.initial(request.GET))
    if request.method == "POST" and form.is_valid():
        made = recording.open_incident(form.seen(), actor=actor_of(user), now=timezone.now())
        if not isinstance(made, Refusal):
            return redirect("console-incident", made.id)
        form.add_error(None, "It begins, then ends or becomes known, and none of it lies in the future.")
    return render(request, "console/incidents/new.html", {"form": form}, status=422 if form.is_bound else 200)


@officer_only
@require_GET
def incident(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """One incident with its clocks, its list and its forms; opening what was written is one entry."""
    return _page(request, user, _row(incident_id))


@officer_only
@require_POST
def make_list(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """Compute a further list of the affected from the log."""
    row, filters, narrow = _row(incident_id), posted_filters(request), forms.NarrowForm(request.POST)
    if filters is None or not narrow.is_valid():
        of_log = LogFilterForm(_sent(request), auto_id="%s")
        return _page(request, user, row, {"narrow": narrow, "filters": of_log}, status=422)
    done = listing.compute(row, {**filters, **narrow.words()}, actor=actor_of(user), now=timezone.now())
    return _told(request, row, done, "The list is computed and kept.")


@officer_only
@require_POST
def propose(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """Ask a second person whether customers are told."""
    row, form = _row(incident_id), forms.ProposalForm(request.POST)
    if not form.is_valid():
        return _page(request, user, row, {"proposal": form}, status=422)
    data = form.cleaned_data
    wanted = Wanted(
        Choice(data["choice"]), Ground(data["ground"]), data["investigation"], data["said_en"], data["said_es"]
    )
    done = deciding.propose(row, wanted, actor=actor_of(user), now=timezone.now())
    said = "A second person decides: the proposal waits on the page of approvals."
    return _answered(request, user, row, {"proposal": form}, done, said)


@officer_only
@require_POST
def delay(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """Ask a second person that notice waits, as law enforcement asks."""
    row, form = _row(incident_id), forms.DelayForm(request.POST)
    if not form.is_valid():
        return _page(request, user, row, {"delay": form}, status=422)
    done = delaying.ask(row, Asked(**form.cleaned_data), actor=actor_of(user), now=timezone.now())
    said = "A second person decides: it waits on the page of approvals."
    return _answered(request, user, row, {"delay": form}, done, said)


@officer_only
@require_POST
def coop(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """Mail the co-op's desk."""
    row = _row(incident_id)
    done = telling.tell_coop(row, actor=actor_of(user), now=timezone.now())
    return _told(request, row, done, "The mail to the co-op is on its way.")


@officer_only
@require_POST
def customers(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """Have the customers told of the list on which two people decided."""
    row = _row(incident_id)
    done = telling.begin(row, actor=actor_of(user), now=timezone.now())
    return _told(request, row, done, "The notices are on their way.")


@officer_only
@require_POST
def step(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """Note what was done outside, or the end."""
    row, form = _row(incident_id), forms.StepForm(request.POST)
    if not form.is_valid():
        return _page(request, user, row, {"step": form}, status=422)
    data = form.cleaned_data
    done = recording.note(row, data["kind"], data["how"], at=data["at"], actor=actor_of(user), now=timezone.now())
    return _answered(request, user, row, {"step": form}, done, "It is noted.")


def _row(incident_id: uuid.UUID) -> Incident:
    return get_object_or_404(Incident, id=incident_id)


def _sent(request: HttpRequest) -> dict[str, Any]:
    return {name.removeprefix("filter-"): value for name, value in request.POST.items() if name.startswith("filter-")}


def _page(
    request: HttpRequest,
    user: User,
    row: Incident,
    bound: dict[str, django_forms.Form] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    now, made, given = timezone.now(), listing.newest(row), bound or {}
    words = recording.read(row, actor=actor_of(user))
    facts = recording.facts(row)
    rows = made.rows.order_by("-entries", "customer")[:SHOWN] if made else []
    told = Told.objects.filter(incident=row).count()
    names = dict(User.objects.filter(id__in=row.delays.values("recorder")).values_list("id", "full_name"))
    context = {
        "row": row,
        "words": words,
        "duties": [(TITLES[each.kind], each, each.is_late(now)) for each in duties.duties(facts)],
        "made": made,
        "stands": made is None or listing.stands(made),
        "affected": [(masked(each.customer_id), each) for each in rows],
        "many": made is not None and made.customers > duties.MANY,
        "limit": duties.MANY,
        "told": told,
        "steps": row.steps.order_by("at"),
        "closed": row.steps.filter(kind="closed").exists(),
        "waiting": recording.waiting(row),
        "decision": recording.decided(row),
        "in_force": recording.in_force(row) is not None,
        "letter": telling.letter(row),
        "authorities": authorities.letters(row, facts),
        "profile": telling.desk(),
        "filters": given.get("filters", LogFilterForm()),
        "narrow": given.get("narrow", forms.NarrowForm()),
        "proposal": given.get("proposal", forms.ProposalForm()),
        "delays": [(each, names.get(each.recorder, "")) for each in row.delays.order_by("decided_at")],
        "delayed": duties.is_delayed(facts.pauses, now),
        "delay_waits": delaying.waits(row),
        "delay": given.get("delay", forms.DelayForm()),
        "step": given.get("step", forms.StepForm()),
        "failed": list(given.values()),
    }
    return render(request, "console/incidents/incident.html", context, status=status)


def _answered(
    request: HttpRequest, user: User, row: Incident, bound: dict[str, django_forms.Form], done: object, text: str
) -> HttpResponse:
    """Give the form back with what was typed where it cannot be so; else say what became of it."""
    if not isinstance(done, Refusal) or done.code != "ask.invalid":
        return _told(request, row, done, text)
    for name, form in bound.items():
        form.add_error(None, CANNOT_BE[name])
    return _page(request, user, row, bound, status=422)


def _told(request: HttpRequest, row: Incident, done: object, text: str) -> HttpResponse:
    if isinstance(done, Refusal):
        messages.error(request, REASONS[done.code].text)
    else:
        messages.success(request, text)
    return redirect("console-incident", row.id)
