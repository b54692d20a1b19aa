"""Pages of the ladder's human steps: a call with its words, what a mail is, how a request goes on (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from broker.approvals.decide import NotAllowed
from broker.terms import Refusal
from requests_app.admin_views import actor_of, manual_of, may_ask
from requests_app.desk_work.forms import CallForm, GoesOnForm, ReadAsForm
from requests_app.inbound.holding import SEALED
from requests_app.ladder import deciding, open_tasks
from requests_app.ladder.calling import classify, record_calls
from requests_app.ladder.looking import call_script
from requests_app.ladder.words import CHOICES, Choice, Outcome, ReadAs
from requests_app.models import Message
from requests_app.page_reads import page_shown

NOT_CALLED = "The call lies before its task or is still to come, or somebody wrote it down already."
NOT_ASKED = {
    "approval.role": "A member of staff asks the second person.",
    "ask.invalid": "The day is no business day of the co-op, or too far away.",
    "state.conflict": "No decision is due, a mail waits to be read, or another person has asked already.",
}


@require_http_methods(["GET", "POST"])
def call(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show what to say in a call and what never to, and write down what came of it."""
    manual = manual_of(request_id)
    calls = open_tasks.calls_with(manual)
    task = next((each for each in calls if each.manual_id == manual.id), None)
    others = [each for each in calls if each.manual_id != manual.id]
    also = set(request.POST.getlist("also"))
    form = CallForm(request.POST if request.method == "POST" else None)
    if form.is_bound and task is None:
        messages.error(request, NOT_CALLED)
        return redirect("admin:request", manual.id)
    if task is not None and form.is_bound and form.is_valid():
        said = form.cleaned_data
        done = record_calls(
            [task, *(each for each in others if each.manual.number in also)],
            Outcome(said["outcome"]),
            called_at=form.called_at(),
            promised=said["day"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        if done is None:
            messages.success(request, "The call is written down.")
            return redirect("admin:request", manual.id)
        form.add_error(None, NOT_CALLED)
    page_shown(actor_of(request), "call", {"request": manual.number}, subject=manual.request.customer_id)
    context = {
        "manual": manual,
        "task": task,
        "others": [(each.manual.number, each.manual.number in also) for each in others],
        "script": call_script(manual),
        "form": form,
    }
    return render(request, "requests_app/worklist_call.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Ask a second person how a request goes on that nobody answered."""
    manual, now = manual_of(request_id), timezone.now()
    form = GoesOnForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        choice = Choice(said["choice"])
        try:
            done = deciding.ask(
                manual, choice, until=said["until"], reason=said["reason"], requester=actor_of(request), now=now
            )
        except NotAllowed as refused:
            done = Refusal(refused.code)
        if not isinstance(done, Refusal):
            messages.success(request, "An officer or approver decides about it now.")
            return redirect("admin:request", manual.id)
        form.add_error(None, NOT_ASKED.get(done.code, done.code))
    page_shown(actor_of(request), "goes_on", {"request": manual.number}, subject=manual.request.customer_id)
    asked = open_tasks.asked_decision(manual, now)
    context = {
        "manual": manual,
        "may_ask": may_ask(request, deciding.ACT),
        "due": open_tasks.open_decision(manual) is not None,
        "asked": asked,
        "asked_for": CHOICES[Choice(asked.params["choice"])] if asked else "",
        "form": form,
        "rungs": open_tasks.taken(manual),
    }
    return render(request, "requests_app/worklist_decide.html", context, status=422 if form.is_bound else 200)


@require_POST
def read_as(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Say what a mail of a thread is that no rule could classify."""
    rows = Message.objects.filter(manual__isnull=False).exclude(kind__in=SEALED)
    message = get_object_or_404(rows.select_related("manual__request"), id=message_id)
    assert message.manual is not None
    form = ReadAsForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose what it is.")
    elif classify(
        message, message.manual, ReadAs(form.cleaned_data["what"]), actor=actor_of(request), now=timezone.now()
    ):
        messages.error(request, "Somebody said what it is already.")
    else:
        messages.success(request, "It is written down what the mail is.")
    return redirect("admin:request", message.manual_id)
