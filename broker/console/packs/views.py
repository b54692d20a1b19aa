"""Pages of evidence packs: list, wizard, one pack, download (interface)."""

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker import vault
from broker.approvals.decide import NotAllowed
from broker.audit import log
from broker.console.outside.models import Approver
from broker.console.packs import forms, gag, handing, requesting
from broker.console.packs.guard import actor_of, opened, two_people, viewed
from broker.console.packs.lifecycle import BASES, LEVELS, Basis, Redaction, Scope
from broker.console.packs.models import EvidencePack
from broker.console.packs.requesting import Ask, NotPossible
from broker.jobs.models import Job
from broker.parties.models import User
from consents.models import Consent
from requests_app.models import DataRequest

SHOWN = 200
FAILURES = {
    "log.checkpoint_pending": "The log was not signed in time.",
    "pack.too_large": "The scope is larger than one pack. Ask for several.",
}
REFUSALS = {
    "pack.not_ready": "This pack is not ready, or no longer handed out.",
    "pack.changed": "The stored file is not the one that was made. It is not handed out.",
    "pack.overtaken": "An order recorded since this pack was made forbids to hand it out as it is. Ask for it anew.",
    "pack.not_failed": "Only a pack that failed is built again.",
    "log.not_verified": "The log does not match. Exports are closed until an officer has acknowledged it.",
}


@two_people
@require_GET
def packs(request: HttpRequest, user: User) -> HttpResponse:
    """The packs, newest first; nothing is opened."""
    rows = list(EvidencePack.objects.select_related("approval", "demand").order_by("-asked_at")[:SHOWN])
    viewed(user, "packs", cnt=len(rows))
    return render(request, "console/packs/packs.html", {"rows": [_row(each) for each in rows]})


@two_people
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, user: User) -> HttpResponse:
    """The wizard: what about, what goes in, why; then check and ask. Nothing is kept until the end."""
    if request.method != "POST":
        return _step(request, 0, forms.ScopeForm(), [])
    sent = _sent(request)
    _searched(user, request.POST)
    bound = [each(request.POST) for each in forms.STEPS[: min(sent, len(forms.STEPS) - 1) + 1]]
    for place, form in enumerate(bound):
        if not form.is_valid():
            return _step(request, place, form, bound[:place], status=422)
    if "back" in request.POST and sent > 0:
        return _step(request, sent - 1, forms.STEPS[sent - 1](initial=bound[sent - 1].cleaned_data), bound[: sent - 1])
    if sent < len(forms.STEPS) - 1:
        return _step(request, sent + 1, forms.STEPS[sent + 1](), bound)
    wanted = forms.ask_of(*(each.cleaned_data for each in bound))
    if refused := _unnamed(wanted):
        bound[-1].add_error("demand", refused)
        return _step(request, len(bound) - 1, bound[-1], bound[:-1], status=422)
    if sent == len(forms.STEPS) - 1:
        carried = [pair for form in bound for pair in form.answers()]
        context = {"carried": carried, "wanted": wanted, "scope": _scope_text(wanted), "step": 4}
        return render(request, "console/packs/check.html", {**context, **_words(wanted)})
    try:
        made = requesting.ask(wanted, requester=actor_of(user), now=timezone.now())
    except NotAllowed:
        return HttpResponse(status=404)
    return redirect("console-pack", made.id)


@two_people
@require_GET
def pack(request: HttpRequest, user: User, pack_id: uuid.UUID) -> HttpResponse:
    """One pack: what was asked, by whom, how far it is; recipient and purpose are opened for the page."""
    row = get_object_or_404(EvidencePack.objects.select_related("approval", "demand"), id=pack_id)
    ref = opened(user, "pack", row.id, "pack", {"number": row.number, "fields": ["purpose", "recipient"]})
    purpose, recipient = vault.open_all([row.purpose, row.recipient], under=ref)
    job = Job.objects.filter(subject_id=row.id, kind=requesting.BUILD).order_by("-created_at").first()
    people = {each.id: each for each in User.objects.filter(id__in=[row.requester, _approver(row)])}
    context = {
        "row": _row(row),
        "pack": row,
        "purpose": purpose,
        "recipient": recipient,
        "scope": _scope_of(row),
        "job": job,
        "requester": people.get(row.requester),
        "approver": people.get(_approver(row) or row.id),
        "outside": Approver.objects.defer("email").filter(id__in=[_approver(row) or row.id]).first(),
        "failure": FAILURES.get(row.failure, row.failure),
        "downloads": row.accesses.values("audit_event_id").distinct().count(),
        "sha256": bytes(row.sha256).hex() if row.sha256 else "",
        "level": LEVELS[Redaction(row.redaction)],
        "basis": BASES[Basis(row.basis)],
    }
    return render(request, "console/packs/pack.html", context)


@two_people
@require_POST
def download(request: HttpRequest, user: User, pack_id: uuid.UUID) -> HttpResponse:
    """Hand the file out; each time is an entry that the customer sees."""
    row = get_object_or_404(EvidencePack, id=pack_id)
    try:
        data = handing.hand_out(row, actor=actor_of(user), now=timezone.now())
    except NotPossible as error:
        messages.error(request, REFUSALS[error.code])
        return redirect("console-pack", row.id)
    response = HttpResponse(data, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{row.number}.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@two_people
@require_POST
def again(request: HttpRequest, user: User, pack_id: uuid.UUID) -> HttpResponse:
    """Build a pack again that failed."""
    row = get_object_or_404(EvidencePack, id=pack_id)
    try:
        requesting.try_again(row, actor=actor_of(user))
    except NotPossible as error:
        messages.error(request, REFUSALS[error.code])
    return redirect("console-pack", row.id)


def _step(
    request: HttpRequest, place: int, form: forms.StepForm, before: list[Any], *, status: int = 200
) -> HttpResponse:
    carried = [pair for each in before for pair in each.answers()]
    context = {"form": form, "step": place + 1, "place": place, "carried": carried, "title": form.title}
    return render(request, "console/packs/step.html", context, status=status)


def _sent(request: HttpRequest) -> int:
    """Which page was sent: 0 to 2 are the steps, 3 is the last check."""
    text = request.POST.get("place", "")
    return int(text) if text in ("0", "1", "2", "3") else 0


def _searched(user: User, sent: Mapping[str, str]) -> None:
    """A look-up by a name or an id is an event before it is made, whatever it finds.

    Without a subject, because an order may forbid her to learn of it.
    """
    kind = sent.get("kind")
    if kind not in forms.LOOKED_UP or not (sent.get("sought", "").strip() or sent.get("scope_id")):
        return
    body = {"page": "pack", "kind": kind, "by": "id" if sent.get("scope_id") else "name"}
    log.append_read("log.searched", actor=actor_of(user), subject=None, purpose="compliance", obj="event", body=body)


def _unnamed(wanted: Ask) -> str | None:
    """Under an order of silence a pack holds only customers whom the demand names: they are told at its end."""
    demand = wanted.demand
    if demand is None or not gag.runs(demand, timezone.now()):
        return None
    customer = _customer_of(wanted)
    if customer is None or not demand.subjects.filter(customer_id=customer).exists():
        return "An order forbids telling customers: name this customer in the demand first."
    return None


def _customer_of(wanted: Ask) -> uuid.UUID | None:
    if wanted.scope_id is None:
        return None
    match wanted.scope:
        case Scope.CUSTOMER:
            return wanted.scope_id
        case Scope.CONSENT:
            return Consent.objects.filter(id=wanted.scope_id).values_list("customer_id", flat=True).first()
        case Scope.REQUEST:
            return DataRequest.objects.filter(id=wanted.scope_id).values_list("customer_id", flat=True).first()
    return None


def _scope_text(wanted: Ask) -> str:
    first, end = wanted.period or (None, None)
    made = EvidencePack(scope=wanted.scope, scope_id=wanted.scope_id, period_from=first, period_to=end)
    return _scope_of(made)


def _scope_of(row: EvidencePack) -> str:
    if row.scope_id is None:
        assert row.period_to
        return f"{row.period_from} through {row.period_to - timedelta(days=1)}"
    match Scope(row.scope):
        case Scope.CONSENT:
            return f"permission {Consent.objects.values_list('number', flat=True).get(id=row.scope_id)}"
        case Scope.REQUEST:
            asked = DataRequest.objects.select_related("manual").get(id=row.scope_id)
            return f"request {asked.manual.number if hasattr(asked, 'manual') else str(asked.id)[:8]}"
    return f"customer {str(row.scope_id)[:8]}"


def _words(wanted: Ask) -> dict[str, str]:
    return {"level": LEVELS[wanted.redaction], "basis_text": BASES[wanted.basis]}


def _approver(row: EvidencePack) -> uuid.UUID | None:
    return row.approval.approver if row.approval else None


def _row(row: EvidencePack) -> dict[str, Any]:
    """Show a pack's state in words, with what became of its approval."""
    state, over = row.state, bool(row.expires_at and timezone.now() >= row.expires_at)
    if row.state == "asked" and row.approval and row.approval.state in ("refused", "withdrawn", "expired"):
        state = f"approval {row.approval.state}"
    elif row.state == "asked":
        state = "waiting for approval"
    elif row.state == "ready" and over:
        state = "expired"
    contents = [name for name in ("letters", "mails", "files") if getattr(row, name)]
    return {"pack": row, "state": state, "contents": contents, "may_download": row.state == "ready" and not over}
