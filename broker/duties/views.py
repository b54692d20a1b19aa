"""The stop switch for all our people, and the officers' page of suspensions (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.approvals import acts, decide
from broker.audit import log
from broker.duties import bars, people, team
from broker.duties.forms import SuspendForm, WhyForm
from broker.duties.models import Bar
from broker.parties.login.roles import only
from broker.parties.models import Role, User

_OURS = only(Role.STAFF, Role.OPERATOR, Role.OFFICER, Role.APPROVER)
_TWO = only(Role.OPERATOR, Role.OFFICER, Role.APPROVER)
_OFFICERS = only(Role.OFFICER, Role.APPROVER)
_SAID = {
    "approval.over": "That is over already, or asked for already.",
    "approval.role": "Your role does not do this alone; officers and approvers are disabled by two people.",
    "approval.same_person": "You work for this recipient, or it is about yourself: another person lifts it.",
}


@_OURS
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest, user: User) -> HttpResponse:
    """Show whether disclosures go on; a press with its reason stops all of them from this moment on."""
    form = WhyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        bars.stop(user, form.cleaned_data["why"], now=timezone.now())
        messages.success(request, "Nothing goes out any more. Two people are needed to let it go on.")
        return redirect("duties-switch")
    return _switch(request, user, form)


@_TWO
@require_POST
def resume(request: HttpRequest, user: User) -> HttpResponse:
    """Ask a second person to let disclosures go on."""
    form = WhyForm(request.POST)
    if not form.is_valid():
        return _switch(request, user, form)
    try:
        bars.ask_to_resume(user, form.cleaned_data["why"], now=timezone.now())
        messages.success(request, "An officer or an approver other than you is asked to agree.")
    except decide.NotAllowed as error:
        messages.error(request, _SAID.get(error.code, error.code))
    return redirect("duties-switch")


@_OFFICERS
@require_GET
def suspensions(request: HttpRequest, user: User) -> HttpResponse:
    """Show who is suspended, and since when."""
    return _suspensions(request, user, SuspendForm())


@_OFFICERS
@require_POST
def suspend(request: HttpRequest, user: User) -> HttpResponse:
    """Suspend a recipient, a program or a person, on every way, from this moment on."""
    form = SuspendForm(request.POST)
    if not form.is_valid():
        return _suspensions(request, user, form)
    try:
        why, now = form.cleaned_data["why"], timezone.now()
        bars.suspend(form.chosen(), Bar.Because.OFFICER, actor=bars.actor_of(user), why=why, now=now)
        messages.success(request, "Suspended: pages, keys, links, messages and what waits to be sent.")
    except decide.NotAllowed as error:
        messages.error(request, _SAID.get(error.code, error.code))
    return redirect("duties-suspensions")


@_OFFICERS
@require_POST
def lift(request: HttpRequest, user: User, bar_id: uuid.UUID) -> HttpResponse:
    """End a suspension, with a reason."""
    bar, form = get_object_or_404(Bar, id=bar_id), WhyForm(request.POST, auto_id=f"id_{bar_id}_%s")
    if not form.is_valid():
        return _suspensions(request, user, SuspendForm(), lifting=(bar.id, form))
    if code := bars.lift(bar, user, form.cleaned_data["why"], now=timezone.now()):
        messages.error(request, _SAID[code])
    else:
        messages.success(request, "It can go on.")
    return redirect("duties-suspensions")


@_TWO
@require_GET
def team_page(request: HttpRequest, user: User) -> HttpResponse:
    """Show which acts of two people this team cannot do, and who is missing."""
    who = people.team()
    found = team.unmet(acts.registered(), who)
    _shown(user, "team", cnt=len(found))
    context = {"unmet": found, "people": _counted(who)}
    return render(request, "duties/team.html", context)


def _counted(who: list[frozenset[str]]) -> list[tuple[str, int]]:
    return [(str(role.label), sum(role in roles for roles in who)) for role in Role if role != Role.ANALYST]


def _switch(request: HttpRequest, user: User, form: WhyForm) -> HttpResponse:
    bar = bars.stop_now()
    _shown(user, "stop switch")
    by = User.objects.filter(id=bar.set_by).first() if bar else None
    asked = bar is not None and decide.is_open(bars.RESUME, about=bar.id)
    context = {"bar": bar, "by": by, "asked": asked, "form": form, "may_ask": user.role in bars.ACT.requesters}
    return render(request, "duties/switch.html", context, status=422 if form.errors else 200)


def _suspensions(
    request: HttpRequest, user: User, form: SuspendForm, lifting: tuple[uuid.UUID, WhyForm] | None = None
) -> HttpResponse:
    found = bars.suspensions()
    _shown(user, "suspensions", cnt=len(found))
    of, bad = lifting or (None, None)
    rows = [(each, bad if each.id == of else WhyForm(auto_id=f"id_{each.id}_%s")) for each in found]
    status = 422 if form.errors or lifting else 200
    return render(request, "duties/suspensions.html", {"rows": rows, "form": form}, status=status)


def _shown(user: User, page: str, *, cnt: int = 0) -> None:
    log.append_read(
        "admin.viewed", actor=bars.actor_of(user), subject=None, purpose="operations", obj="page",
        body={"page": page}, cnt=cnt,
    )  # fmt: skip
