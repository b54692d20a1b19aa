"""The desk's acts on a request that waits: a fee, a question, an acknowledgement, another form (interface).

One page shows what fits the state of the request; each form there calls one action, which is one event.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.approvals.decide import NotAllowed
from broker.approvals.lifecycle import OPEN
from broker.approvals.models import Approval
from broker.terms import Actor, Refusal
from consents.paper_choice import on_paper
from requests_app.admin_views import actor_of, text_of
from requests_app.fees import answering, asking, by_word, deciding, offered, quoting, replacing
from requests_app.fees.forms import AboutForm, YesForm
from requests_app.fees.lifecycle import Answer, Asks, FeeState, SaidBy, Why
from requests_app.fees.models import FeeQuote, Question
from requests_app.lifecycle import FACTS, ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest
from requests_app.page_reads import page_shown

Did = tuple[object, str]
REFUSED = {
    "approval.role": "Your role may not ask for this.",
    "approval.over": "It is decided already, or the request does not wait for it any more.",
    "approval.open": "A second person is being asked already.",
}


OLD_PAGE = "Nothing was done: your page was about something that is not open any more. This is what is open now."


@require_GET
def acts(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show what can be done with a request now; nothing is opened."""
    manual = manual_of(request_id)
    shown(request, manual)
    return page(request, manual)


@require_POST
def act(request: HttpRequest, request_id: uuid.UUID, what: str) -> HttpResponse:
    """Do one thing; what is incomplete comes back with its form."""
    manual = manual_of(request_id)
    if what not in _DO:
        raise Http404
    form = offered.form_of(what, manual, request.POST)
    if form is None:  # the state has no such act any more
        messages.error(request, text_of(Refusal("state.conflict")))
        return redirect("admin:request-acts", manual.id)
    if isinstance(form, AboutForm) and form.is_old:  # the page was open for long: what it showed is not open any more
        messages.error(request, OLD_PAGE)
        shown(request, manual)
        return page(request, manual, status=409)
    if not form.is_valid():
        shown(request, manual)
        return page(request, manual, {what: form}, status=422)
    try:
        done, said = _DO[what](manual, form.cleaned_data, actor_of(request), timezone.now())
    except NotAllowed as error:
        messages.error(request, REFUSED.get(error.code, error.code))
        return redirect("admin:request-acts", manual.id)
    if isinstance(done, Refusal):
        messages.error(request, text_of(done))
    else:
        messages.success(request, f"{manual.number}: {said}")
    return redirect("admin:request-acts", done.id if isinstance(done, ManualRequest) else manual.id)


@require_POST
def words(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Open the words of the newest question and of her reply for this one page."""
    manual = manual_of(request_id)
    question = Question.objects.select_related("manual__request").filter(manual=manual).order_by("-asked_at").first()
    if question is None:
        raise Http404
    asked, replied = asking.read(question, actor=actor_of(request))
    return page(request, manual, more={"asked_words": asked, "replied_words": replied})


def page(
    request: HttpRequest,
    manual: ManualRequest,
    sent: dict[str, forms.Form] | None = None,
    *,
    status: int = 200,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the acts of a request with what was sent; the caller has logged that it is shown."""
    fee, waiting = quoting.open_fee(manual), asking.waiting(manual)
    questions = Question.objects.select_related("fee", "reply").filter(manual=manual).order_by("-asked_at")
    found = {what: form for what in _DO if (form := offered.form_of(what, manual, None)) is not None}
    context = {
        "manual": manual,
        "profile": profile_for(manual),
        "state": FACTS[ManualState(manual.state)].name,
        "fee": fee,
        "fees": FeeQuote.objects.filter(manual=manual).order_by("-quoted_at"),
        "asked_two": _asked_two(fee),
        "accepted": quoting.accepted(manual),
        "waiting": waiting,
        "questions": questions,
        "mail": answering.on_its_way(manual),
        "replaced_by": _succession(manual, "replaced_by"),
        "replaces": _succession(manual, "replaces"),
        "on_paper": manual.request.customer is not None and on_paper(manual.request.customer),
        "yes_form": YesForm(question=waiting) if waiting is not None and by_word.may_write(waiting) else None,
        "yes_waits": by_word.waiting(waiting) if waiting is not None else None,
        "forms": {what.replace("-", "_"): form for what, form in (found | (sent or {})).items()},
        "form": next(iter((sent or {}).values()), None),
        **(more or {}),
    }
    return render(request, "fees/acts.html", context, status=status)


def _asked_two(fee: FeeQuote | None) -> Approval | None:
    if fee is None:
        return None
    return Approval.objects.filter(act__in=quoting.ACTS.values(), about=fee.id, state__in=OPEN).first()


def _succession(manual: ManualRequest, name: str) -> ManualRequest | None:
    row = getattr(manual, name, None)
    if row is None:
        return None
    found: ManualRequest = row.new if name == "replaced_by" else row.old
    return found


def shown(request: HttpRequest, manual: ManualRequest) -> None:
    """Log that the page of a request's acts is shown."""
    page_shown(actor_of(request), "request acts", {"request": manual.number}, subject=manual.request.customer_id)


def manual_of(request_id: uuid.UUID) -> ManualRequest:
    """Give a request, or 404."""
    rows = ManualRequest.objects.select_related("request__consent__recipient", "request__organisation")
    return get_object_or_404(rows, id=request_id)


def _quote(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    said_by = SaidBy(data["said_by"])
    message = next((each for each in quoting.mails(manual) if str(each.id) == data["mail"]), None)
    done = quoting.quote(manual, data["amount"], said_by=said_by, actor=actor, now=now, message=message)
    return done, "the fee is written down. The clock rests."


def _alone(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    answer = FeeState(data["answer"])
    done = deciding.decide_alone(_fee(manual, data), answer, actor=actor, now=now)
    return done, f"the fee is {answer.value}; the co-op gets our answer."


def _second(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    answer = FeeState(data["answer"])
    done = deciding.ask_second(_fee(manual, data), answer, requester=actor, reason=data["reason"], now=now)
    return done, "a second person decides now."


def _ask(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    asks = Asks(data["asks"])
    kept = "" if asks == Asks.FEE else data["words"]
    return asking.ask_customer(manual, asks, kept, actor=actor, now=now), "the customer is asked. The clock rests."


def _heard(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    question = asking.waiting(manual)
    if question is None or str(question.id) != data["about"]:
        return Refusal("state.conflict"), ""
    answer, how = Answer(data["answer"]), SaidBy(data["how"])
    done = asking.enter_reply(question, answer, data["words"], how=how, actor=actor, now=now)
    return done, "her answer is written down."


def _asks_us(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    done = asking.utility_asks(manual, said_by=SaidBy(data["said_by"]), actor=actor, now=now)
    return done, "the co-op waits for our answer. The clock rests."


def _answer(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    return asking.answer_utility(manual, data["words"], actor=actor, now=now), "our answer goes out now."


def _phoned(manual: ManualRequest, _data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    return asking.answered_by_phone(manual, actor=actor, now=now), "the co-op has our answer. The clock goes on."


def _acknowledged(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    done = asking.acknowledge(manual, said_by=SaidBy(data["said_by"]), actor=actor, now=now)
    return done, "the co-op has the request. The clock goes on."


def _replace(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    done = replacing.supersede(manual, Why(data["why"]), actor=actor, now=now)
    return done, "it is replaced by the request on this page."


def _send(manual: ManualRequest, _data: dict[str, Any], actor: Actor, _now: datetime) -> Did:
    return replacing.send(manual, actor=actor), "it goes out by mail."


def _posted(manual: ManualRequest, _data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    return replacing.posted(manual, actor=actor, now=now), "it went out by post; its arrival is not proven yet."


def _mail(manual: ManualRequest, data: dict[str, Any], actor: Actor, now: datetime) -> Did:
    mail = answering.on_its_way(manual)
    if mail is None or str(mail.id) != data["about"]:
        return Refusal("state.conflict"), ""
    arrived = data["arrived"] == "yes"
    done = answering.settle(mail, arrived=arrived, actor=actor, now=now)
    return done, "the clock goes on." if arrived else "our answer goes out again."


def _fee(manual: ManualRequest, data: dict[str, Any]) -> FeeQuote:
    fee = quoting.open_fee(manual)
    if fee is None or str(fee.id) != data["about"]:
        raise NotAllowed("approval.over")
    return fee


_DO: dict[str, Callable[[ManualRequest, dict[str, Any], Actor, datetime], Did]] = {
    "quote": _quote,
    "alone": _alone,
    "second": _second,
    "ask": _ask,
    "heard": _heard,
    "asks-us": _asks_us,
    "answer": _answer,
    "phoned": _phoned,
    "acknowledged": _acknowledged,
    "replace": _replace,
    "send": _send,
    "posted": _posted,
    "mail": _mail,
}
