"""Case files (interface): everything of one consent or one manual request on one page that prints."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.audit import log, timeline
from broker.console import case_file, rows
from broker.console.case_file import CaseFile
from broker.console.officers import actor_of, listed, officer_only
from broker.parties.models import User
from broker.terms import EventRef
from consents.models import Consent
from requests_app.models import Decision, ManualRequest, Release

SHOWN = 50


@officer_only
@require_GET
def cases(request: HttpRequest, user: User) -> HttpResponse:
    """The newest consents and manual requests, and a field for a number."""
    number = request.GET.get("number", "").strip().upper()[:24]
    consents = Consent.objects.select_related("recipient").order_by("-signed_at")
    manuals = ManualRequest.objects.select_related("request__organisation").order_by("-created_at")
    if number:
        consents, manuals = consents.filter(number=number), manuals.filter(number=number)
    shown: dict[str, list[Any]] = {"consents": list(consents[:SHOWN]), "manuals": list(manuals[:SHOWN])}
    listed(user, "cases", {"by_number": bool(number)}, subject=None, cnt=sum(map(len, shown.values())))
    return render(request, "console/cases.html", {**shown, "number": number})


@officer_only
@require_GET
def consent_case(request: HttpRequest, user: User, consent_id: uuid.UUID) -> HttpResponse:
    """The case file of a consent."""
    consent = get_object_or_404(Consent.objects.select_related("recipient"), id=consent_id)
    under = _opened(user, consent, {"consent": consent.id})
    return _page(request, case_file.of_consent(consent, timezone.now(), under=under), f"Consent {consent.number}")


@officer_only
@require_GET
def request_case(request: HttpRequest, user: User, manual_id: uuid.UUID) -> HttpResponse:
    """The case file of a manual request."""
    known = ManualRequest.objects.select_related("request__consent__recipient", "request__organisation")
    manual = get_object_or_404(known, id=manual_id, request__consent__isnull=False)
    consent = manual.request.consent
    assert consent is not None
    under = _opened(user, consent, {"request": manual.number})
    case = case_file.of_request(manual, timezone.now(), under=under)
    return _page(request, case, f"Manual request {manual.number}", manual)


def _placed[T: (Decision, Release)](found: Sequence[T]) -> list[tuple[T, int | None]]:
    """Give each with the place of its entry in the log, as all pages name it; None while it waits for one."""
    events = [each.audit_event_id for each in found if each.audit_event_id is not None]
    places = {each.id: each.seq for each in timeline.some(events)}
    return [(each, places.get(each.audit_event_id)) for each in found]


def _opened(user: User, consent: Consent, facts: dict[str, Any]) -> EventRef:
    body = {"page": "case file", **facts}
    subject = consent.customer_id
    return log.append_read(
        "log.read", actor=actor_of(user), subject=subject, purpose="compliance", obj="case", body=body, cnt=1
    )


def _page(request: HttpRequest, case: CaseFile, title: str, manual: ManualRequest | None = None) -> HttpResponse:
    context = {
        "case": case,
        "decisions": _placed(case.decisions),
        "releases": _placed(case.releases),
        "title": title,
        "manual": manual,
        "rows": rows.of(case.entries),
        "now": timezone.now(),
    }
    return render(request, "console/case.html", context)
