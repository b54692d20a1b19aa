"""Pages and acts of the worklist; every view is an event or calls one action that is (interface)."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker import vault
from broker.approvals.acts import TwoPersonAct
from broker.audit import log
from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import Actor, Refusal
from consents.sealing import overdue
from requests_app import choosing, request_page_context, resending, worklist, worklist_links
from requests_app.inbound.quarantine_words import QUARANTINE
from requests_app.models import ManualRequest
from requests_app.page_reads import page_shown
from requests_app.worklist_order import Key


def actor_of(request: HttpRequest) -> Actor:
    """Name the member of staff in the log."""
    assert isinstance(request.user, User)
    return Actor("s", request.user.id, role=request.user.role)


def may_ask(request: HttpRequest, kind: TwoPersonAct) -> bool:
    """Say whether whoever looks asks for an act of this kind: a page shows nobody a form that it would refuse."""
    return actor_of(request).role in kind.requesters


@require_GET
def worklist_page(request: HttpRequest) -> HttpResponse:
    """Show a group of requests, masked, the most urgent first."""
    now = timezone.now()
    assert isinstance(request.user, User)
    after = Key.read(request.GET.get("after", ""))
    board = worklist.board(now, request.GET.get("tab", ""), request.user, after)
    held = worklist.held()
    page_shown(actor_of(request), "worklist", {"tab": board.tab}, cnt=len(board.rows))
    context = {
        "board": board,
        "held": held,
        "shared": worklist.shared(now),
        "unsealed": overdue(now),
        "links": worklist_links.links(),
    }
    context |= {"openable": {each.id for each in held if choosing.held(each, now)}, "first": after is None}
    return render(request, "requests_app/worklist.html", context)


@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Go to the request of a number; nothing of it is in an address."""
    number = request.POST.get("number", "").strip().upper()[:20]
    number = number if number.startswith("R-") else f"R-{number}"
    manual = ManualRequest.objects.filter(number=number).first()
    if manual is None:
        messages.error(request, "There is no request of this number.")
        return redirect("admin:index")
    return redirect("admin:request", manual.id)


@require_GET
def tables(request: HttpRequest) -> HttpResponse:
    """Show which tables may be looked at."""
    from requests_app.admin_site import site

    return render(request, "requests_app/tables.html", {"apps": site.get_app_list(request)})


@require_GET
def request_page(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show one request: thread, clock, files, checklist; masked."""
    manual = manual_of(request_id)
    page_shown(actor_of(request), "request", {"request": manual.number}, subject=manual.request.customer_id)
    return request_shown(request, manual, {})


@require_POST
def reveal(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Open the member's name, account number and address for this one page."""
    manual = manual_of(request_id)
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
    return request_shown(request, manual, {"revealed": {"name": name, "number": number, "address": address}})


@require_POST
def resend(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Send a request again, because a person found out that it did not arrive."""
    manual = manual_of(request_id)
    refused = resending.resend(manual, actor=actor_of(request))
    if refused is None:
        messages.success(request, f"{manual.number} goes out again.")
    else:
        messages.error(request, text_of(refused))
    return redirect("admin:request", manual.id)


def request_shown(request: HttpRequest, manual: ManualRequest, more: dict[str, Any], status: int = 200) -> HttpResponse:
    """Show the page of a request, with what an act opened; the caller has logged that it is shown."""
    context = {**request_page_context.of(manual, timezone.now()), **more}
    return render(request, "requests_app/request.html", context, status=status)


def manual_of(request_id: uuid.UUID) -> ManualRequest:
    """Give a request, or 404."""
    rows = ManualRequest.objects.select_related("request__consent__recipient", "request__organisation")
    return get_object_or_404(rows, id=request_id)


def text_of(refusal: Refusal) -> str:
    """Say a refusal in words for the desk, with its code."""
    if refusal.code in QUARANTINE:
        return f"{QUARANTINE[refusal.code]} ({refusal.code})"
    why = REASONS[refusal.code]
    return f"{why.title}. {why.text} ({refusal.code})"
