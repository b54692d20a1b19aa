"""The customer's page for what her co-op needs of her: a yes or no to a fee, a form, a call, an answer (interface)."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from broker.inlets import refusing
from broker.inlets import said as gate_said
from broker.parties.models import Customer
from broker.terms import Actor
from consents.my_views import with_customer
from requests_app import what_asked
from requests_app.fees import answering, asking, quoted
from requests_app.fees.forms import HerForm
from requests_app.fees.lifecycle import Answer
from requests_app.fees.models import Question, Reply
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest
from requests_app.own_request import own_request


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, customer: Customer, request_id: uuid.UUID) -> HttpResponse:
    """Show what waits for her, and take her answer once; looking changes nothing."""
    manual = own_request(customer, request_id)
    waiting = asking.waiting(manual)
    if waiting is None:
        return _nothing(request, manual)
    # A page that was open for long may show an older question: its answer is not taken for this one.
    sent = request.method == "POST" and request.POST.get("question") == str(waiting.id)
    form = HerForm(request.POST if sent else None, question=waiting)
    if sent and form.is_valid():
        answer, words = Answer(form.cleaned_data["answer"]), form.cleaned_data.get("words", "")
        refused = asking.reply(waiting, answer, words, customer=customer, now=timezone.now())
        if refused is None:
            messages.success(request, _("Thank you. We have your answer."))
        elif refused.code == refusing.CODE:
            messages.error(request, f"{gate_said.what(refused.detail)} {gate_said.instead(refused.detail)}")
        else:
            messages.error(
                request, _("Your answer was not taken: something changed in the meantime. Please look again.")
            )
        return redirect("my-request-question", manual.id)
    reader, fee = Actor("c", customer.id), waiting.fee
    said = quoted.words_of(fee, actor=reader, now=timezone.now()) if fee else ""
    words = "" if fee else asking.read(waiting, actor=reader)[0]
    context = {
        "manual": manual,
        "who": _recipient(manual),
        "asked": what_asked.of(manual),
        "profile": profile_for(manual),
        "question": waiting,
        "words": words,
        "said": said,
        "amount": _amount(waiting),
        "form": form,
    }
    status = 422 if form.errors else 409 if request.method == "POST" else 200
    return render(request, "fees/question.html", context, status=status)


def _nothing(request: HttpRequest, manual: ManualRequest) -> HttpResponse:
    last = Question.objects.select_related("fee").filter(manual=manual).order_by("-asked_at").first()
    context = {
        "manual": manual,
        "profile": profile_for(manual),
        "last": last,
        "amount": _amount(last),
        "void": last is not None and answering.is_void(last.fee),
        "reply": Reply.objects.filter(question=last).first() if last else None,
    }
    # An answer to a question that is over, from a page that was open for long, is not taken.
    return render(request, "fees/no_question.html", context, status=409 if request.method == "POST" else 200)


def _amount(question: Question | None) -> str:
    """Give the fee as the co-op writes it, in both languages: dollars with a point."""
    return str(question.fee.amount) if question is not None and question.fee is not None else ""


def _recipient(manual: ManualRequest) -> str:
    consent = manual.request.consent
    assert consent is not None
    return consent.recipient.legal_name
