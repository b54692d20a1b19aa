"""What no second person of this team can decide, and the customer's page on which she says no (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.approvals import acts
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.packs.approval_words import told
from broker.console.subjects import masked
from broker.console.waits import allowed, hers, waiting
from broker.console.waits.models import Wait
from broker.console.waits.words import WHAT
from broker.duties.bars import actor_of
from broker.parties.login.roles import only
from broker.parties.models import Customer, Role, User
from consents.my_views import with_customer

SHOWN = 100
SAID = {
    "wait.role": "Your role does not do this.",
    "wait.never": "Two people do this, and nothing stands in for the second one.",
    "wait.team": "This team has two people for it, or had them within the last 30 days.",
    "wait.over": "It is decided, waits already, or ends within the day.",
    "wait.asker": "You asked for it: somebody else who is here begins the day.",
    "wait.own": "It is about you, or about the person who asked. Two people do this.",
    "wait.joint": "Another holder of this account would not hear of it. Two people do this.",
    "wait.paper": "Mail does not reach this customer, or she deals on paper. Invite a second person.",
}
_OURS = only(Role.STAFF, Role.OPERATOR, Role.OFFICER, Role.APPROVER)


@_OURS
@require_GET
def listing(request: HttpRequest, user: User) -> HttpResponse:
    """Show what may wait a day in the place of a second person, and what does; nothing sealed is opened."""
    open_ones = allowed.candidates(timezone.now())
    rows = list(Wait.objects.select_related("customer").order_by("-begun_at")[:SHOWN])
    log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="operations", obj="page", body={"page": "waits"},
        cnt=len(open_ones) + len(rows),
    )  # fmt: skip
    asked = {each.id: each for each in Approval.objects.filter(id__in=[row.approval for row in rows])}
    context = {
        "open": [(each, acts.act_of(each.act).title, told(each), masked(each.subject)) for each in open_ones],
        "rows": [(row, acts.act_of(asked[row.approval].act).title, masked(row.customer_id)) for row in rows],
    }
    return render(request, "console/waits/list.html", context)


@_OURS
@require_POST
def begin(request: HttpRequest, user: User, approval_id: uuid.UUID) -> HttpResponse:
    """Begin the day: the customer is told at once what will be done, and that she can say no."""
    get_object_or_404(Approval, id=approval_id)
    try:
        waiting.begin(approval_id, user, now=timezone.now())
        messages.success(request, "She is told. A day after that mail went out it is done, unless she says no.")
    except allowed.NotAllowed as error:
        messages.error(request, SAID[error.code])
    return redirect("duties-waits")


@with_customer
@require_http_methods(["GET", "POST"])
def one_of_hers(request: HttpRequest, customer: Customer, wait_id: uuid.UUID) -> HttpResponse:
    """Show her what will be done and when; her no ends it. A no that comes too late is told as such."""
    row, late = get_object_or_404(Wait, id=wait_id, customer=customer), False
    if request.method == "POST":
        if waiting.object_to(row, now=timezone.now()):
            return redirect("my-wait", row.id)
        row.refresh_from_db()
        late = True
    approval = Approval.objects.get(id=row.approval)
    context = {
        "what": _(WHAT[approval.act]),
        "stage": hers.stage(row, approval, now=timezone.now()),
        "until": hers.until(row),
        "late": late,
    }
    return render(request, "consents/wait.html", context, status=409 if late else 200)
