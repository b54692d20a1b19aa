"""Staff's pages for differences between sources: the list, one of them, and its decision (interface)."""

import uuid
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker import vault
from broker.approvals import decide
from broker.approvals.models import Approval
from broker.duties import people as ours
from broker.parties.models import User
from broker.terms import Actor, Refusal
from requests_app.admin_views import actor_of, may_ask
from requests_app.came_words import CAME_BY
from requests_app.charts.pairs import Pair, pairs
from requests_app.differences import given, query, settling
from requests_app.differences.forms import SettleForm
from requests_app.differences.looking import Seen, look
from requests_app.differences.query import Topic
from requests_app.differences.shown import named_sources, shown_ask, shown_history, shown_rows
from requests_app.page_reads import page_shown

NOT_ALLOWED = {
    "approval.same_person": "You asked for it yourself: another person decides.",
    "approval.role": "An operator, an officer or an approver confirms; staff ask.",
    "approval.over": "Another source or decision came meanwhile, or it was decided: look again.",
    "approval.held": "A day of waiting was begun for it, in which the customer can say no: decide it after that day.",
}
NOT_TAKEN = {
    "ask.invalid": "Nothing was decided: no value differs on these days, the source says nothing of one of them, or "
    "the rule is no reason for this.",
    "state.conflict": "Nothing was decided: another source or decision came meanwhile, or a second person is asked.",
}


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Show what sources do not agree on, by account, kind and month; nothing is opened."""
    waiting = query.topics(query.open_topics())
    over = query.topics(query.settled_topics())
    page_shown(actor_of(request), "differences", cnt=len(waiting) + len(over))
    return render(request, "requests_app/differences.html", {"waiting": waiting, "over": over})


@require_http_methods(["GET", "POST"])
def topic(request: HttpRequest, topic_id: uuid.UUID) -> HttpResponse:
    """Show what each source says of one account's month, under one event; a POST settles it."""
    found, actor = _found(topic_id), actor_of(request)
    newest = query.differences(topic_id)[-1].number
    names = [(str(each.series_id), name) for each, name in named_sources(found.sources)]
    form = SettleForm(request.POST if request.method == "POST" else None, sources=names, initial={"newest": newest})
    if request.method == "POST" and form.is_valid():
        return _settled(request, found, form, actor)
    try:
        seen = look(found, actor=actor)
    except vault.Destroyed:
        return render(request, "requests_app/difference.html", {"topic": found, "gone": True}, status=410)
    status = 422 if form.is_bound else 200
    return render(request, "requests_app/difference.html", _context(request, found, seen, form), status=status)


@require_POST
def decide_second(request: HttpRequest, topic_id: uuid.UUID) -> HttpResponse:
    """Take the word of the second person, or the first one's that it is taken back."""
    found, actor, now = _found(topic_id), actor_of(request), timezone.now()
    asked = query.waiting(found.id)
    try:
        if asked is None:
            raise decide.NotAllowed("approval.over")
        match request.POST.get("decision"):
            case "confirm":
                decide.approve(asked.id, approver=actor, now=now)
                messages.success(request, "It is settled, and the recipients are told.")
            case "refuse":
                decide.refuse(asked.id, approver=actor, now=now)
                messages.success(request, "It is not confirmed. It stays as it was.")
            case "withdraw":
                decide.withdraw(asked.id, requester=actor, now=now)
                messages.success(request, "It is taken back.")
            case _:
                messages.error(request, "Choose one.")
    except decide.NotAllowed as refused:
        messages.error(request, NOT_ALLOWED.get(refused.code, "This is not yours to decide."))
    return redirect("admin:difference", found.id)


def _settled(request: HttpRequest, found: Topic, form: SettleForm, actor: Actor) -> HttpResponse:
    try:
        answer = settling.settle(
            found, form.choice(), reason=form.cleaned_data["reason"], actor=actor, now=timezone.now()
        )
    except decide.NotAllowed as refused:
        messages.error(request, NOT_ALLOWED.get(refused.code, "This is not yours to decide."))
    except vault.Destroyed:
        messages.error(request, "Nothing was decided: one of the files was destroyed.")
    else:
        if isinstance(answer, Refusal):
            messages.error(request, NOT_TAKEN.get(answer.code, NOT_TAKEN["ask.invalid"]))
        elif isinstance(answer, Approval):
            messages.success(request, "A recipient was given one of these values: a second person decides now.")
        else:
            messages.success(request, "It is settled.")
    return redirect("admin:difference", found.id)


def _found(topic_id: uuid.UUID) -> Topic:
    found = query.topic(topic_id)
    if found is None:
        raise Http404
    return found


def _context(request: HttpRequest, found: Topic, seen: Seen, form: SettleForm) -> dict[str, Any]:
    assert isinstance(request.user, User)
    user, asked = request.user, seen.waiting
    place = query.differences(found.id)[0].place
    drawn = [Pair(each.start[5:16].replace("T", " "), tuple(_figures(each.words))) for each in seen.rows]
    letters = [name for _, name in named_sources(found.sources, short=True)]
    title = f"Values of {found.month:%B %Y} on which sources do not agree"
    return {
        "topic": found,
        "rows": shown_rows(seen),
        "sources": [
            (name, each, CAME_BY[each.file.came_by]) for name, each in zip(letters, found.sources, strict=True)
        ],
        "picture": pairs(drawn, letters, unit=found.unit, title=title, ident="pairs"),
        "history": shown_history(seen),
        "form": form,
        "given": given.requests(given.kind_of(place), found.month),
        "waiting": seen.waiting,
        "asked": shown_ask(seen),
        "why": seen.why,
        "may_ask": may_ask(request, settling.ACT),
        "confirms": user.role in settling.ACT.approvers,
        "own": asked is not None and asked.requester in ours.accounts_of(user),
        "may_withdraw": asked is not None and asked.requester == user.id,
    }


def _figures(words: list[dict[str, Any] | None]) -> list[Decimal | None]:
    return [Decimal(str(each["value"])) if each else None for each in words]
