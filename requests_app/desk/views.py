"""The page of a utility's billing desk: a code to its own mailbox, all our open requests to it, eight answers.

Interface: validate, call one action, render. In English, without JavaScript.
"""

import math
import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.audit import log
from broker.limits.address import address_of
from broker.reasons import reason
from broker.terms import Refusal
from broker.utilities import UtilityProfile
from consents.checking.clerk import CLERK
from requests_app.desk import acts, codes, listing
from requests_app.desk.forms import FORMS, ActForm, CodeForm, HintForm, PromiseForm
from requests_app.desk.models import DeskAct
from requests_app.desk.opened import browser_of, close, in_english, remember, session_of, with_desk

Kind = DeskAct.Kind
both = require_http_methods(["GET", "HEAD", "POST"])

_WRONG = {
    "wrong": "This is not the code of the newest e-mail that was asked for in this browser. Please compare it.",
    "over": "This code is used up or too old. Ask for a new one.",
    "unasked": "No code was asked for in this browser. Ask for one first.",
}
_KEPT = "we have your message, but nothing follows from it by itself now. A person reads it and writes to you."
# The link, the heading, and what follows from it.
SAYS: dict[DeskAct.Kind, tuple[str, str, str]] = {
    Kind.FILES: ("Upload files", "Upload files", "We look through them and tell you if something is missing."),
    Kind.PROMISE: ("Name a day", "On which day will you send it?", "We do not ask again before that day."),
    Kind.FEE: ("Name a fee", "What does it cost?", "We tell you yes or no. Please begin after that."),
    Kind.WORDS: ("Write to us", "Write to us", "A person reads it and answers by e-mail."),
    Kind.OWN_FORM: (
        "We need our own form",
        "Do you need your own form?",
        "We have the member sign it and send it with a new request. Attach it if you have it as a file.",
    ),
    Kind.PAPER: (
        "We need a signature on paper",
        "Do you need a signature on paper?",
        "We ask the member to print, sign and post the letter, and send you the paper.",
    ),
    Kind.NOT_MEMBER: (
        "Not our member",
        "Is this not your member?",
        "Our staff compare account and name, and write to you. Please send nothing meanwhile.",
    ),
    Kind.DOUBT: (
        "We doubt this",
        "What makes you doubt it?",
        "The permission will be suspended at once, and nothing will be released under it until we have called you.",
    ),
}


@never_cache
@both
@in_english
def enter(request: HttpRequest, hint: str = "") -> HttpResponse:
    """Ask for the code in our mail; whatever is entered, the same page follows."""
    form = HintForm(request.POST) if request.method == "POST" else HintForm(initial={"hint": hint[:40]})
    if form.is_bound and form.is_valid():
        now, address = timezone.now(), address_of(request)
        until = codes.ask(form.cleaned_data["hint"], browser=browser_of(request), address=address, now=now)
        if until is not None:
            return _too_many(request, "codes", until, now)
        return redirect("desk-code")
    return render(request, "desk/enter.html", {"form": form}, status=_status(form))


@never_cache
@both
@in_english
def code(request: HttpRequest) -> HttpResponse:
    """The six digits that went to the desk's mailbox, if the code in our mail was one of ours."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        now, address = timezone.now(), address_of(request)
        found = codes.accept(form.cleaned_data["code"], browser=browser_of(request), address=address, now=now)
        if not isinstance(found, str):
            remember(request, found)
            return redirect("desk-requests")
        if found == "too_many":
            return _too_many(request, "tries", codes.tries_anew(now), now)
        form.add_error("code", _WRONG[found])
    minutes = codes.CODE_LIFE.seconds // 60
    return render(request, "desk/code.html", {"form": form, "minutes": minutes}, status=_status(form))


@never_cache
@require_GET
@with_desk
def requests(request: HttpRequest, profile: UtilityProfile) -> HttpResponse:
    """All our open requests to this desk."""
    rows = listing.all_open(profile.id, now=timezone.now())
    log.append_read(
        "desk.shown",
        actor=CLERK,
        subject=None,
        purpose="fulfilment",
        obj="page",
        body={"utility": profile.id, "requests": [each.manual.number for each in rows]},
        cnt=len(rows),
    )
    acts_of = [(kind.value, words[0]) for kind, words in SAYS.items()]
    return render(request, "desk/requests.html", {"rows": rows, "utility": profile, "acts": acts_of})


@never_cache
@both
@with_desk
def act(request: HttpRequest, profile: UtilityProfile, manual_id: uuid.UUID, kind: str) -> HttpResponse:
    """One answer about one request: a form, and what follows from it."""
    manual = listing.one(profile.id, manual_id)
    if manual is None or kind not in Kind:
        raise Http404
    chosen = Kind(kind)
    form = _form(chosen, request, profile)
    if form.is_bound and form.is_valid():
        now = timezone.now()
        if (until := codes.may_say(session_of(request), now=now)) is not None:
            return _too_many(request, "answers", until, now)
        answer = acts.say(manual, _said(chosen, form), address=address_of(request), now=now)
        if not isinstance(answer, Refusal):
            if answer.entered:
                messages.success(request, f"{manual.number}: we have it. Thank you.")
            else:
                messages.warning(request, f"{manual.number}: {_KEPT}")
            return redirect("desk-requests")
        form.add_error(None, str(reason(answer.code).text))
    link, title, follows = SAYS[chosen]
    context = {
        "form": form,
        "row": listing.shown(manual, now=timezone.now()),
        "utility": profile,
        "kind": kind,
        "link": link,
        "title": title,
        "follows": follows,
    }
    return render(request, "desk/act.html", context, status=_status(form))


@never_cache
@require_POST
@in_english
def leave(request: HttpRequest) -> HttpResponse:
    """Close the page in this browser."""
    close(request)
    return redirect("desk")


def _too_many(request: HttpRequest, what: str, until: datetime, now: datetime) -> HttpResponse:
    answer = render(request, "desk/too_many.html", {"what": what, "until": until}, status=429)
    answer["Retry-After"] = str(math.ceil((until - now).total_seconds()))
    return answer


def _form(kind: DeskAct.Kind, request: HttpRequest, profile: UtilityProfile) -> ActForm:
    more: dict[str, Any] = {"zone": profile.tz} if FORMS[kind] is PromiseForm else {}
    if request.method == "POST":
        return FORMS[kind](request.POST, request.FILES, **more)
    return FORMS[kind](initial={"once": uuid.uuid4()}, **more)


def _said(kind: DeskAct.Kind, form: ActForm) -> acts.Said:
    data = form.cleaned_data
    return acts.Said(
        kind=kind,
        once=data["once"],
        words=data["words"].strip(),
        files=tuple((each.name or "file", each.read()) for each in data.get("attached") or [] if each),
        amount=data.get("amount"),
        day=data.get("day"),
    )


def _status(form: HintForm | CodeForm | ActForm) -> int:
    return 422 if form.is_bound and form.errors else 200
