"""An organisation's asks for permissions: list, ask, one ask with its link, ask again, take back (interface)."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import PURPOSES, Refusal
from consents.asking import acts, listing
from consents.asking.acts import Asker
from consents.asking.lifecycle import State
from consents.asking.models import ConsentAsk
from consents.asking.page import is_suspended
from consents.several.signing import not_in
from requests_app import grants, release
from requests_app.recipients.ask_forms import AskForm
from requests_app.recipients.guard import analyst_only, house_of, shown

STATES = {
    State.PENDING: "no answer yet",
    State.GRANTED: "she gave a permission",
    State.DECLINED: "she said no",
    State.CANCELLED: "taken back",
    State.EXPIRED: "over without an answer",
}
# Where a field of the action stands on the form.
_FIELDS = {"history_to": "history_last", "ends": "ends_last", "accounts": "pasted"}


@analyst_only
@require_GET
def listed(request: HttpRequest, user: User) -> HttpResponse:
    """The asks, the newest first; no address is opened."""
    now = timezone.now()
    page = listing.page(house_of(user), now=now, after=request.GET.get("after", "")[:200])
    if page is None:
        raise Http404
    shown(user, "asks", cnt=len(page.asks))
    rows = [_row(each) for each in page.asks]
    return render(request, "recipients/asks.html", {"rows": rows, "after": page.next})


@analyst_only
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, user: User) -> HttpResponse:
    """Ask a customer: by our mail, or by a link that is handed over."""
    said, once = (request.POST, request.FILES) if request.method == "POST" else (), {"once": uuid.uuid4()}
    form = AskForm(*said, initial=once, organisation=house_of(user))
    if form.is_bound and form.is_valid():
        key = f"page/{form.cleaned_data['once']}"
        made = acts.ask(Asker.person(user), _body(form.cleaned_data), idempotency_key=key, now=timezone.now())
        if not isinstance(made, Refusal):
            return redirect("recipient-ask", made.ask.id)
        _say(form, made)
    return render(request, "recipients/ask_new.html", {"form": form}, status=422 if form.is_bound else 200)


@analyst_only
@require_GET
def one(request: HttpRequest, user: User, ask_id: uuid.UUID) -> HttpResponse:
    """One ask: where it stands, its link where it is handed over, and what may be done."""
    found = _own(user, ask_id)
    shown(user, "ask", {"ask": found.id}, cnt=1)
    consent = found.consent
    left = not_in(consent) if consent is not None else []
    why = grants.not_in_force(consent, timezone.now()) if consent is not None else None
    return render(request, "recipients/ask.html", {**_row(found), "not_in": left, "why": REASONS.get(why or "")})


@analyst_only
@require_POST
def act(request: HttpRequest, user: User, ask_id: uuid.UUID) -> HttpResponse:
    """Mail the invitation once more, or take the ask back."""
    found, now = _own(user, ask_id), timezone.now()
    again = request.POST.get("do") == "again"
    does = acts.resend if again else acts.cancel
    answer = does(Asker.person(user), found, now=now)
    if isinstance(answer, Refusal):
        messages.error(request, f"{REASONS[answer.code].title}. {REASONS[answer.code].instead}")
    else:
        messages.success(request, "The invitation goes out once more." if again else "The ask is taken back.")
    return redirect("recipient-ask", ask_id)


def _own(user: User, ask_id: uuid.UUID) -> ConsentAsk:
    found = listing.own(house_of(user), ask_id)
    if found is None:
        release.foreign(user, "ask", ask_id)
        raise Http404
    return found


def _row(ask: ConsentAsk) -> dict[str, Any]:
    facts = listing.as_json(ask, now=timezone.now())
    pending = facts["state"] == State.PENDING
    return {
        "ask": ask,
        "facts": facts,
        "state": STATES[State(facts["state"])],
        "pending": pending,
        "on_hold": pending and is_suspended(ask),  # a suspended house sees no page at all
        "purpose": PURPOSES.get(ask.purpose, ask.purpose),
    }


def _body(said: Mapping[str, Any]) -> dict[str, Any]:
    """Put the form's answers as an application would send them; ends are exclusive there."""
    ends = said["ends_last"] + timedelta(days=1)
    found = {
        "email": said["email"] or None,
        "language": said["language"],
        "purpose": said["purpose"],
        "data_types": list(said["data_types"]),
        "history_from": _text(said["history_from"]),
        "history_to": _text(said["history_last"] + timedelta(days=1) if said["history_last"] else None),
        "forward": _text(ends if said["forward"] else None),
        "ends": _text(ends),
        "account": said["account"] or None,
        "accounts": list(said.get("numbers") or ()) or None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _say(form: AskForm, refusal: Refusal) -> None:
    fields = [_FIELDS.get(name, name) for name in refusal.detail.split()] if refusal.code.startswith("ask.") else []
    for name in fields:
        if name in form.fields:
            form.add_error(name, "This does not fit: please look again.")
    if not form.errors:
        reason = REASONS[refusal.code]
        form.add_error(None, f"{reason.title}. {reason.text} {reason.instead}")
