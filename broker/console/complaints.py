"""Customers' questions as officers work on them, or else an approver (interface): the list, one question, the reply."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from broker.audit import timeline
from broker.console.officers import actor_of, looked
from broker.console.packs.guard import two_people
from broker.inlets.forms import GatedFormMixin
from broker.parties.login.watch import turned_away
from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import Refusal
from consents import complaints
from consents.models import Complaint

ENDED = 50  # closed questions on the list
SAID = {
    complaints.OWN_ACT: "Nobody answers for an act of their own: another officer does, or else an approver.",
}


class ReplyForm(GatedFormMixin, forms.Form):
    """What the customer gets to read, by mail and on her page."""

    reply = forms.CharField(
        label=_("Reply to the customer"),
        help_text=_("She gets it word for word, by e-mail and on her page. Name colleagues by their role."),
        max_length=complaints.LONGEST,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 8}),
    )


class OwnerForm(forms.Form):
    """Who has to answer from now on: whoever may and does not already."""

    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=User.objects.none(),
        widget=forms.Select(attrs={"class": "usa-select"}),
        error_messages={"invalid_choice": SAID[complaints.OWN_ACT]},
    )

    def __init__(self, row: Complaint, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["owner"]
        assert isinstance(field, forms.ModelChoiceField)
        able = [each.id for each in complaints.answerers(row.event) if each.id != row.owner_id]
        field.queryset = User.objects.filter(id__in=able).order_by("username")
        self.has_choice = bool(able)


@dataclass(frozen=True)
class Line:
    """One question on the list, with its clock in business days."""

    row: Complaint
    day: int
    late: int  # business days past the due day; 0 while there is time


@two_people
@require_GET
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """Open questions by due day, then what has been answered; nobody's words are opened here.

    Officers see all; an approver those that no officer may answer, since it is their own act.
    """
    now = timezone.now()
    looked(user, "complaints")
    rows = Complaint.objects.select_related("owner")
    waiting = rows.filter(state=Complaint.State.RECEIVED).order_by("due", "number")
    if not user.is_officer:
        rows = rows.filter(owner=user)
    context = {
        "waiting": [_line(row, now) for row in waiting if _reaches(row, user)],
        "answered": rows.filter(state=Complaint.State.ANSWERED).order_by("answered_at"),
        "closed": rows.filter(state=Complaint.State.CLOSED).order_by("-closed_at")[:ENDED],
        "limit": complaints.BUSINESS_DAYS,
    }
    return render(request, "console/complaints.html", context)


@two_people
@require_GET
def detail(request: HttpRequest, user: User, complaint_id: uuid.UUID) -> HttpResponse:
    """One question; opening her words is an event that she sees."""
    row = _row(request, user, complaint_id)
    return _page(request, user, row, ReplyForm())


@two_people
@require_POST
def answer(request: HttpRequest, user: User, complaint_id: uuid.UUID) -> HttpResponse:
    """Send the reply."""
    row, form = _row(request, user, complaint_id), ReplyForm(request.POST)
    if not form.is_valid():
        return _page(request, user, row, form, status=422)
    done = complaints.answer(row, form.cleaned_data["reply"], user=user, actor=actor_of(user), now=timezone.now())
    return _told(request, row, done, "The reply is on its way to the customer.")


@two_people
@require_POST
def assign(request: HttpRequest, user: User, complaint_id: uuid.UUID) -> HttpResponse:
    """Give a question to another who may answer it."""
    row = _row(request, user, complaint_id)
    form = OwnerForm(row, request.POST)
    if not form.is_valid():
        return _page(request, user, row, ReplyForm(), owner=form, status=422)
    done = complaints.assign(row, form.cleaned_data["owner"], actor=actor_of(user))
    return _told(request, row, done, "The question has a new owner.")


@two_people
@require_POST
def close(request: HttpRequest, user: User, complaint_id: uuid.UUID) -> HttpResponse:
    """End an answered question."""
    row = _row(request, user, complaint_id)
    done = complaints.close(row, user=user, actor=actor_of(user), now=timezone.now())
    return _told(request, row, done, "The question is closed.")


def _row(request: HttpRequest, user: User, complaint_id: uuid.UUID) -> Complaint:
    row = Complaint.objects.select_related("owner", "customer").filter(id=complaint_id).first()
    if row is not None and _reaches(row, user):
        return row
    if not user.is_officer:  # who is no officer does not learn whether there is one
        turned_away(request, user)
    raise Http404


def _reaches(row: Complaint, user: User) -> bool:
    return user.is_officer or row.owner_id == user.id or user in complaints.answerers(row.event)


def _line(row: Complaint, now: datetime) -> Line:
    days = complaints.calendar()
    return Line(row, complaints.day_of(row, now), max(0, days.between(row.due, days.today(now))))


def _page(
    request: HttpRequest,
    user: User,
    row: Complaint,
    form: ReplyForm,
    *,
    owner: OwnerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    words, reply = complaints.read(row, actor=actor_of(user))
    context = {
        "line": _line(row, timezone.now()),
        "row": row,
        "place": next((each.seq for each in timeline.some([row.event])), None),
        "words": words,
        "reply": reply,
        "mail": complaints.mail_state(row),
        "form": form,
        "own": SAID[complaints.OWN_ACT] if complaints.is_own(row, user) else "",
        "owner": owner or OwnerForm(row),
        "limit": complaints.BUSINESS_DAYS,
    }
    return render(request, "console/complaint.html", context, status=status)


def _told(request: HttpRequest, row: Complaint, done: Complaint | Refusal, text: str) -> HttpResponse:
    if isinstance(done, Refusal):
        messages.error(request, SAID.get(done.code) or REASONS[done.code].text)
    else:
        messages.success(request, text)
    return redirect("console-complaint", row.id)
