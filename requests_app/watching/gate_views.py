"""False alarms of the gate, as the desk sees them: one person says so, a second one lets that message through."""

import uuid
from itertools import compress

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.credentials import why
from broker.inlets import overrides, said
from broker.inlets.admin import GatedNoteMixin
from broker.inlets.models import Refused
from broker.parties.models import User
from requests_app.admin_views import actor_of
from requests_app.page_reads import page_shown
from requests_app.watching import doubts

SHOWN = 100
GROUPS = {
    "asked": "Called a false alarm, waiting for a second person",
    "open": "Refused, and called a false alarm by nobody",
    "released": "Let through, until it comes again or its time is over",
}
_SAID = {
    "state.conflict": "That is no longer open: its time is over, it was let through, or somebody asked already.",
    "approval.not_allowed": "A second person has to do that: neither who asked nor who typed it.",
}


class DoubtForm(GatedNoteMixin):
    """Why a refusal was a false alarm, in words without what was refused."""

    why = forms.CharField(
        label="Why it was no password (do not repeat it)",
        max_length=500,
        error_messages={"required": "Say why it was no password: the second person decides by your words."},
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Show what can still be let through; no message was kept, so whoever sent it says which number it had."""
    return _page(request)


@require_POST
def doubt(request: HttpRequest, refused_id: uuid.UUID) -> HttpResponse:
    """Say that a refusal was a false alarm."""
    row = get_object_or_404(Refused, id=refused_id)
    form = DoubtForm(request.POST, auto_id=f"id_{row.id}_%s")
    if not form.is_valid():
        return _page(request, form, row.id)
    code = overrides.ask(row, _person(request), form.cleaned_data["why"], now=timezone.now())
    return _said(request, code, f"{row}: a second person can let it through now.")


@require_POST
def release(request: HttpRequest, refused_id: uuid.UUID) -> HttpResponse:
    """Let that one message through, as the second person."""
    row = get_object_or_404(Refused, id=refused_id)
    code = overrides.release(row, _person(request), now=timezone.now())
    return _said(request, code, f"{row}: the very same message passes once within three days. Tell whoever sent it.")


def _page(request: HttpRequest, form: DoubtForm | None = None, about: uuid.UUID | None = None) -> HttpResponse:
    rows = list(overrides.open_ones(timezone.now())[:SHOWN])
    page_shown(actor_of(request), "gate", cnt=len(rows))
    person, reasons = _person(request), doubts.reasons(rows, actor_of(request))
    shown = [
        {
            "row": each,
            "why": why(each.rule),
            "inlet": said.inlet(each.inlet),
            "place": said.place(each.part),
            "reason": reasons.get(each.id, ""),
            "instead": said.instead(each.kind),
            "may_release": each.asked_by_id and not each.released_by_id
            and person.id not in (each.asked_by_id, each.typed_by_id),
            "form": form if each.id == about else DoubtForm(auto_id=f"id_{each.id}_%s"),
        }
        for each in rows
    ]  # fmt: skip
    apart = [(title, [_standing(row) == key for row in rows]) for key, title in GROUPS.items()]
    groups = [(title, list(compress(shown, mine))) for title, mine in apart]
    context = {"groups": groups, "found": len(shown), "most": SHOWN}
    return render(request, "requests_app/gate.html", context, status=422 if form is not None else 200)


def _standing(row: Refused) -> str:
    if row.released_by_id:
        return "released"
    return "asked" if row.asked_by_id else "open"


def _said(request: HttpRequest, code: str, done: str) -> HttpResponse:
    if code:
        messages.error(request, _SAID[code])
    else:
        messages.success(request, done)
    return redirect("admin:gate")


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
