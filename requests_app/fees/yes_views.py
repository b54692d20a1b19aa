"""A yes to a fee that a customer gave by post or phone: written down by one, compared by another (interface)."""

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from broker.approvals.decide import NotAllowed
from broker.approvals.lifecycle import OPEN
from broker.approvals.models import Approval
from broker.terms import Refusal
from requests_app.admin_views import actor_of, text_of
from requests_app.fees import asking, by_word, views
from requests_app.fees.forms import YesForm
from requests_app.fees.models import WrittenYes
from requests_app.paper_views import WHY_NOT


@require_POST
def write(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Write down her yes, and ask for a second person; what is incomplete comes back with its form."""
    manual = views.manual_of(request_id)
    question = asking.waiting(manual)
    if question is None or not by_word.may_write(question):
        messages.error(request, text_of(Refusal("state.conflict")))
        return redirect("admin:request-acts", manual.id)
    form = YesForm(request.POST, request.FILES, question=question)
    if form.is_old:
        messages.error(request, views.OLD_PAGE)
        views.shown(request, manual)
        return views.page(request, manual, status=409)
    if not form.is_valid():
        views.shown(request, manual)
        return views.page(request, manual, status=422, more={"yes_form": form, "form": form})
    try:
        done = by_word.write(question, form.said(), actor=actor_of(request), now=timezone.now())
    except NotAllowed as refused:
        messages.error(request, WHY_NOT.get(refused.code, refused.code))
        return redirect("admin:request-acts", manual.id)
    if isinstance(done, Refusal):
        messages.error(request, text_of(done))
    else:
        messages.success(request, f"{manual.number}: it waits for a second person, who compares it.")
    return redirect("admin:request-acts", manual.id)


@require_http_methods(["GET", "POST"])
def compare(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Compare what was written down with the scan or by a call, then take it or not; its writer may take it back."""
    entry = get_object_or_404(_rows(), id=entry_id)
    if request.method == "POST":
        return _decide(request, entry)
    noted = by_word.opened(entry, actor=actor_of(request), why="to compare it")
    context = {
        "entry": entry,
        "manual": entry.question.manual,
        "words": noted,
        "open": Approval.objects.filter(id=entry.approval, state__in=OPEN).exists(),
        "own": entry.written_by == actor_of(request).id,
    }
    return render(request, "fees/yes.html", context)


@require_POST
def scan(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Hand out the scan; its bytes are a stranger's and are never shown inside our site."""
    entry = get_object_or_404(_rows(), id=entry_id, scan__isnull=False)
    response = HttpResponse(by_word.scan_of(entry, actor=actor_of(request)), content_type="application/octet-stream")
    ending = "pdf" if entry.scan_type == "application/pdf" else "jpg"
    response["Content-Disposition"] = f'attachment; filename="scan-{str(entry.id)[:8]}.{ending}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _decide(request: HttpRequest, entry: WrittenYes) -> HttpResponse:
    now, actor, manual = timezone.now(), actor_of(request), entry.question.manual
    try:
        match request.POST.get("decision"):
            case "approve":
                by_word.approve(entry, actor=actor, now=now)
                messages.success(request, f"{manual.number}: the customer pays the fee; the co-op gets our answer.")
            case "take_back":
                by_word.take_back(entry, actor=actor, now=now)
                messages.success(request, f"{manual.number}: it is taken back. Her answer may be written down anew.")
            case _:
                by_word.refuse(entry, actor=actor, now=now)
                messages.success(request, f"{manual.number}: it is not taken. Her answer may be written down anew.")
    except NotAllowed as refused:
        messages.error(request, WHY_NOT.get(refused.code, refused.code))
        return redirect("admin:fee-yes", entry.id)
    return redirect("admin:request-acts", manual.id)


def _rows() -> QuerySet[WrittenYes]:
    return WrittenYes.objects.select_related("question__manual__request", "question__fee")
