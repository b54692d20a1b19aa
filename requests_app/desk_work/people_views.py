"""Pages of the desk's people: who is away, and one's own morning mail (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from broker.terms import Refusal
from requests_app.admin_views import actor_of
from requests_app.desk_work import absence, mailboxes, people
from requests_app.desk_work.forms import AwayForm, CodeForm, MailboxForm
from requests_app.desk_work.models import Absence
from requests_app.desk_work.views import person

AWAY = {
    "ask.invalid": "The days are over, out of order, or more than a year.",
    "state.conflict": "An absence of these days is known already.",
}


@require_http_methods(["GET", "POST"])
def absences(request: HttpRequest) -> HttpResponse:
    """Show who is away and who stands in; write an absence down."""
    now = timezone.now()
    form = AwayForm(request.POST) if request.method == "POST" else AwayForm(initial={"person": request.user})
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        done = absence.away(
            said["person"], said["cover"], said["first"], said["last"], actor=actor_of(request), now=now
        )
        if not isinstance(done, Refusal):
            messages.success(request, f"{said['cover'].full_name} stands in for {said['person'].full_name}.")
            return redirect("admin:absences")
        form.add_error(None, AWAY[done.code])
    known = Absence.objects.filter(last__gte=people.today(now), taken_back_at=None)
    rows = known.select_related("person", "cover").order_by("first", "last")
    context = {"form": form, "rows": rows, "today": people.today(now)}
    return render(request, "requests_app/worklist_away.html", context, status=422 if form.errors else 200)


@require_POST
def take_back(request: HttpRequest, absence_id: uuid.UUID) -> HttpResponse:
    """Take an absence back."""
    done = absence.taken_back(get_object_or_404(Absence, id=absence_id), actor=actor_of(request), now=timezone.now())
    if done is None:
        messages.success(request, "The absence is taken back.")
    else:
        messages.error(request, "It was taken back already.")
    return redirect("admin:absences")


@require_http_methods(["GET", "POST"])
def morning(request: HttpRequest) -> HttpResponse:
    """Say where one's own morning mail goes, prove it by a code, switch it off and on."""
    who, actor, now = person(request), actor_of(request), timezone.now()
    what = request.POST.get("do", "") if request.method == "POST" else ""
    address, code = (
        MailboxForm(request.POST if what == "address" else None),
        CodeForm(request.POST if what == "code" else None),
    )
    done: Refusal | None = None
    if what == "address" and address.is_valid():
        done = mailboxes.begin(who, address.cleaned_data["email"], actor=actor, now=now)
        if done is None:
            messages.success(request, "A code is on its way to this address.")
            return redirect("admin:morning")
        address.add_error("email", "Six codes an hour are enough." if done.code == "rate.limited" else "No address.")
    elif what == "code" and code.is_valid():
        done = mailboxes.confirm(who, code.cleaned_data["code"], actor=actor, now=now)
        if done is None:
            messages.success(request, "The address is proven. The morning mail goes there on business days.")
            return redirect("admin:morning")
        code.add_error("code", "It is wrong or too old. After five tries ask for another one.")
    elif what in ("on", "off"):
        if mailboxes.want(who, what == "on", actor=actor) is None:
            messages.success(request, f"Your morning mail is {what}.")
        return redirect("admin:morning")
    row = mailboxes.of(who)
    context = {
        "row": row,
        "waits": mailboxes.waits(row),
        "address": address,
        "code": code,
        "now_at": mailboxes.shown(who, actor=actor),
    }
    wrong = bool(address.errors or code.errors)
    return render(request, "requests_app/worklist_morning.html", context, status=422 if wrong else 200)
