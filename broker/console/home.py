"""The officer's home: integrity, five numbers, alarms and alerts, and what is due (interface)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from broker.audit import banner, log, proofs, timeline
from broker.console import acting, due, numbers, rows, saved
from broker.console.groups import ALARMS
from broker.console.officers import actor_of, looked, officer_only
from broker.parties.models import Role, User

SHOWN = 20


@never_cache
@require_GET
def console(request: HttpRequest) -> HttpResponseBase:
    """The officer's home; an approver is led to what waits for a decision."""
    if isinstance(request.user, User) and request.user.role == Role.APPROVER:
        return redirect("console-approvals")
    return _home(request)


@officer_only
def _home(request: HttpRequest, user: User) -> HttpResponse:
    """Whether the log holds, how things stand, and what waits for an officer."""
    looked(user, "home")
    now = timezone.now()
    context: dict[str, Any] = {
        "banner": banner.banner(now),
        "numbers": numbers.five(now),
        "alarms": rows.of(numbers.alarms()),
        "alerts": saved.waiting_alerts(user)[:SHOWN],
        "missing": numbers.reviews_missing(now),
        "after_revocation": numbers.after_revocation(),
        "due": due.everything(now),
    }
    return render(request, "console/home.html", context)


@officer_only
@require_GET
def meaning(request: HttpRequest, user: User) -> HttpResponse:
    """What the banner's three states mean, and what to do."""
    looked(user, "integrity")
    return render(request, "console/integrity.html", {"banner": banner.banner(timezone.now())})


@officer_only
@require_POST
def verify(request: HttpRequest, user: User) -> HttpResponse:
    """Have the whole log verified by the worker."""
    acting.ask_to_verify(user)
    messages.success(request, _("The log is being verified. The banner shows the result; a long log takes minutes."))
    return redirect("console")


@officer_only
@require_POST
def acknowledge(request: HttpRequest, user: User) -> HttpResponse:
    """Say that the failed verification was seen: exports go out again."""
    if banner.acknowledge(actor=actor_of(user), now=timezone.now()) is None:
        messages.error(request, _("Nothing waits to be acknowledged."))
    return redirect("console")


@officer_only
@require_POST
def see_alarm(request: HttpRequest, user: User, event_id: int) -> HttpResponse:
    """Say that an alarm was seen."""
    found = timeline.one(event_id)
    if found is None or found.head.act not in ALARMS:
        raise Http404
    try:
        acting.see_alarm(user, event_id, now=timezone.now())
    except acting.AlreadyDone:
        messages.error(request, _("Somebody has seen this alarm already."))
    return redirect("console")


@officer_only
@require_GET
def proof(request: HttpRequest, user: User) -> HttpResponse:  # noqa: ARG001
    """The newest published checkpoint as a signed note: what to compare with what others hold."""
    found = proofs.newest()
    if found is None:
        raise Http404
    body = {"page": "checkpoint", "size": found[0].size}
    log.append_read(
        "log.exported", actor=actor_of(user), subject=None, purpose="compliance", obj="checkpoint", body=body
    )
    answer = HttpResponse(found[1], content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="checkpoint-{found[0].size}.txt"'
    return answer
