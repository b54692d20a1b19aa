"""Pages of the register of holds, the retention queue and what was destroyed (interface)."""

import uuid
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import DateField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.approvals.decide import NotAllowed
from broker.approvals.lifecycle import OPEN
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.holds import certificate, forms, placing, retention, times
from broker.console.holds.models import Disposal, HoldState, LegalHold, Rule, Scope
from broker.console.holds.placing import Refused, Wanted
from broker.console.officers import actor_of, officer_only
from broker.parties.models import User
from broker.vault import CASE

SHOWN = 200
REFUSALS = {
    "hold.released": "This hold was released.",
    "hold.not_in_force": "This hold is not in force yet, or not any more.",
    "hold.asked": "A second person was asked already.",
    "hold.in_force": "A legal hold keeps this. Nothing was asked for; the try is in the log.",
    "shred.asked": "A second person was asked already.",
    "erasure.evidence": "Evidence is not erased on request.",
    "approval.role": "Your role may not ask for this.",
}


@officer_only
@require_GET
def holds(request: HttpRequest, user: User) -> HttpResponse:
    """The register; reasons stay sealed."""
    initial = {"customer": request.GET.get("customer", "")[:36]}  # where an entry of the log leads here
    return _register(request, user, forms.PlaceForm(today=_today(), initial=initial))


@officer_only
@require_POST
def place(request: HttpRequest, user: User) -> HttpResponse:
    """Place a hold at once."""
    form = forms.PlaceForm(request.POST, today=_today())
    if not _looked_up(user, form):
        return _register(request, user, form, status=422)
    data = form.cleaned_data
    made = placing.place(
        data["customer"], data["reason"], scope=data["scope"], review_on=data["review_on"],
        officer=actor_of(user), now=timezone.now(),
    )  # fmt: skip
    messages.success(request, f"{made.number} is placed. Nothing of this customer is destroyed from now on.")
    return redirect("console-hold", made.id)


@officer_only
@require_GET
def hold(request: HttpRequest, user: User, hold_id: uuid.UUID) -> HttpResponse:
    """One hold; its reason is opened by a button."""
    found = get_object_or_404(LegalHold, id=hold_id)
    _looked(user, "hold", {"hold": found.id})
    return _hold_page(request, found)


@officer_only
@require_POST
def reason(request: HttpRequest, user: User, hold_id: uuid.UUID) -> HttpResponse:
    """Open the reason, under an event of the customer."""
    found = get_object_or_404(LegalHold, id=hold_id)
    return _hold_page(request, found, text=placing.read_reason(found, officer=actor_of(user)))


@officer_only
@require_POST
def review(request: HttpRequest, user: User, hold_id: uuid.UUID) -> HttpResponse:
    """Write down a review."""
    found = get_object_or_404(LegalHold, id=hold_id)
    form = forms.ReviewForm(request.POST, today=_today())
    if not form.is_valid():
        _looked(user, "hold", {"hold": found.id})
        return _hold_page(request, found, review_form=form, status=422)
    done = _try(request, lambda: placing.review(found.id, form.cleaned_data["review_on"], officer=actor_of(user)))
    if done:
        messages.success(request, "The review is written down.")
    return redirect("console-hold", found.id)


@officer_only
@require_POST
def release(request: HttpRequest, user: User, hold_id: uuid.UUID) -> HttpResponse:
    """Ask a second person for the release."""
    found = get_object_or_404(LegalHold, id=hold_id)
    form = forms.ReasonForm(request.POST)
    if not form.is_valid():
        _looked(user, "hold", {"hold": found.id})
        return _hold_page(request, found, release_form=form, status=422)
    text, officer = form.cleaned_data["reason"], actor_of(user)
    if _try(request, lambda: placing.ask_release(found.id, text, officer=officer, now=timezone.now())):
        messages.success(request, "A second person is asked. Until then the hold stays.")
    return redirect("console-hold", found.id)


@officer_only
@require_GET
def queue(request: HttpRequest, user: User) -> HttpResponse:
    """What will be destroyed on a day, what holds keep of it, and what was destroyed."""
    return _queue(request, user)


@officer_only
@require_POST
def ask_due(request: HttpRequest, user: User) -> HttpResponse:
    """Ask a second person for the destruction of what is due today."""
    ready = [row for row in retention.due_until(_today()) if _may_be_asked_for(row)]
    form = forms.DueForm(request.POST, codes=[row.code for row in ready])
    if not form.is_valid():
        return _queue(request, user, due_form=form, status=422)
    text, asked = form.cleaned_data["reason"], 0
    for row in ready:
        if row.code in form.cleaned_data["items"]:
            pen = retention.in_the_pen(row.subject, row.retention, row.period, row.scope)
            wanted = Wanted(row.subject, row.retention, row.period, row.scope, Rule.RETENTION, files=pen)
            asked += _ask(request, wanted, text, user)
    _say_asked(request, asked)
    return redirect("console-retention")


@officer_only
@require_POST
def erase(request: HttpRequest, user: User) -> HttpResponse:
    """Ask a second person to erase a customer's case, year by year; evidence stays."""
    form = forms.EraseForm(request.POST)
    if not _looked_up(user, form):
        return _queue(request, user, erase_form=form, status=422)
    customer, text = form.cleaned_data["customer"], form.cleaned_data["reason"]
    years = retention.years_of(customer)
    wanted = []
    for year in years:
        pen = retention.in_the_pen(customer, CASE, year, Scope.EVERYTHING)
        wanted.append(Wanted(customer, CASE, year, Scope.EVERYTHING, Rule.ERASURE, files=pen))
    _say_asked(request, sum(_ask(request, each, text, user) for each in wanted))
    return redirect("console-retention")


@officer_only
@require_GET
def disposal_certificate(request: HttpRequest, user: User, disposal_id: uuid.UUID) -> HttpResponse:
    """The certificate of a destruction, made from the register and the log."""
    row = get_object_or_404(Disposal, id=disposal_id)
    try:
        pdf = certificate.make(row, officer=actor_of(user))
    except certificate.NotYet:
        messages.warning(request, "The log has not signed this destruction yet. Try again in a minute.")
        return redirect("console-retention")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _may_be_asked_for(row: retention.Due) -> bool:
    """Say whether a second person can be asked; a mail with a portal login (`until`) goes by itself (0147)."""
    return not row.held and not row.asked and row.until is None


def _looked_up(user: User, form: forms.PlaceForm | forms.EraseForm) -> bool:
    """Say whether a form holds; a look-up by number or address is an event, hers never: an order may forbid it."""
    valid = form.is_valid()
    if form.searched is not None:
        body = {"page": "holds", "found": form.searched}
        log.append_read(
            "log.searched", actor=actor_of(user), subject=None, purpose="legal_obligation", obj="event", body=body
        )
    return valid


def _register(request: HttpRequest, user: User, form: forms.PlaceForm, status: int = 200) -> HttpResponse:
    rows = list(LegalHold.objects.defer("reason").order_by("-number")[:SHOWN])
    actor = actor_of(user)
    log.append_read(
        "hold.listed",
        actor=actor,
        subject=None,
        purpose="legal_obligation",
        obj="hold",
        body={"page": "holds"},
        cnt=len(rows),
    )
    today, asked = _today(), _release_asked()
    shown = [
        {
            "hold": row,
            "whose": _whose(row),
            "late": row.state != HoldState.RELEASED and row.review_on < today,
            "asked": row.id in asked,
        }
        for row in rows
    ]
    return render(request, "console/holds.html", {"rows": shown, "form": form}, status=status)


def _whose(row: LegalHold) -> str:
    """Name what is no customer's; empty for a customer."""
    return retention.OF_NOBODY.get(row.subject, "")


def _hold_page(
    request: HttpRequest, found: LegalHold, *, text: str | None = None, status: int = 200, **forms_in_error: Any
) -> HttpResponse:
    context = {
        "hold": found,
        "whose": _whose(found),
        "reason": text,
        "late": found.state != HoldState.RELEASED and found.review_on < _today(),
        "asked": found.id in _release_asked(),
        "officer": User.objects.filter(id=found.placed_by).first(),
        "review_form": forms_in_error.get("review_form") or forms.ReviewForm(today=_today(), auto_id="review_%s"),
        "release_form": forms_in_error.get("release_form") or forms.ReasonForm(auto_id="release_%s"),
    }
    return render(request, "console/hold.html", context, status=status)


def _queue(request: HttpRequest, user: User, *, status: int = 200, **forms_in_error: Any) -> HttpResponse:
    today = _today()
    day = _chosen_day(request.GET.get("on", ""), today)
    rows = retention.due_until(day)
    body = {"page": "retention", "on": day, "due": len(rows), "held": sum(row.held for row in rows)}
    log.append_read(
        "disposal.listed",
        actor=actor_of(user),
        subject=None,
        purpose="legal_obligation",
        obj="disposal",
        body=body,
        cnt=len(rows),
    )
    context = {
        "day": day,
        "rows": rows[:SHOWN],
        "more": max(0, len(rows) - SHOWN),
        "going": sum(not row.held for row in rows),
        "kept": sum(row.held for row in rows),
        "keys": sum(row.keys for row in rows if not row.held),
        "askable": [row.code for row in rows if row.on <= today and _may_be_asked_for(row)],
        "times": retention.times(),
        "login_days": times.LOGIN_DAYS,
        "disposals": Disposal.objects.order_by("-number")[:SHOWN],
        "due_form": forms_in_error.get("due_form") or forms.DueForm(codes=[], auto_id="due_%s"),
        "erase_form": forms_in_error.get("erase_form") or forms.EraseForm(auto_id="erase_%s"),
    }
    return render(request, "console/retention.html", context, status=status)


def _chosen_day(text: str, today: date) -> date:
    try:
        return DateField().clean(text) if text else times.next_friday(today)
    except ValidationError:
        return times.next_friday(today)


def _ask(request: HttpRequest, wanted: Wanted, text: str, user: User) -> bool:
    officer = actor_of(user)
    return _try(request, lambda: placing.ask_destruction(wanted, text, officer=officer, now=timezone.now()))


def _try(request: HttpRequest, act: Callable[[], object]) -> bool:
    try:
        act()
    except (Refused, NotAllowed) as refused:
        messages.error(request, REFUSALS.get(refused.code, "This is not possible now."))
        return False
    return True


def _say_asked(request: HttpRequest, count: int) -> None:
    if count:
        messages.success(request, f"A second person is asked about {count} item{'s' if count != 1 else ''}.")


def _release_asked() -> set[uuid.UUID | None]:
    rows = Approval.objects.filter(act=placing.RELEASE, state__in=OPEN, expires_at__gt=timezone.now())
    return set(rows.values_list("about", flat=True))


def _looked(user: User, page: str, facts: dict[str, object]) -> None:
    actor = actor_of(user)
    log.append_read(
        "hold.listed",
        actor=actor,
        subject=None,
        purpose="legal_obligation",
        obj="hold",
        body={"page": page, **facts},
        cnt=1,
    )


def _today() -> date:
    return datetime.now(ZoneInfo(settings.DISPLAY_ZONE)).date()
