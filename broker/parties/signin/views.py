"""A person's own sign-in: passkeys, recovery codes, sessions, and the fresh touch (interface)."""

import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.limits.address import address_of
from broker.limits.counting import Limit, give_back, take_all
from broker.parties.login import tries
from broker.parties.login.roles import only
from broker.parties.login.watch import turned_away
from broker.parties.login.way_in import is_ours, onward
from broker.parties.models import Role, User
from broker.parties.signin import alerts, asking, passkeys, recovery, sessions, webauthn, workbox
from broker.parties.signin.models import SignedIn
from broker.terms import Refusal

ANYBODY = only(*Role)  # who signs in at all
# Codes have 79 bits; the limits keep the slow hash from being used against us.
CODES_BY_ONE = Limit("recovery", 5, timedelta(minutes=15))
CODES_BY_ADDRESS = Limit("recovery-address", 20, timedelta(minutes=15))


@require_GET
@ANYBODY
def own(request: HttpRequest, user: User) -> HttpResponse:
    """Show a person's passkeys, sessions and recovery codes that are left."""
    now = timezone.now()
    context = {
        "passkeys": passkeys.of(user),
        "sessions": sessions.good_of(user, now=now).select_related("passkey"),
        "here_id": request.session.get(sessions.SESSION),
        "codes_left": recovery.left(user),
        "changes": alerts.recent(user),
        "box": workbox.of(user),
        "reachable": bool(alerts.reachable([user.id])),
    }
    return render(request, "parties/own_sign_in.html", context)


@require_http_methods(["GET", "POST"])
@ANYBODY
def add(request: HttpRequest, user: User) -> HttpResponse:
    """Register one more passkey."""
    refused = ""
    if request.method == "POST":
        state, answer = asking.taken(request, asking.MORE), request.POST.get(asking.FIELD, "")
        made = (
            passkeys.add(user, answer, state, name=asking.name_of(request), now=timezone.now())
            if state
            else Refusal("ask.invalid")
        )
        if not isinstance(made, Refusal):
            messages.success(request, _("The new passkey is saved."))
            return redirect("signin")
        refused = made.code
    asked = asking.put(request, asking.MORE, asking.new_for(user))
    context = {"passkey": asked, "refused": refused}
    return render(request, "parties/add_passkey.html", context, status=400 if refused else 200)


@require_POST
@ANYBODY
def remove(request: HttpRequest, user: User, passkey_id: uuid.UUID) -> HttpResponse:
    """Take a passkey out of use."""
    refusal = passkeys.remove(user, passkey_id, now=timezone.now())
    if refusal is None:
        messages.success(request, _("The passkey is removed. Sessions that it began have ended."))
    elif refusal.code == "not_found":
        turned_away(request, user)
        raise Http404
    else:
        messages.error(request, _("You cannot remove your last passkey while you have no recovery codes."))
    return redirect("signin")


@require_POST
@ANYBODY
def codes(request: HttpRequest, user: User) -> HttpResponse:
    """Make new recovery codes and show them, once."""
    return render(request, "parties/recovery_codes.html", {"codes": recovery.make(user, now=timezone.now())})


@require_POST
@ANYBODY
def end_all(_request: HttpRequest, user: User) -> HttpResponse:
    """End all of one's own sessions, this one too."""
    sessions.end_all(user, by=user, now=timezone.now())
    return redirect("login")


@require_http_methods(["GET", "POST"])
@ANYBODY
def again(request: HttpRequest, user: User) -> HttpResponseBase:
    """Take a fresh touch, and go on to the page that asked for it."""
    place = _onward(request)
    if request.method == "POST" and take_touch(request, user, why=place):
        return redirect(place)
    return ask_again(request, user, refused=request.method == "POST")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def recover(request: HttpRequest) -> HttpResponse:
    """Take a recovery code; a good one leads to a page that registers a new passkey."""
    if request.method != "POST":
        return render(request, "parties/recover.html")
    now, name = timezone.now(), tries.name_for_lock_out(request)
    counted = ((CODES_BY_ADDRESS, address_of(request)), (CODES_BY_ONE, f"{name}|{address_of(request)}"))
    if not take_all(*counted, now=now):
        tries.locked()
        return render(request, "parties/locked.html", status=429)
    token = recovery.use(request.POST.get("username", ""), request.POST.get("code", ""), now=now)
    if token is None:
        return render(request, "parties/recover.html", {"refused": True}, status=400)
    give_back(*counted, now=now)
    return redirect("enrol", token=token)


def take_touch(request: HttpRequest, user: User, *, why: str) -> bool:
    """Take the answer of a form; True where the passkey was touched afresh in this session."""
    now = timezone.now()
    state, row = asking.taken(request, asking.AGAIN), current_row(request, user)
    if state is None or row is None or not row.passkey_id:
        return False
    if passkeys.touched(request.POST.get(asking.FIELD, ""), state, by=user, now=now) is None:
        return False
    sessions.touched(request, row, why=why, now=now)
    return True


def current_row(request: HttpRequest, user: User) -> SignedIn | None:
    """Give the row of this browser's session."""
    return sessions.current(request, user, now=timezone.now())


def ask_again(request: HttpRequest, user: User, *, refused: bool = False) -> HttpResponse:
    """Ask for a touch, and keep what the form said: pressed once, it goes on from here.

    Files cannot be kept; after the touch such a form is shown anew.
    """
    here = request.resolver_match is not None and request.resolver_match.view_name == "signin-again"
    carries = request.method == "POST" and not here and not request.FILES
    kept = [
        (name, value)
        for name, values in (request.POST.lists() if carries else ())
        for value in values
        if name not in ("csrfmiddlewaretoken", asking.FIELD)
    ]
    context: dict[str, Any] = {
        "passkey": asking.put(request, asking.AGAIN, webauthn.ask_touch(passkeys.packed(user))),
        "kept": kept,
        "action": request.get_full_path() if carries else reverse("signin-again"),
        "onward": "" if carries else (_onward(request) if here else _back_of(request)),
        "refused": refused,
        "lost_files": bool(request.FILES),
    }
    return render(request, "parties/again.html", context, status=200 if here and not refused else 403)


def _onward(request: HttpRequest) -> str:
    return onward(request) or reverse("after-login")


def _back_of(request: HttpRequest) -> str:
    """Give the page to come back to: what was asked for, or the page whose form it was."""
    if request.method == "GET":
        return request.get_full_path()
    came = request.headers.get("Referer", "")
    parts = urlsplit(came)
    return parts.path if is_ours(request, came) and parts.path else reverse("after-login")
