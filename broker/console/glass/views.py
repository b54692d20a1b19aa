"""Break glass: what stands, the form with reason and end, what was opened, and the review (interface)."""

import uuid
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.console import find
from broker.console.glass import looks
from broker.console.glass.telling import review_by
from broker.console.packs.guard import officers, two_people, viewed
from broker.console.subjects import masked
from broker.duties import glass
from broker.duties.models import Glass
from broker.inlets.forms import GatedFormMixin
from broker.parties.login.watch import turned_away
from broker.parties.models import Customer, User

SHOWN = 100
_INPUT = forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"})
_AREA = forms.Textarea(attrs={"class": "usa-textarea", "rows": 4})
_SELECT = forms.Select(attrs={"class": "usa-select"})
SAID = {
    "glass.role": "Only the officer who broke it opens anything under it.",
    "glass.no_reason": "Say what the emergency is: another person judges it by that.",
    "glass.too_long": "Four hours are the longest.",
    "glass.own": "It is about yourself, or about somebody for whom you work: another person does this.",
    "glass.over": "Its time is over, or it is reviewed already.",
}


class BreakForm(GatedFormMixin):
    """Whom, why, and for how long."""

    sought = forms.CharField(
        label="Customer: e-mail, account number, permission number or request number", max_length=254, widget=_INPUT
    )
    reason = forms.CharField(label="What the emergency is", max_length=1000, widget=_AREA)
    hours = forms.TypedChoiceField(
        label="Ends after", coerce=int, choices=[(n, f"{n} hour{'s' * (n > 1)}") for n in (1, 2, 3, 4)], widget=_SELECT
    )


class ReviewForm(GatedFormMixin):
    """Whether it was right, and why."""

    verdict = forms.ChoiceField(label="Was it right?", choices=[("", "Choose"), *Glass.Verdict.choices], widget=_SELECT)
    note = forms.CharField(label="What you found", max_length=1000, widget=_AREA)


@two_people
@require_GET
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """Show what stands and what waits for its review; nothing is opened."""
    return _listing(request, user, BreakForm())


@officers
@require_POST
def break_one(request: HttpRequest, user: User) -> HttpResponse:
    """Break glass for one customer, for hours; she gets a mail at once."""
    form, now = BreakForm(request.POST), timezone.now()
    customer = None
    if form.is_valid():
        found = find.customer_of(form.cleaned_data["sought"])
        customer = Customer.objects.filter(id=found).first() if found else None
        if customer is None:
            form.add_error("sought", "This names nobody, or several.")
    if customer is None:
        return _listing(request, user, form)
    said = form.cleaned_data
    try:
        row = glass.break_glass(
            customer,
            user,
            said["reason"],
            lasts=timedelta(hours=said["hours"]),
            review_by=review_by(now),
            own=find.is_in_name(customer.id, user.full_name),
            now=now,
        )
    except glass.NotAllowed as error:
        messages.error(request, SAID[error.code])
        return redirect("console-glass")
    return redirect("console-glass-one", row.id)


@two_people
@require_GET
def one(request: HttpRequest, user: User, glass_id: uuid.UUID) -> HttpResponse:
    """One emergency: its officer opens what is sealed here, another person reviews it."""
    row = get_object_or_404(Glass, id=glass_id)
    viewed(user, "glass", {"glass": row.id})
    return _page(request, user, row)


@officers
@require_POST
def read(request: HttpRequest, user: User, glass_id: uuid.UUID) -> HttpResponse:
    """Open what is sealed, for this one page; each time is an event that she sees."""
    row = get_object_or_404(Glass.objects.select_related("customer"), id=glass_id)
    try:
        opened = glass.read(row, user, now=timezone.now())
    except glass.NotAllowed as error:
        messages.error(request, SAID[error.code])
        return redirect("console-glass-one", row.id)
    return _page(request, user, row, opened=opened)


@officers
@require_POST
def end(request: HttpRequest, user: User, glass_id: uuid.UUID) -> HttpResponse:
    """End it before its time."""
    row = get_object_or_404(Glass, id=glass_id)
    try:
        glass.end(row, user, now=timezone.now())
        messages.success(request, "Ended.")
    except glass.NotAllowed as error:
        if row.officer != user.id:  # it is another officer's
            turned_away(request, user)
        messages.error(request, SAID[error.code])
    return redirect("console-glass-one", row.id)


@two_people
@require_POST
def review(request: HttpRequest, user: User, glass_id: uuid.UUID) -> HttpResponse:
    """Say as another person whether it was right."""
    row, form = get_object_or_404(Glass, id=glass_id), ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, user, row, form=form)
    said = form.cleaned_data
    try:
        glass.review(row, user, Glass.Verdict(said["verdict"]), said["note"], now=timezone.now())
        messages.success(request, "Reviewed.")
    except glass.NotAllowed as error:
        if error.code == "glass.own":  # one's own, under whatever login
            turned_away(request, user)
        messages.error(request, SAID[error.code])
    return redirect("console-glass-one", row.id)


def _listing(request: HttpRequest, user: User, form: BreakForm) -> HttpResponse:
    found = list(Glass.objects.order_by("-opened_at")[:SHOWN])
    viewed(user, "glasses", cnt=len(found))
    context = {"rows": [_row(each) for each in found], "form": form, "may_break": user.is_officer}
    return render(request, "console/glass/list.html", context, status=422 if form.errors else 200)


def _row(row: Glass) -> dict[str, object]:
    people = dict(User.objects.filter(id__in=[row.officer, row.reviewed_by]).values_list("id", "full_name"))
    now = timezone.now()
    return {
        "row": row,
        "whose": masked(row.customer_id),
        "officer": people.get(row.officer, ""),
        "reviewer": people.get(row.reviewed_by, "") if row.reviewed_by else "",
        "open": glass.is_open(row, now),
        "late": row.reviewed_by is None and row.review_by < now,
    }


def _page(
    request: HttpRequest, user: User, row: Glass, form: ReviewForm | None = None, opened: glass.Sealed | None = None
) -> HttpResponse:
    case = looks.case(row, user)
    context = {
        **_row(row),
        "mine": row.officer == user.id,
        "opened": opened,
        "case": case,
        "form": (form or ReviewForm()) if case else None,
    }
    return render(request, "console/glass/one.html", context, status=422 if form else 200)
