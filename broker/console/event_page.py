"""One event with everything that belongs to it, its proof and its receipt (interface)."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from broker.audit import log, proofs, receipts, timeline
from broker.audit.proofs import NotCovered
from broker.audit.timeline import Entry
from broker.console import acting, opened, rows
from broker.console.forms import NoteForm
from broker.console.models import EventNote
from broker.console.officers import actor_of, officer_only
from broker.parties.models import User
from broker.terms import EventRef
from consents.models import Consent
from requests_app.decided import POLICY
from requests_app.models import DataRequest, Decision, ManualRequest, Release


@officer_only
@require_GET
def event(request: HttpRequest, user: User, event_id: int) -> HttpResponse:
    """One event, opened: what happened, why, under which consent, what hangs on it, and how it is proven."""
    found = _entry(event_id)
    return render(request, "console/event.html", _context(opened.open_event(user, found)))


@officer_only
@require_POST
def add_note(request: HttpRequest, user: User, event_id: int) -> HttpResponse:
    """Write a note about an event; the note is an event of the same subject."""
    found, form = _entry(event_id), NoteForm(request.POST)
    if form.is_valid():
        subject = opened.subject_of(found.id)
        acting.note(user, found.id, form.cleaned_data["note"], subject=subject, now=timezone.now())
        messages.success(request, _("The note is in the log."))
    else:
        messages.error(request, _("The note was not taken."))
    return redirect("console-event", event_id)


@officer_only
@require_GET
def event_proof(request: HttpRequest, user: User, event_id: int) -> HttpResponse:
    """The proof that an event is in the log (C2SP tlog-proof), for anybody's verifier."""
    found = _entry(event_id)
    try:
        text = proofs.tlog_proof(EventRef(found.id))
    except NotCovered:
        messages.error(request, _("No signed checkpoint covers this entry yet; it takes seconds."))
        return redirect("console-event", event_id)
    return _download(user, found, "proof", text, f"{found.id}.tlog-proof")


@officer_only
@require_GET
def event_receipt(request: HttpRequest, user: User, event_id: int) -> HttpResponse:  # noqa: ARG001
    """Our signed promise that an event stands in the log."""
    found = _entry(event_id)
    return _download(user, found, "receipt", receipts.receipt(EventRef(found.id)), f"{found.id}.receipt.txt")


def _entry(event_id: int) -> Entry:
    found = timeline.one(event_id) if event_id < 2**63 else None
    if found is None:
        raise Http404
    return found


def _download(user: User, found: Entry, what: str, text: str, name: str) -> HttpResponse:
    body = {"page": what, "event": found.id}
    log.append_read("log.exported", actor=actor_of(user), subject=None, purpose="compliance", obj="event", body=body)
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _context(found: opened.Opened) -> dict[str, Any]:
    (row,) = rows.of([found.entry])
    decision = Decision.objects.filter(audit_event_id=row.id).select_related("request__consent").first()
    consent = _consent(found, row, decision)
    request = _request(found, row)
    return {
        "found": found,
        "row": row,
        "sentence": opened.sentence(row),
        "leaf": opened.leaf_of(row.id),
        "previous": found.entry.head.p.hex(),
        "decision": decision,
        "rules": [_rule(each) for each in decision.rules] if decision else [],
        "alternatives": [(each, rows.titles(each["codes"])) for each in decision.alternatives] if decision else [],
        "policy": POLICY,
        "consent": consent,
        "text_sha256": bytes(consent.text_sha256).hex() if consent else "",
        "manual": ManualRequest.objects.filter(request=request).first() if request else None,
        "linked": rows.of(_linked(found.entry, consent, request)),
        "group": rows.of([each for each in timeline.group_of(found.entry.head) if each.id != row.id]),
        "lane": rows.of([each for each in timeline.neighbours(row.id) if each.id != row.id]),
        "notes": EventNote.objects.filter(event=row.id).select_related("author").order_by("at"),
        "form": NoteForm(),
    }


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule of a decision, its input and its reasons in words."""
    return {**rule, "input": opened.text_of(rule["input"]), "reasons": rows.titles(rule["codes"])}


def _consent(found: opened.Opened, row: rows.Row, decision: Decision | None) -> Consent | None:
    identity = row.facts.consent_id or (decision.request.consent_id if decision else None) or _id(found, "consent")
    rows_ = Consent.objects.select_related("recipient")
    return rows_.filter(id=identity).first() if identity else None


def _request(found: opened.Opened, row: rows.Row) -> DataRequest | None:
    named = (found.body or {}).get("request")
    if row.facts.request_id:
        return DataRequest.objects.filter(id=row.facts.request_id).first()
    if isinstance(named, str) and (manual := ManualRequest.objects.filter(number=named).first()):
        return manual.request
    identity = _id(found, "request")
    return DataRequest.objects.filter(id=identity).first() if identity else None


def _id(found: opened.Opened, name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(str((found.body or {}).get(name)))
    except ValueError:
        return None


def _linked(entry: Entry, consent: Consent | None, request: DataRequest | None) -> list[Entry]:
    """Decisions and releases of the same request, and the signature of the same consent."""
    ids = {consent.granted_event} if consent else set()
    if request:
        ids |= {request.audit_event_id}
        for model in (Decision, Release):
            ids |= set(model._default_manager.filter(request=request).values_list("audit_event_id", flat=True)[:100])
    return timeline.some(sorted(ids - {entry.id}))
