"""What an enrolled organisation may ask customers for, and the proposal to change it (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from broker.approvals import decide
from broker.audit import log
from broker.parties.login.roles import only
from broker.parties.models import Organisation, Role, User
from broker.parties.purposes import approved
from requests_app.readers import actor_of
from requests_app.recipients import widening
from requests_app.recipients.join_forms import PurposesForm


@only(Role.OFFICER, Role.APPROVER)
@require_http_methods(["GET", "POST"])
def purposes(request: HttpRequest, user: User, organisation_id: uuid.UUID) -> HttpResponse:
    """What was approved for it; one person proposes a change, another one decides."""
    found = get_object_or_404(Organisation, id=organisation_id)
    form = PurposesForm(request.POST if request.method == "POST" else None, initial={"purposes": list(approved(found))})
    if form.is_valid() and _is_proposed(request, user, found, form):
        return redirect("console-organisations")
    log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="compliance", obj="page",
        body={"page": "purposes", "organisation": found.id}, cnt=1,
    )  # fmt: skip
    waits = decide.is_open(widening.NAME, about=found.id)
    context = {"row": found, "approved": approved(found).values(), "form": form, "waits": waits}
    return render(request, "recipients/purposes.html", context, status=422 if form.is_bound else 200)


def _is_proposed(request: HttpRequest, user: User, found: Organisation, form: PurposesForm) -> bool:
    """Propose it; say in the form why that cannot be."""
    said = form.cleaned_data
    try:
        widening.propose(
            found, said["purposes"], requester=actor_of(user), reason=said["reason"], now=timezone.now()
        )  # fmt: skip
    except decide.NotAllowed:
        form.add_error(None, "That changes nothing, or a change is proposed already and waits for another person.")
        return False
    messages.success(request, "Another person decides now.")
    return True
