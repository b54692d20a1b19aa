"""An operator sees who is signed in, and ends another person's sessions (interface)."""

import uuid

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.approvals import decide
from broker.audit import log
from broker.parties.login.roles import only
from broker.parties.models import Role, User
from broker.parties.signin import alerts, inviting, sessions
from broker.parties.signin.passkeys import actor_of
from broker.parties.staff import ENROLMENT_HOURS
from broker.terms import Refusal

_INPUT = {"class": "usa-input", "autocomplete": "off"}
_ROLES = [("", "as it is (a new link)"), *((role.value, role.label) for role in Role if role != Role.ANALYST)]


class AskForm(forms.Form):
    """Whom to invite, or whom to give a new link."""

    username = forms.SlugField(
        label="User name",
        max_length=150,
        help_text="Of somebody new, or of whoever lost every passkey.",
        widget=forms.TextInput(attrs=_INPUT),
    )
    full_name = forms.CharField(
        label="Full name, for somebody new", max_length=150, required=False, widget=forms.TextInput(attrs=_INPUT)
    )
    role = forms.ChoiceField(
        label="Role", choices=_ROLES, required=False, widget=forms.Select(attrs={"class": "usa-select"})
    )
    reason = forms.CharField(label="Why", max_length=500, widget=forms.TextInput(attrs=_INPUT))


@require_GET
@only(Role.OPERATOR)
def people(request: HttpRequest, user: User) -> HttpResponse:
    """List everybody who can sign in, with passkeys, recovery codes and sessions counted."""
    return _shown(request, user, AskForm())


def _shown(request: HttpRequest, user: User, form: AskForm) -> HttpResponse:
    now = timezone.now()
    log.append_read(
        "admin.viewed", actor=actor_of(user), subject=None, purpose="operations", obj="page", body={"page": "sign-ins"}
    )
    good = Q(
        signed_in__ended_at=None,
        signed_in__began_at__gt=now - sessions.LONGEST,
        signed_in__seen_at__gt=now - sessions.IDLE,
    )
    rows = User.objects.order_by("role", "username").annotate(
        keys=Count("passkeys", filter=Q(passkeys__removed_at=None), distinct=True),
        codes=Count("recovery_codes", filter=Q(recovery_codes__used_at=None), distinct=True),
        sessions=Count("signed_in", filter=good, distinct=True),
    )
    agreed = [(each.id, each.params["username"]) for each in inviting.agreed(user)]
    context = {
        "rows": rows.select_related("organisation"),
        "form": form,
        "agreed": agreed,
        "unheard": {each.id for each in alerts.without_mailbox()},
    }
    return render(request, "parties/people.html", context, status=422 if form.errors else 200)


@require_POST
@only(Role.OPERATOR)
def ask(request: HttpRequest, user: User) -> HttpResponse:
    """Ask a second person to agree that somebody is invited, or given a new link."""
    form = AskForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        role = Role(said["role"]) if said["role"] else None
        try:
            inviting.ask(user, said["username"], said["full_name"], role, reason=said["reason"], now=timezone.now())
        except decide.NotAllowed:
            form.add_error(
                None,
                "This cannot be asked: it waits already, is about yourself, lacks a name or role, or mixes alphabets.",
            )
        else:
            messages.success(request, "An officer or an approver decides. Then the link is shown here, once.")
            return redirect("signin-people")
    return _shown(request, user, form)


@require_POST
@only(Role.OPERATOR)
def link(request: HttpRequest, user: User, approval_id: uuid.UUID) -> HttpResponse:
    """Show the link that two people agreed on, once."""
    token = inviting.link(user, approval_id, now=timezone.now())
    if token is None or isinstance(token, Refusal):
        used = "There is no link: this person has used a passkey since you asked, so it is not lost. Your ask is over."
        messages.error(request, used if token else "There is no such link any more.")
        return redirect("signin-people")
    place = f"{settings.PUBLIC_URL}{reverse('enrol', args=[token])}"
    return render(request, "parties/people_link.html", {"link": place, "hours": ENROLMENT_HOURS})


@require_POST
@only(Role.OPERATOR)
def end_all(request: HttpRequest, user: User, user_id: uuid.UUID) -> HttpResponse:
    """End another person's sessions."""
    other = get_object_or_404(User, id=user_id)
    sessions.end_all(other, by=user, now=timezone.now())
    messages.success(request, f"All sessions of {other.username} have ended.")
    return redirect("signin-people")
