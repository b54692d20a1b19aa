"""An officer disables whoever left, and asks for whoever comes back (interface)."""

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.approvals import decide
from broker.audit import log
from broker.parties.login.roles import only
from broker.parties.models import Role, User
from broker.parties.signin import alerts, leaving
from broker.parties.signin.passkeys import actor_of
from broker.terms import Refusal


class WhyForm(forms.Form):
    """Why somebody is disabled or comes back."""

    reason = forms.CharField(
        label="Why", max_length=500, widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"})
    )


@require_GET
@only(Role.OFFICER)
def people(request: HttpRequest, user: User) -> HttpResponse:
    """List everybody with the button that fits."""
    return _page(request, user)


@require_POST
@only(Role.OFFICER)
def disable(request: HttpRequest, user: User, user_id: uuid.UUID) -> HttpResponse:
    """Disable a person, or ask a second one."""
    return _do(request, user, user_id, leave=True)


@require_POST
@only(Role.OFFICER)
def enable(request: HttpRequest, user: User, user_id: uuid.UUID) -> HttpResponse:
    """Ask a second person that somebody comes back."""
    return _do(request, user, user_id, leave=False)


def _do(request: HttpRequest, user: User, user_id: uuid.UUID, *, leave: bool) -> HttpResponse:
    other, form = leaving.find(user_id), WhyForm(request.POST)
    if other is None:
        raise Http404
    if not form.is_valid():
        messages.error(request, "Say why.")
        return _page(request, user, status=422)
    act = leaving.disable if leave else leaving.enable
    try:
        done = act(other, by=user, reason=form.cleaned_data["reason"], now=timezone.now())
    except decide.NotAllowed:
        messages.error(request, "This waits for a second person already.")
        return _page(request, user, status=409)
    if isinstance(done, Refusal):
        messages.error(request, "Not possible: it is yourself, the last one of this role, or done already.")
        return _page(request, user, status=409)
    said = f"{other.username} is disabled; every session, passkey, code and link has ended."
    messages.success(request, said if done is None else "A second person decides: it waits on the page of approvals.")
    return redirect("signin-leaving")


def _page(request: HttpRequest, user: User, *, status: int = 200) -> HttpResponse:
    log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="compliance", obj="page", body={"page": "leaving"}
    )
    rows = [(each, leaving.may_alone(each), each.id == user.id) for each in leaving.people()]
    context = {"rows": rows, "unheard": {each.id for each in alerts.without_mailbox()}}
    return render(request, "parties/leaving.html", context, status=status)
