"""Pages of a file in quarantine: look into it, hand it out, accept or reject it (interface)."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from broker.approvals.decide import NotAllowed
from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from broker.reasons import REASONS
from broker.terms import Refusal
from requests_app import acceptance, grants, seconding, use_chart
from requests_app.acceptance import DAYS_UNREAD, OTHER_DAYS, Look
from requests_app.admin_views import actor_of, may_ask, text_of
from requests_app.came_words import CAME_BY
from requests_app.completeness import asked, covering, disposing
from requests_app.completeness import views as completeness
from requests_app.forms import DecideFileForm
from requests_app.importing import BILL
from requests_app.inbound.quarantine_words import QUARANTINE
from requests_app.models import NectarPull, ReceivedFile
from requests_app.one_value.models import Comparison
from requests_app.release import ENDINGS
from requests_app.share import NO_WORDS
from requests_app.whose import UNCHOSEN, UNREAD, accounts_of, names_of

# What a person can mend in the form: beside which field it is said, and what to do. What was typed stays.
BESIDE = {
    asked.OTHER_MONTHS: ("beside", " Accept it only if that is meant."),
    UNCHOSEN: ("account", ""),
    UNREAD: ("by_eye", " Look at every page, then tick this."),
    DAYS_UNREAD: ("by_eye", " Open it, read it, then tick this."),
    OTHER_DAYS: ("first_day", " The days that were read in it stand above."),
}
NOT_ALLOWED = {"approval.role": "A member of staff asks the second person."}


@require_http_methods(["GET", "POST"])
def file_page(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """Look into a file in quarantine, then accept or reject it."""
    file, now = _file(file_id), timezone.now()
    if request.method == "POST" and request.POST.get("decision") == "reject":
        return _decided(request, file, acceptance.reject(file, actor=actor_of(request), now=now))
    form = DecideFileForm(request.POST) if request.method == "POST" else None
    if form is not None and form.is_valid():
        try:
            answer = acceptance.accept(file, form.choice(), actor=actor_of(request), now=now)
        except NotAllowed as refused:
            messages.error(request, f"It stays sealed. {NOT_ALLOWED.get(refused.code, 'This is not yours to ask.')}")
            return redirect("admin:file", file.id)
        if not isinstance(answer, Refusal) or answer.code not in BESIDE:
            return _decided(request, file, answer)
        field, more = BESIDE[answer.code]
        form.add_error(field, f"{text_of(answer)}{more}")
    seen = acceptance.look(file, actor=actor_of(request), why="to check it", now=now)
    held = seconding.held(file)
    of_two = seconding.is_asked_of_two(file)
    second = seconding.newest(file, now) if of_two else None
    proposed = _agreed(second) or _proposal(seen)
    form = form or DecideFileForm(initial=proposed)
    found = seen.found
    form.offer(seen.choices, account_read=seen.whose.read, values_read=found is not None and bool(found.series))
    unread = found is not None and not covering.are_read(found, BILL)
    context = {
        "file": file,
        "manual": file.message.manual if file.message else None,
        "seen": seen,
        "came_by": CAME_BY[file.came_by],
        "nectar": NectarPull.objects.filter(file=file).first(),
        "reasons": [_reason(code) for code in _codes(file, seen) if code in QUARANTINE or code in REASONS],
        "goes_on": file.channel == "nectar",
        "examined": seen.examined,
        "accounts": list(names_of(accounts_of(file)).values()),
        "held": held,
        "held_for": held.message.judged.reasons if held and seconding.held_for(held) else [],
        "charts": _charts(seen),
        "compared": Comparison.objects.filter(place__file=file).select_related("place"),
        "of_two": of_two,
        "second": second,
        "may_accept": _may_accept(request, of_two=of_two, second=second),
        "may_ask_surplus": may_ask(request, disposing.ACT),
        "read_days": covering.read_in(found) if found else [],
        "days_unread": unread,
        "open_first": unread
        and second is None
        and not seen.whose.others
        and not (seen.examined and seen.examined.codes),
        "unscanned": seen.examined is not None and not seen.examined.scanner,
        "by_eye": found is not None
        and not seen.whose.others
        and (unread or not seen.whose.read or proposed.get("by_eye", False) or "by_eye" in form.errors),
        "form": form,
        "beside": _is_beside(file, proposed) or (form.is_bound and "beside" in form.errors),
        "ended": file.consent.ended_at,
        "sealed": grants.not_in_force(file.consent, now) is not None,
        **completeness.of_file(file),
    }
    return render(request, "requests_app/file.html", context, status=422 if form.is_bound else 200)


@require_POST
def file_bytes(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """Hand a file in quarantine to the member of staff who has to judge it."""
    file = _file(file_id)
    seen = acceptance.look(file, actor=actor_of(request), why="to read it", now=timezone.now())
    if not seen.data:
        messages.error(request, f"It stays sealed. {text_of(Refusal(seen.codes[0]))}")
        return redirect("admin:file", file.id)
    # The bytes are a stranger's: they are never shown inside our site.
    name = f"{str(file.id)[:8]}.{ENDINGS.get(file.media_type, 'bin')}"
    response = HttpResponse(seen.data, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _decided(request: HttpRequest, file: ReceivedFile, answer: ReceivedFile | Approval | Refusal) -> HttpResponse:
    if isinstance(answer, Refusal):
        messages.error(request, f"It stays sealed. {text_of(answer)}")
        return redirect("admin:file", file.id)
    if isinstance(answer, Approval):
        why = "a member of staff entered it" if seconding.is_entered(file) else "its mail was held"
        messages.success(request, f"It stays sealed until an officer or approver agrees: {why}.")
        return redirect("admin:file", file.id)
    messages.success(request, f"The file is {answer.get_state_display()}.")
    manual = answer.message.manual if answer.message else None
    return redirect("admin:request", manual.id) if manual else redirect("admin:index")


def _codes(file: ReceivedFile, seen: Look) -> list[str]:
    """Give what stands against a file; of one that no program read also that: nobody else looks at it for a login."""
    waits_unread = file.state == ReceivedFile.State.QUARANTINED and file.verdict == NO_WORDS
    return list(dict.fromkeys([*([NO_WORDS] if waits_unread else []), *seen.codes]))


def _reason(code: str) -> Any:
    return {"title": QUARANTINE[code].rstrip("."), "text": "", "code": code} if code in QUARANTINE else REASONS[code]


def _agreed(second: Approval | None) -> dict[str, Any] | None:
    """Prefill the form with what a second person agreed to."""
    if second is None or second.state != State.APPROVED:
        return None
    said, last = second.params, date.fromisoformat(second.params["to"]) - timedelta(days=1)
    first = date.fromisoformat(said["from"])
    return {
        "data_type": said["data_type"],
        "first_day": first,
        "last_day": last,
        "by_eye": said["by_eye"] or said.get("days_by_eye", False),
        "account": said.get("account"),
    }


def _may_accept(request: HttpRequest, *, of_two: bool, second: Approval | None) -> bool:
    """Say whether whoever looks may accept the file now, or ask a second person to agree."""
    if second is not None and second.state == State.REQUESTED:
        return False
    return not of_two or second is not None or may_ask(request, seconding.ACT)


def _charts(seen: Look) -> list[use_chart.Chart]:
    """Draw what would be imported: the look has opened it already."""
    series = seen.found.series if seen.found else []
    return use_chart.charts((each["role"], each["unit"], each["resolution"], each["readings"]) for each in series)


def _proposal(seen: Look) -> dict[str, Any]:
    """Prefill the form with what was read in the file; what was not is left to whoever opens it, whatever was asked."""
    found = seen.found
    if found is None:
        return {"data_type": "", "first_day": None, "last_day": None}
    said = [found.days] if found.days else found.page_days
    last = max(end for _, end in said) - timedelta(days=1) if said else None
    # A sum to pay is what tells a bill from any other paper with a period on it.
    kind = found.data_type or (BILL if any(each.amount for each in found.pages) else "")
    return {"data_type": kind, "first_day": min(first for first, _ in said) if said else None, "last_day": last}


def _is_beside(file: ReceivedFile, proposed: Mapping[str, Any]) -> bool:
    first, last = proposed["first_day"], proposed["last_day"]
    return first is not None and last is not None and not asked.touches(file, (first, last + timedelta(days=1)))


def _file(file_id: uuid.UUID) -> ReceivedFile:
    rows = ReceivedFile.objects.select_related("consent", "account", "message__manual__request")
    return get_object_or_404(rows, id=file_id)
