""" "Who saw my data" (interface): the list with its filters, the copy as a table, a question about an entry."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from broker.inlets import said as gate_said
from broker.parties.models import Customer
from broker.terms import Actor, Refusal
from consents import access_table, complaints, csv_cells
from consents import asked as asking
from consents.access import AccessRow, access_rows
from consents.access_forms import AccessFilterForm, QuestionForm
from consents.access_table import Choice
from consents.foreign import foreign
from consents.models import Complaint
from consents.my_views import with_customer

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ASKED = "asked"  # in the session: a keyed hash of the words of the last question
PICTURE_HEIGHT, PICTURE_STEP = 120, 50


@with_customer
@require_GET
def page(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Who asked for, saw, or was refused her data: one page of it."""
    now, zone = timezone.now(), display_zone()
    rows = access_rows(customer, now=now)
    form, chosen = _filtered(request, rows, zone)
    upto = chosen.get("upto") or _microseconds(rows[0].at)  # there is at least the entry of this very reading
    known = [row for row in rows if _microseconds(row.at) <= upto]
    shown = [row for row in known if _choice(chosen).fits(row, zone)]
    groups = access_table.cut(access_table.grouped(shown, zone), chosen.get("page") or 1)
    if groups is None:
        raise Http404
    asked = _asked(customer)
    counted = access_table.months(rows, zone, last=now.astimezone(zone).date())
    context = {
        "form": form,
        "page": groups,
        "choice": _choice(chosen),
        "upto": upto,
        "quiet": all(row.who.key == "you" for row in rows),
        "seen": sum(access_table.looked(row) for row in rows),
        "months": counted,
        "bars": access_table.bars(counted, height=PICTURE_HEIGHT, step=PICTURE_STEP),
        "asked": asked,
        "waiting": {each.event for each in asked if each.state == Complaint.State.RECEIVED},
        "years": _years(rows, zone),
        "may_say_no": asking.may_say_no(customer, now=now),
    }
    return render(request, "consents/access.html", context)


@with_customer
@require_GET
def copy(request: HttpRequest, customer: Customer) -> HttpResponse:
    """The same rows as a table for a spreadsheet; making it is an event."""
    zone = display_zone()
    rows = access_rows(customer, now=timezone.now(), act="log.exported", body={"page": "who saw my data", "as": "csv"})
    _form, chosen = _filtered(request, rows, zone)
    head = [
        _("When"), _("Who"), _("What"), _("Details"), _("Why"), _("How"),
        _("Result"), _("Reason"), _("What would be permitted"), _("Entry"),
    ]  # fmt: skip
    cells = [_cells(row, zone) for row in rows if _choice(chosen).fits(row, zone)]
    # The mark at the beginning tells spreadsheets that accents are UTF-8.
    response = HttpResponse("\ufeff" + csv_cells.table([head, *cells]), content_type="text/csv; charset=utf-8")
    name = _("who-saw-my-data")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, customer: Customer, event: int) -> HttpResponse:
    """Ask about one entry of her list; a foreign or hidden one is not found, and that is an event."""
    now = timezone.now()
    rows = access_rows(customer, now=now, body={"page": "ask about an entry"})
    row = next((row for row in rows if row.event == event), None)
    if row is None:
        raise foreign(customer, "event")
    open_one = complaints.waiting(customer, event)
    form = QuestionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        words = form.cleaned_data["words"]
        pressed = salted_hmac(f"{ASKED}:{event}", words, algorithm="sha256").hexdigest()
        if open_one is None:
            made = complaints.open_complaint(customer, row, words, now=now)
            if isinstance(made, Refusal):
                messages.error(request, f"{gate_said.what(made.detail)} {gate_said.instead(made.detail)}")
                return redirect("my-access-ask", event)
            request.session[ASKED] = pressed
            return redirect("my-question", made.id)
        if request.session.get(ASKED) == pressed:  # the button was pressed twice
            return redirect("my-question", open_one.id)
        # A form from before the question: nothing is sent, and her words stay in front of her.
        return render(request, "consents/ask.html", {"row": row, "open": open_one, "unsent": words}, status=409)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "consents/ask.html", {"form": form, "row": row, "open": open_one}, status=status)


@with_customer
@require_GET
def question(request: HttpRequest, customer: Customer, complaint_id: str) -> HttpResponse:
    """Her question, who has it, by when, and the reply."""
    complaint = Complaint.objects.filter(id=complaint_id, customer=customer).first()
    if complaint is None:
        raise foreign(customer, "complaint")
    words, reply = complaints.read(complaint, actor=Actor("c", customer.id))
    context = {"question": complaint, "words": words, "reply": reply}
    return render(request, "consents/question.html", context)


def display_zone() -> ZoneInfo:
    """Give the zone in which customers read times."""
    return ZoneInfo(settings.DISPLAY_ZONE)


def _filtered(request: HttpRequest, rows: list[AccessRow], zone: ZoneInfo) -> tuple[AccessFilterForm, dict[str, Any]]:
    months = sorted({access_table.month_of(row.at, zone) for row in rows}, reverse=True)
    form = AccessFilterForm(request.GET, rows=rows, months=months)
    if not form.is_valid():  # an old bookmark, or an address made by hand: the whole list
        form = AccessFilterForm({}, rows=rows, months=months)
        form.is_valid()
    return form, form.cleaned_data


def _choice(chosen: dict[str, Any]) -> Choice:
    return Choice(chosen.get("who", ""), chosen.get("what", ""), chosen.get("month", ""))


def _cells(row: AccessRow, zone: ZoneInfo) -> list[str]:
    at = row.at.astimezone(zone)
    return [
        f"{at:%Y-%m-%d %H:%M:%S} {at:%Z}", row.who.name, row.what, row.detail, row.why, row.how,
        row.result, row.reason, row.instead, str(row.event),
    ]  # fmt: skip


def _asked(customer: Customer) -> list[Complaint]:
    return list(Complaint.objects.filter(customer=customer).order_by("-opened_at"))


def _years(rows: list[AccessRow], zone: ZoneInfo) -> list[int]:
    return sorted({row.at.astimezone(zone).year for row in rows}, reverse=True)


def _microseconds(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
