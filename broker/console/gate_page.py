"""What the gate refused, as an officer sees it: how often, where, from whom, and who is suspended (interface)."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.console.hours import local
from broker.console.officers import looked, officer_only
from broker.inlets import incidents, said, watching
from broker.inlets.forms import GatedFormMixin
from broker.inlets.models import Incident, Refused, Watched
from broker.parties.models import User
from requests_app.numbers.bars import Bar, columns

DAYS = 30
SHOWN = 100
NOBODY = "customers, strangers, mail, and our own people"
INLETS = {
    "web_form": "forms of the site",
    "admin_note": "forms of our people",
    "api_json": "the API",
    "url_param": "addresses",
    "csv_upload": "tables and text files",
    "pdf_upload": "PDF files",
    "email_reply": "mail that came",
    "outbound_email": "our own mail",
    "webhook": "our own webhooks",
    "nectar_call": "calls to Nectar",
    "command": "commands on the server",
}


class LiftForm(GatedFormMixin):
    """Why a suspended recipient may go on."""

    why = forms.CharField(
        label="What you found out, and what was changed",
        max_length=2_000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 3}),
    )


@dataclass(frozen=True)
class Line:
    """How often something was refused at one inlet from one recipient."""

    inlet: str
    who: str
    count: int


@officer_only
@require_GET
def page(request: HttpRequest, user: User) -> HttpResponse:
    """Show what was refused in thirty days, open incidents, and who waits to be looked at; no message was kept."""
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
    """Close an incident that was looked into; whatever is refused later opens another one."""
    if not incidents.close(get_object_or_404(Incident, id=incident_id), user, now=timezone.now()):
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
            lines[(INLETS.get(each.inlet, each.inlet), who)] += 1
    by_day = [(first + timedelta(days=number), days[first + timedelta(days=number)]) for number in range(DAYS)]
    return by_day, [Line(inlet, who, count) for (inlet, who), count in lines.most_common()]


def kinds(now: datetime) -> list[tuple[str, int, str]]:
    """Count what was found in thirty days by kind, the most frequent first, with what its sender is told to do."""
    rows = Refused.objects.filter(at__gte=now - timedelta(days=DAYS)).values_list("kind", flat=True)
    return [(said.what(kind), count, said.instead(kind)) for kind, count in Counter(rows).most_common()]


def _page(
    request: HttpRequest, user: User, *, form: LiftForm | None = None, about: uuid.UUID | None = None
) -> HttpResponse:
    looked(user, "gate")
    days, lines = counted(timezone.now())
    waiting = [
        (each, form if each.id == about else LiftForm(auto_id=f"id_{each.id}_%s")) for each in watching.suspended()
    ]
    open_ones = Incident.objects.filter(closed_at=None).select_related("organisation").order_by("-last_at", "id")
    context = {
        "days": days,
        "lines": lines,
        "chart": columns([Bar(f"{day:%b} {day.day}", (0, count)) for day, count in days]),
        "kinds": kinds(timezone.now()),
        "number": DAYS,
        "waiting": waiting,
        "warned": Watched.objects.filter(state=Watched.State.WARNED).select_related("organisation", "application"),
        "incidents": [(each, INLETS.get(each.inlet, each.inlet)) for each in open_ones[:SHOWN]],
        "nobody": NOBODY,
    }
    return render(request, "console/gate.html", context, status=422 if form is not None else 200)
