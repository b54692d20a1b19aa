"""Keys of the organisation's programs: list, make, look at, take back (interface)."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.db import installation
from broker.parties import keys
from broker.parties.models import Application, Organisation, User
from broker.parties.purposes import approved
from broker.parties.scopes import OPERATIONS
from requests_app import release
from requests_app.readers import actor_of
from requests_app.recipients.guard import analyst_only, house_of, shown
from requests_app.recipients.key_forms import KeyForm

MOST_KEYS = 20  # in force at once; a leaked list of keys stays short


@analyst_only
@require_GET
def listed(request: HttpRequest, user: User) -> HttpResponse:
    """All keys, those in force first."""
    rows = list(own_keys(user).order_by("revoked_at", "-created_at"))
    shown(user, "keys", cnt=len(rows))
    return render(request, "recipients/keys.html", {"rows": [_row(each) for each in rows]})


@analyst_only
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, user: User) -> HttpResponse:
    """Make a key; it is shown in this one answer and nowhere else."""
    form, now = KeyForm(request.POST if request.method == "POST" else None), timezone.now()
    if form.is_bound and form.is_valid():
        try:
            made = _made(user, form.cleaned_data, now)
        except keys.NotNow:
            form.add_error(None, "A key of yours is suspended since nobody reviewed it. Ask the co-op to let it go on.")
        else:
            if made is not None:
                context = {"row": _row(made[0]), "key": made[1], **_use(user)}
                return render(request, "recipients/key_made.html", context)
            form.add_error(None, f"You have {MOST_KEYS} keys in force. Take one back first.")
    status = 422 if form.is_bound else 200
    return render(request, "recipients/key_new.html", {"form": form, "is_test": _is_test()}, status=status)


@analyst_only
@require_GET
def one(request: HttpRequest, user: User, key_id: uuid.UUID) -> HttpResponse:
    """One key: what it opens, when it was last used, and the button that takes it back."""
    found = _own(user, key_id)
    shown(user, "key", {"application": found.id}, cnt=1)
    return render(request, "recipients/key.html", {"row": _row(found), **_use(user)})


@analyst_only
@require_POST
def revoke(request: HttpRequest, user: User, key_id: uuid.UUID) -> HttpResponse:
    """Take a key back: it opens nothing from this moment on."""
    found = _own(user, key_id)
    if keys.revoke_key(found, actor=actor_of(user), now=timezone.now()):
        messages.success(request, f"The key “{found.name}” opens nothing any more.")
    return redirect("recipient-keys")


def _made(user: User, said: Mapping[str, Any], now: datetime) -> tuple[Application, str] | None:
    """Make a key; None where there are enough. The house's row is the turn: many presses at once make no more."""
    with transaction.atomic():
        house = Organisation.objects.select_for_update(no_key=True).get(id=house_of(user).id)
        if own_keys(user).filter(revoked_at=None, expires_at__gt=now).count() >= MOST_KEYS:
            return None
        return keys.create_application(
            house,
            said["name"],
            _mode(),
            expires_at=now + timedelta(days=said["days"]),
            actor=actor_of(user),
            now=now,
            operations=said["operations"],
            data_types=said["data_types"],
        )


def own_keys(user: User) -> QuerySet[Application]:
    """Give an organisation's keys; what its people ask on these pages has none, and is not among them."""
    return Application.objects.filter(organisation=house_of(user)).exclude(operations=[])


def _own(user: User, key_id: uuid.UUID) -> Application:
    found = own_keys(user).filter(id=key_id).first()
    if found is None:
        release.foreign(user, "application", key_id)
        raise Http404
    return found


def _row(key: Application) -> dict[str, object]:
    now = timezone.now()
    state = "taken back" if key.revoked_at else "over" if key.expires_at <= now else "in force"
    return {
        "key": key,
        "state": state,
        "in_force": state == "in force",
        "operations": [OPERATIONS[each] for each in key.operations if each in OPERATIONS],
        "last_use": keys.last_use(key),
    }


def _use(user: User) -> dict[str, object]:
    """Give what a program of this house has to know beside its key: where, and for which purposes."""
    return {"site": settings.PUBLIC_URL, "purposes": approved(house_of(user))}


def _mode() -> str:
    return Application.Mode.TEST if _is_test() else Application.Mode.LIVE


def _is_test() -> bool:
    return installation.mode() == "rehearsal"
