"""The doctor's page for the operator: what it finds at this moment, and each fix (interface; nothing is changed)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from broker.audit import log
from broker.operating import gathering, rules
from broker.parties.login.roles import only
from broker.parties.models import Role, User
from broker.terms import Actor


@only(Role.OPERATOR)
@require_GET
def doctor(request: HttpRequest, user: User) -> HttpResponse:
    """One line for each thing that was looked at, the red ones first."""
    log.append_read(
        "admin.viewed", actor=Actor("s", user.id, role=user.role), subject=None, purpose="operations", obj="page",
        body={"page": "doctor"},
    )  # fmt: skip
    # That this page comes is the answer of the web server.
    found = rules.findings(gathering.gather(now=timezone.now(), web=""))
    order = [rules.State.RED, rules.State.WARN, rules.State.OK]
    lines = sorted(found, key=lambda each: order.index(each.state))
    return render(request, "operating/doctor.html", {"lines": lines, "fit": rules.is_fit(found)})
