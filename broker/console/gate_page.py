"""What the gate refused, as an officer sees it: how often, where, from whom, and who is suspended (interface)."""

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.console import gate_numbers
from broker.console.hours import local
from broker.console.officers import looked, officer_only
from broker.inlets import incidents, numbers, said, watching
from broker.inlets.forms import GatedFormMixin
from broker.inlets.models import Incident, Refused, Watched
from broker.parties.models import User
from requests_app.numbers.bars import Bar, columns

DAYS = 30
SHOWN = 100
NOBODY = "customers, strangers, mail, and our own people"


class LiftForm(GatedFormMixin):
    """Why a suspended recipient may go on."""

    why = forms.CharField(
        label="What you found out, and what was changed",
        max_length=2_000,
        error_messages={"required": "Say what you found out, and what was changed. Until then it stays suspended."},
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
    )


class CloseForm(GatedFormMixin):
    """What an officer found who looked into an incident."""

    why = forms.CharField(
        label="What you found out",
        max_length=2_000,
        error_messages={"required": "Say what you found out. Until then the incident stays open."},
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 2}),
    )


@dataclass(frozen=True)
class Group:
    """An open incident: whose, where, the numbers of its newest refusals, and the form that closes it."""

    row: Incident
    inlet: str
    who: str
    newest: list[gate_numbers.Line]
    in_log: str
    form: CloseForm


@dataclass(frozen=True)
class Line:
    """How often something was refused at one inlet from one recipient."""

    inlet: str
    who: str
    count: int


@officer_only
@require_GET
def page(request: HttpRequest, user: User) -> HttpResponse:
    """Show what was refused in thirty days, open incidents, and who waits to be looked at; no message was kept.

    `?number=` finds one refusal by the number that whoever was refused tells.
    """
    return _page(request, user)


@officer_only
@require_POST
def lift(request: HttpRequest, user: User, watched_id: uuid.UUID) -> HttpResponse:
    """Let a suspended recipient go on; the officer says why, and that is in the log."""
    row = get_object_or_404(Watched, id=watched_id)
    form = LiftForm(request.POST, auto_id=f"id_{row.id}_%s")
    if not form.is_valid():
        return _page(request, user, form=form, about=row.id)
    if watching.lift(row, user, form.cleaned_data["why"], now=timezone.now()):
        messages.success(request, "It can go on, and was told so.")
    else:
        messages.error(request, "It is not suspended any more, or you work for it yourself.")
    return redirect("console-gate")


@officer_only
@require_POST
def close(request: HttpRequest, user: User, incident_id: uuid.UUID) -> HttpResponse:
    """Close an incident that was looked into, in words that the log keeps; what is refused later opens another one."""
    row = get_object_or_404(Incident, id=incident_id)
    form = CloseForm(request.POST, auto_id=f"id_{row.id}_%s")
    if not form.is_valid():
        return _page(request, user, form=form, about=row.id)
    if not incidents.close(row, user, form.cleaned_data["why"], now=timezone.now()):
        messages.error(request, "It is closed already.")
    return redirect("console-gate")


def counted(now: datetime) -> tuple[list[tuple[date, int]], list[Line]]:
    """Count the refusals of the last thirty Central days: day by day, and by inlet and recipient."""
    today = local(now).date()
    first = today - timedelta(days=DAYS - 1)
    rows = Refused.objects.filter(at__gte=now - timedelta(days=DAYS + 1)).select_related("organisation")
    days: Counter[date] = Counter()
    lines: Counter[tuple[str, str]] = Counter()
    for each in rows.only("at", "inlet", "organisation__legal_name").iterator():
        if (day := local(each.at).date()) >= first:
            days[day] += 1
            who = each.organisation.legal_name if each.organisation else NOBODY
            lines[(said.inlet(each.inlet), who)] += 1
    by_day = [(first + timedelta(days=number), days[first + timedelta(days=number)]) for number in range(DAYS)]
    return by_day, [Line(inlet, who, count) for (inlet, who), count in lines.most_common()]


def kinds(now: datetime) -> list[tuple[str, int, str]]:
    """Count what was found in thirty days by kind, the most frequent first, with what its sender is told to do."""
    rows = Refused.objects.filter(at__gte=now - timedelta(days=DAYS)).values_list("kind", flat=True)
    return [(said.what(kind), count, said.instead(kind)) for kind, count in Counter(rows).most_common()]


def _page(
    request: HttpRequest, user: User, *, form: LiftForm | CloseForm | None = None, about: uuid.UUID | None = None
) -> HttpResponse:
    now = timezone.now()
    find = gate_numbers.NumberForm(request.GET if "number" in request.GET else None, auto_id="find_%s")
    hits = find.cleaned_data["number"] if find.is_valid() else []
    looked(user, "gate", {"refusals": [each.id for each in hits]} if hits else None)
    days, lines = counted(now)
    waiting = [
        (each, form if each.id == about else LiftForm(auto_id=f"id_{each.id}_%s")) for each in watching.suspended()
    ]
    open_ones = incidents.open_ones()
    context = {
        "days": days,
        "lines": lines,
        "chart": columns([Bar(f"{day:%b} {day.day}", (0, count)) for day, count in days]),
        "kinds": kinds(now),
        "number": DAYS,
        "waiting": waiting,
        "warned": Watched.objects.filter(state=Watched.State.WARNED).select_related("organisation", "application"),
        "find": find,
        "found": gate_numbers.found(hits, now),
        "open": open_ones.count(),
        "incidents": _groups(open_ones.select_related("organisation")[:SHOWN], form, about),
        "each": gate_numbers.EACH,
        "desk": reverse("admin:gate"),
    }
    if form is not None:
        messages.error(request, "Nothing was changed: words are missing, or cannot be taken. See below.")
    wrong = form is not None or (find.is_bound and not find.is_valid())
    return render(request, "console/gate.html", context, status=422 if wrong else 200)


def _groups(rows: Iterable[Incident], form: LiftForm | CloseForm | None, about: uuid.UUID | None) -> list[Group]:
    shown = list(rows)
    who, newest = gate_numbers.senders(shown), numbers.newest(shown, gate_numbers.EACH)
    return [
        Group(
            each,
            said.inlet(each.inlet),
            who[each.sender],
            [gate_numbers.line(row) for row in newest[each.id]],
            gate_numbers.in_log(each),
            form if isinstance(form, CloseForm) and each.id == about else CloseForm(auto_id=f"id_{each.id}_%s"),
        )
        for each in shown
    ]
