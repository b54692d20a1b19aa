"""The one page of an approver from outside: a code first, then the proposal, then one answer (interface).

In English, without JavaScript. A GET decides nothing and mails nothing, so that a mail scanner may follow the link.
"""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from broker.approvals import acts
from broker.approvals.models import Approval
from broker.console.outside import answering, codes
from broker.console.outside.allowed import NotAllowed
from broker.console.outside.forms import AnswerForm, CodeForm
from broker.console.outside.models import Ask
from broker.console.outside.showing import Shown
from requests_app.desk.opened import in_english

KEY = "outside_open"
SAID = {
    "wrong": "This is not the code of the newest e-mail. Please compare it.",
    "over": "This code is used up or too old. Ask for a new one.",
    "too_many": "Too many wrong codes today. The page opens again tomorrow.",
    "mailed": "Too many codes were asked for. Please wait an hour.",
    "outside.original": "These digits are not those of the letter, or there were five wrong tries today.",
}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@in_english
def page(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for the mailbox's code, show what is proposed, take one answer; not in a browser of one of our people."""
    if request.user.is_authenticated:  # one of our people, or of a recipient's: nobody from outside
        return render(request, "outside/over.html", {"why": "outside.signed_in"}, status=410)
    ask, now = answering.find(token), timezone.now()
    if ask is None:
        return _over(request, None, "outside.expired")
    if why := answering.over(ask, now=now):
        return _over(request, ask, why)
    if request.method == "POST":
        return _posted(request, ask, token, now)
    if _is_open(request, ask, now):
        return _proposal(request, ask, now)
    return _start(request, ask, "code" in request.GET)


def _posted(request: HttpRequest, ask: Ask, token: str, now: datetime) -> HttpResponse:
    match request.POST.get("do"):
        case "code":
            if codes.mail(ask, now=now):
                return redirect(f"{request.path}?code=1")
            return _start(request, ask, True, error="mailed")
        case "confirm":
            return _confirmed(request, ask, token, now)
        case "approve" | "decline":
            return _answered(request, ask, now, agrees=request.POST["do"] == "approve")
    return redirect("outside", token)


def _confirmed(request: HttpRequest, ask: Ask, token: str, now: datetime) -> HttpResponse:
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _start(request, ask, True, form)
    found = codes.confirm(ask, form.cleaned_data["code"], now=now)
    if isinstance(found, str):
        form.add_error("code", SAID[found])
        return _start(request, ask, True, form)
    request.session.cycle_key()
    request.session[KEY] = str(found.id)
    return redirect("outside", token)


def _answered(request: HttpRequest, ask: Ask, now: datetime, *, agrees: bool) -> HttpResponse:
    if not _is_open(request, ask, now):
        return _start(request, ask, False)
    form = AnswerForm(request.POST, on_paper=_is_on_paper(ask))
    if not form.is_valid():
        return _proposal(request, ask, now, form)
    said = {"why": form.cleaned_data["why"], "digits": form.cleaned_data.get("digits", "")}
    try:
        answering.answer(ask, request.session[KEY], agrees=agrees, now=now, **said)
    except NotAllowed as refused:
        if refused.code != "outside.original":
            return _over(request, ask, refused.code)
        form.add_error("digits", SAID[refused.code])
        return _proposal(request, ask, now, form)
    del request.session[KEY]
    return render(request, "outside/over.html", {"why": "thanks", "agreed": agrees})


def _proposal(request: HttpRequest, ask: Ask, now: datetime, form: AnswerForm | None = None) -> HttpResponse:
    try:
        shown: Shown = answering.read(ask, now=now)
    except NotAllowed as refused:
        return _over(request, ask, refused.code)
    form = form or AnswerForm(on_paper=_is_on_paper(ask))
    context: dict[str, Any] = {"ask": ask, "shown": shown, "form": form, "on_paper": shown.original is not None}
    return render(request, "outside/proposal.html", context, status=422 if form.errors else 200)


def _start(
    request: HttpRequest, ask: Ask, mailed: bool, form: CodeForm | None = None, *, error: str = ""
) -> HttpResponse:
    context = {
        "ask": ask,
        "title": acts.act_of(Approval.objects.get(id=ask.approval).act).title,
        "mailed": mailed,
        "form": form or CodeForm(),
        "minutes": codes.CODE_MINUTES,
        "error": SAID.get(error, ""),
    }
    status = 429 if error else 422 if form is not None and form.errors else 200
    return render(request, "outside/start.html", context, status=status)


def _over(request: HttpRequest, ask: Ask | None, why: str) -> HttpResponse:
    return render(request, "outside/over.html", {"why": why, "ask": ask}, status=410)


def _is_open(request: HttpRequest, ask: Ask, now: datetime) -> bool:
    return codes.is_open(ask, str(request.session.get(KEY, "")), now=now)


def _is_on_paper(ask: Ask) -> bool:
    return Approval.objects.get(id=ask.approval).act == "paper.consent"
