"""Pages and acts of the worklist; every view is an event or calls one action that is (interface)."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker import vault
from broker.audit import log
from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import Actor, Refusal
from consents.sealing import overdue
from requests_app import choosing, resending, worklist, worklist_links
from requests_app.forms import LABELS
from requests_app.inbound.quarantine_words import QUARANTINE
from requests_app.lifecycle import ManualState
from requests_app.mailing import address_of, profile_for
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.page_reads import page_shown


def actor_of(request: HttpRequest) -> Actor:
    """Name the member of staff in the log."""
    assert isinstance(request.user, User)
    return Actor("s", request.user.id, role=request.user.role)


@require_GET
def worklist_page(request: HttpRequest) -> HttpResponse:
    """Show the open requests, masked."""
    tab = request.GET.get("tab", "open")
    rows, tabs = worklist.rows(timezone.now(), tab)
    held = worklist.held()
    page_shown(
        actor_of(request), "worklist", {"tab": tab if tab in {each.key for each in tabs} else "open"}, cnt=len(rows)
    )
    context = {"rows": rows, "tabs": tabs, "tab": tab, "held": held, "unsealed": overdue(timezone.now())}
    context["links"] = worklist_links.links()
    context["openable"] = {each.id for each in held if choosing.held(each, timezone.now())}
    return render(request, "requests_app/worklist.html", context)


@require_GET
def tables(request: HttpRequest) -> HttpResponse:
    """Show which tables may be looked at."""
    from requests_app.admin_site import site

    return render(request, "requests_app/tables.html", {"apps": site.get_app_list(request)})


@require_GET
def request_page(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show one request: thread, clock, files, checklist; masked."""
    manual = _manual(request_id)
    page_shown(actor_of(request), "request", {"request": manual.number}, subject=manual.request.customer_id)
    return _request_page(request, manual, {})


@require_POST
def reveal(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Open the member's name, account number and address for this one page."""
    manual = _manual(request_id)
    consent = manual.request.consent
    assert consent is not None
    account = consent.accounts.filter(id__in=manual.request.accounts).order_by("id").first()
    assert account is not None
    ref = log.append_read(
        "account.read",
        actor=actor_of(request),
        subject=consent.customer_id,
        purpose="fulfilment",
        obj="account",
        body={"request": manual.number, "fields": ["name_as_billed", "number", "service_address"]},
        cnt=1,
    )
    name, number, address = vault.open_all([account.name_as_billed, account.number, account.service_address], under=ref)
    return _request_page(request, manual, {"revealed": {"name": name, "number": number, "address": address}})


@require_POST
def resend(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Send a request again, because a person found out that it did not arrive."""
    manual = _manual(request_id)
    refused = resending.resend(manual, actor=actor_of(request))
    if refused is None:
        messages.success(request, f"{manual.number} goes out again.")
    else:
        messages.error(request, text_of(refused))
    return redirect("admin:request", manual.id)


def _request_page(request: HttpRequest, manual: ManualRequest, more: dict[str, Any]) -> HttpResponse:
    asked, profile = manual.request, profile_for(manual)
    consent = asked.consent
    assert consent is not None
    files = ReceivedFile.objects.filter(message__manual=manual).order_by("received_at")
    accepted = {each.data_type for each in files if each.state == ReceivedFile.State.ACCEPTED}
    due_inside = manual.due is None or consent.ends > manual.due
    context = {
        "manual": manual,
        "asked": asked,
        "last_day": asked.range_to - timedelta(days=1) if asked.range_to else None,
        "consent": consent,
        "consent_last_day": consent.ends - timedelta(days=1),
        "profile": profile,
        "accounts": consent.accounts.filter(id__in=asked.accounts),
        "thread": manual.messages.order_by("at"),
        "files": files,
        "matrix": [(LABELS[each], each in accepted) for each in asked.data_types],
        "state": manual.state.replace("_", " "),
        "next_step": worklist.NEXT_STEP[ManualState(manual.state)],
        "doubted": resending.is_doubted(manual),
        "may_resend": resending.may_resend(manual),
        "checklist": [
            (f"Goes to the profile's verified address ({address_of(profile).address})", True),
            ("The sealed letter is attached", consent.letter.files.filter(kind="delivered").exists()),
            ("The consent is in force", consent.ended_at is None),
            ("The consent outlives the day on which the answer is due", due_inside),
        ],
        **more,
    }
    return render(request, "requests_app/request.html", context)


def _manual(request_id: uuid.UUID) -> ManualRequest:
    rows = ManualRequest.objects.select_related("request__consent__recipient", "request__organisation")
    return get_object_or_404(rows, id=request_id)


def text_of(refusal: Refusal) -> str:
    """Say a refusal in words for the desk, with its code."""
    if refusal.code in QUARANTINE:
        return f"{QUARANTINE[refusal.code]} ({refusal.code})"
    why = REASONS[refusal.code]
    return f"{why.title}. {why.text} ({refusal.code})"
