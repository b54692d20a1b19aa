"""Pages on which a customer proves that an account is hers (interface)."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from broker.parties.models import Customer, UtilityAccount
from broker.terms import Actor
from consents import sharing
from consents.identity import bill, levels, posted
from consents.identity.forms import BillForm, PostedCodeForm
from consents.identity.models import PostedCode
from consents.lifecycle import State
from consents.models import Consent
from consents.my_views import with_customer

WRONG = {
    "wrong": gettext_lazy("This is not the code of the letter. Look at it once more."),
    "locked": gettext_lazy("Those were five wrong codes. This letter is over; you can ask for a new one."),
    "old": gettext_lazy("This letter is too old. You can ask for a new one."),
    "none": gettext_lazy("No letter is on its way. You can ask for one."),
}


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest, customer: Customer, account_id: uuid.UUID) -> HttpResponse:
    """Prove an account with a recent bill."""
    account = _account(customer, account_id)
    form = BillForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file, facts = form.cleaned_data["file"], form.cleaned_data
        data, now = file.read(), timezone.now()
        answer = bill.prove_by_bill(
            account, data, bill_date=facts["bill_date"], amount=facts["amount"], actor=_her(customer), now=now
        )
        if answer.ok:
            shared = _share(account, file.name, data, _her(customer)) if facts["share"] else []
            return render(request, "identity/proven.html", {**_shown(account), "shared": shared})
        form.did_not_fit(answer.failed)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "identity/prove.html", {**_shown(account), "form": form}, status=status)


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, customer: Customer, account_id: uuid.UUID) -> HttpResponse:
    """Ask for a code by post, or enter it."""
    account, now = _account(customer, account_id), timezone.now()
    form = PostedCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wrong = posted.enter(account, form.cleaned_data["code"], actor=_her(customer), now=now)
        if not wrong:
            return render(request, "identity/proven.html", _shown(account))
        form.add_error("code", WRONG[wrong])
    row = posted.current(account, now=now)
    context = {
        **_shown(account),
        "form": form,
        "letter": row,
        "is_printed": row is not None and row.state == PostedCode.State.PRINTED,
        "days": posted.DAYS,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "identity/code.html", context, status=status)


@with_customer
@require_POST
def ask(request: HttpRequest, customer: Customer, account_id: uuid.UUID) -> HttpResponse:
    """Ask for a code by post."""
    account = _account(customer, account_id)
    # Of an address that is not proven, the page itself says what comes first.
    asked = posted.ask(account, actor=_her(customer), now=timezone.now())
    if asked is None and posted.is_open(account):
        messages.error(request, _("We sent several letters already. Please call us, or use your bill."))
    return redirect("my-posted-code", account.id)


def _account(customer: Customer, account_id: uuid.UUID) -> UtilityAccount:
    return get_object_or_404(UtilityAccount.objects.select_related("customer"), id=account_id, customer=customer)


def _her(customer: Customer) -> Actor:
    return Actor("c", customer.id)


def _shown(account: UtilityAccount) -> dict[str, Any]:
    return {"account": account, "level": levels.level_of(account)}


def _share(account: UtilityAccount, name: str, data: bytes, actor: Actor) -> list[tuple[str, bool, str]]:
    """Hand the bill over under each consent in force that names bills, because she said so."""
    rows = Consent.objects.filter(accounts=account, state=State.ACTIVE).select_related("recipient")
    found = []
    for row in rows.order_by("signed_at"):
        if "bill" in row.data_types:
            answer = sharing.share(row, name, data, actor=actor, now=timezone.now())
            found.append((row.recipient.legal_name, answer.ok, answer.text))
    return found
