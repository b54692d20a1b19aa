"""Staff's pages for objections, held permissions and facts of an account; each view is an event (interface)."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker import vault
from broker.approvals.decide import NotAllowed
from broker.approvals.lifecycle import State as ApprovalState
from broker.approvals.models import Approval
from broker.audit import log
from broker.parties.models import UtilityAccount
from consents.joint import account_facts, dismissing, objecting, review
from consents.joint.models import Objection
from consents.joint.signs import in_words
from consents.models import Consent, Suspension
from requests_app.admin_views import actor_of, may_ask
from requests_app.holder_forms import DismissForm, FactForm
from requests_app.page_reads import page_shown

OPEN = (Objection.State.RECEIVED, Objection.State.STANDING, Objection.State.REVIEW)


@require_GET
def objections(request: HttpRequest) -> HttpResponse:
    """Show the objections, open ones first; nothing is opened."""
    counted = Objection.objects.annotate(reached=Count("reach", filter=Q(reach__lifted_at=None)))
    rows = list(counted.filter(state__in=OPEN).order_by("made_at")[:200])
    closed = list(counted.exclude(state__in=OPEN).order_by("-resolved_at")[:50])
    page_shown(actor_of(request), "objections", cnt=len(rows) + len(closed))
    return render(request, "requests_app/objections.html", {"rows": rows, "closed": closed})


@require_http_methods(["GET", "POST"])
def objection(request: HttpRequest, objection_id: uuid.UUID) -> HttpResponse:
    """Show one objection, masked; a POST asks a second person to dismiss it."""
    row = get_object_or_404(Objection, id=objection_id)
    form = DismissForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _asked(request, row, form.cleaned_data["reason"])
    page_shown(actor_of(request), "objection", {"objection": row.number}, subject=row.id)
    return _objection_page(request, row, form=form)


@require_POST
def objection_reveal(request: HttpRequest, objection_id: uuid.UUID) -> HttpResponse:
    """Open account number and name of an objection for this one page: they are needed to ask the co-op."""
    row = get_object_or_404(Objection, id=objection_id)
    ref = log.append_read(
        "objection.read",
        actor=actor_of(request),
        subject=row.id,
        purpose="fulfilment",
        obj="objection",
        body={"objection": str(row.id), "fields": ["account_number", "name"]},
        cnt=1,
    )
    number, name = vault.open_all([row.account_number, row.name], under=ref)
    return _objection_page(request, row, form=DismissForm(), revealed={"number": number, "name": name})


@require_POST
def objection_uphold(request: HttpRequest, objection_id: uuid.UUID) -> HttpResponse:
    """Find an objection right: what it paused ends."""
    row = get_object_or_404(Objection, id=objection_id)
    if objecting.uphold(row, actor=actor_of(request), now=timezone.now()):
        messages.success(request, f"{row.number} is right: what it paused has ended.")
    else:
        messages.error(request, f"{row.number} is not open.")
    return redirect("admin:objections")


@require_GET
def held_consents(request: HttpRequest) -> HttpResponse:
    """Show the permissions that are held for signs of abuse."""
    rows = Consent.objects.filter(
        suspensions__because=Suspension.Because.ABUSE, suspensions__lifted_at=None, ended_at=None
    )
    found = (
        rows.select_related("recipient")
        .prefetch_related("abuse_signs", "accounts")
        .distinct()
        .order_by("signed_at")[:200]
    )
    shown = [
        {"consent": each, "signs": [(in_words(s.code, s.counted), s.limit) for s in each.abuse_signs.all()]}
        for each in found
    ]
    page_shown(actor_of(request), "held permissions", cnt=len(shown))
    return render(request, "requests_app/held_consents.html", {"rows": shown})


@require_POST
def held_consent_decide(request: HttpRequest, consent_id: uuid.UUID) -> HttpResponse:
    """Release a held permission, or end it."""
    consent, now, actor = get_object_or_404(Consent, id=consent_id), timezone.now(), actor_of(request)
    match request.POST.get("decision"):
        case "release" if review.release(consent, actor=actor, now=now):
            messages.success(request, f"{consent.number} goes on.")
        case "end" if review.end(consent, actor=actor, now=now):
            messages.success(request, f"{consent.number} has ended.")
        case _:
            messages.error(request, f"{consent.number} is not held.")
    return redirect("admin:held-consents")


@require_http_methods(["GET", "POST"])
def account_facts_page(request: HttpRequest, account_id: uuid.UUID) -> HttpResponse:
    """Show what is known of an account, and record a fact."""
    account = get_object_or_404(UtilityAccount, id=account_id)
    form = FactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        kind, value, day, source = form.fact()
        account_facts.record(account, kind, value, day=day, source=source, actor=actor_of(request), now=timezone.now())
        messages.success(request, "Recorded. It counts from now on.")
        return redirect("admin:account-facts", account.id)
    page_shown(actor_of(request), "account facts", {"account": str(account.id)}, subject=account.customer_id)
    context = {"account": account, "form": form, "facts": account.facts.order_by("-at")}
    return render(request, "requests_app/account_facts.html", context, status=422 if form.errors else 200)


def _asked(request: HttpRequest, row: Objection, reason: str) -> HttpResponse:
    try:
        dismissing.request(row, requester=actor_of(request), reason=reason, now=timezone.now())
        messages.success(request, "A second person decides now.")
    except NotAllowed:
        messages.error(request, "This cannot be asked for: it is closed, or your role may not.")
    return redirect("admin:objection", row.id)


def _objection_page(request: HttpRequest, row: Objection, **more: Any) -> HttpResponse:
    mailbox = objecting.from_mailbox(bytes(row.mailbox_index or row.email_index))
    asked = Approval.objects.filter(act=dismissing.NAME, about=row.id)
    context = {
        "row": row,
        "is_open": row.state in OPEN,
        "reach": row.reach.select_related("consent__recipient").order_by("since"),
        "asked": asked.order_by("-requested_at"),
        "may_ask": may_ask(request, dismissing.ACT),
        "awaits_second": asked.filter(state=ApprovalState.REQUESTED, expires_at__gt=timezone.now()).exists(),
        "same_mailbox": mailbox.count(),
        "same_dismissed": mailbox.filter(state=Objection.State.DISMISSED).count(),
        **more,
    }
    return render(request, "requests_app/objection.html", context)
