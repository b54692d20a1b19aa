"""An operator sees who is signed in, and ends another person's sessions (interface)."""

import uuid

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.audit import log
from broker.parties.login.roles import only
from broker.parties.models import Role, User
from broker.parties.signin import sessions
from broker.parties.signin.passkeys import actor_of


@require_GET
@only(Role.OPERATOR)
def people(request: HttpRequest, user: User) -> HttpResponse:
    """List everybody who can sign in, with passkeys, recovery codes and sessions counted."""
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
    return render(request, "parties/people.html", {"rows": rows.select_related("organisation")})


@require_POST
@only(Role.OPERATOR)
def end_all(request: HttpRequest, user: User, user_id: uuid.UUID) -> HttpResponse:
    """End another person's sessions."""
    other = get_object_or_404(User, id=user_id)
    sessions.end_all(other, by=user, now=timezone.now())
    messages.success(request, f"All sessions of {other.username} have ended.")
    return redirect("signin-people")
