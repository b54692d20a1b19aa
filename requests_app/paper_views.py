"""The desk's pages about letters signed on paper (interface): enter, compare and decide, print what is to be posted."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker import jobs
from broker.approvals.decide import NotAllowed
from broker.approvals.models import Approval
from broker.reasons import REASONS
from broker.terms import PURPOSES, Refusal
from consents.models import PaperNotice
from consents.paper import entering, granting, posting
from consents.paper.models import PaperEntry
from consents.rules import through
from requests_app.admin_views import actor_of
from requests_app.fees import by_word
from requests_app.forms import LABELS
from requests_app.page_reads import page_shown
from requests_app.paper_forms import PaperForm
from requests_app.paper_words import title

WHY_NOT = {
    "approval.same_person": "Whoever entered a letter does not decide about it.",
    "approval.role": "An operator decides about it.",
    "approval.over": "It is decided already.",
    "approval.expired": "It was not decided in time; enter it again.",
    "approval.not_yours": "Whoever entered it takes it back.",
}


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits for a second person, and what is to be printed and posted; masked."""
    waiting = PaperEntry.objects.filter(state=PaperEntry.State.WAITING).select_related("letter__organisation")
    to_post = PaperNotice.objects.filter(posted_at=None).select_related("consent")
    page_shown(actor_of(request), "paper", cnt=waiting.count())
    rows = [(each, title(each.template)) for each in to_post.order_by("made_at")[:200]]
    context = {"waiting": waiting.order_by("entered_at"), "yeses": by_word.all_waiting(), "to_post": rows}
    return render(request, "requests_app/paper.html", context)


@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """Enter a signed original with its scan."""
    form = PaperForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given, now = form.original(), timezone.now()
        try:
            answer = entering.enter(
                form.cleaned_data["letter"], given, received_at=form.received_at(), actor=actor_of(request), now=now
            )
        except NotAllowed as refused:
            form.add_error(None, WHY_NOT.get(refused.code, refused.code))
        else:
            if not isinstance(answer, Refusal):
                messages.success(request, "It waits for a second person, who compares it with the scan.")
                return redirect("admin:paper")
            taken = answer.code == "state.conflict"
            why = "This letter was entered already." if taken else REASONS[answer.code].text
            form.add_error("code" if taken else "scan", why)
    return render(request, "requests_app/paper_enter.html", {"form": form}, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def entry(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Compare what was entered with the scan, then take it or not; whoever entered it takes it back."""
    found = get_object_or_404(PaperEntry.objects.select_related("letter__organisation"), id=entry_id, state="waiting")
    if request.method == "POST":
        return _decide(request, found)
    original, _ref = entering.opened(found, actor=actor_of(request), why="to compare it")
    context = {
        "entry": found,
        "original": original,
        "labels": [LABELS[kind] for kind in original.data_types],
        "purpose": PURPOSES[original.purpose],
        "history_through": through(original.history_to),
        "last_day": through(original.ends),
        "own": Approval.objects.filter(id=found.approval, requester=actor_of(request).id).exists(),
        "over": entering.is_over(found, now=timezone.now()),
    }
    return render(request, "requests_app/paper_entry.html", context)


@require_POST
def scan(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Hand out the scan; its bytes are a stranger's and are never shown inside our site."""
    found = get_object_or_404(PaperEntry, id=entry_id)
    data = entering.scan_of(found, actor=actor_of(request))
    return _file(data, f"scan-{str(found.id)[:8]}.{'pdf' if found.scan_type == 'application/pdf' else 'jpg'}")


@require_POST
def notice(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Hand out what is to be printed and posted, with the address for the window; the event says so."""
    found = get_object_or_404(PaperNotice.objects.select_related("consent__customer"), id=notice_id)
    try:
        data = posting.opened(found, actor=actor_of(request))
    except jobs.Held:
        messages.error(request, "It may not be posted now. It waits here; try again another day.")
        return redirect("admin:paper")
    name = f"{found.consent.number}-{title(found.template).replace(' ', '-')}.pdf"
    response = _file(data, name, media_type="application/pdf")
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def posted(request: HttpRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Say that it was posted."""
    found = get_object_or_404(PaperNotice.objects.select_related("consent"), id=notice_id)
    if posting.posted(found, actor=actor_of(request), now=timezone.now()):
        messages.success(request, f"{found.consent.number}, {title(found.template)}: posted.")
    return redirect("admin:paper")


def _decide(request: HttpRequest, found: PaperEntry) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    try:
        match request.POST.get("decision"):
            case "approve":
                consent = granting.approve(found, actor=actor, now=now)
                messages.success(request, f"{consent.number} is given, on paper. The customer gets the receipt.")
            case "take_back":
                entering.take_back(found, actor=actor, now=now)
                messages.success(request, "It is taken back. It may be entered again.")
            case _:
                entering.refuse(found, actor=actor, now=now)
                messages.success(request, "It is not taken. It may be entered again.")
    except NotAllowed as refused:
        messages.error(request, WHY_NOT.get(refused.code, refused.code))
        return redirect("admin:paper-entry", found.id)
    return redirect("admin:paper")


def _file(data: bytes, name: str, *, media_type: str = "application/octet-stream") -> HttpResponse:
    response = HttpResponse(data, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
