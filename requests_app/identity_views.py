"""The staff's pages about who signed: letters with codes to print, and calls to the co-op (interface)."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker import vault
from broker.audit import log
from broker.inlets.forms import GatedFormMixin
from consents.identity import calls, posted
from consents.identity.models import PostedCode
from consents.lifecycle import LIVE
from consents.models import Consent
from requests_app.admin_views import actor_of
from requests_app.page_reads import page_shown

PAGE = 200


class CallForm(GatedFormMixin, forms.Form):
    """What the co-op said: who spoke, and yes or no."""

    spoke_with = forms.CharField(
        label="Who answered at the co-op",
        help_text="Name and desk, as they gave it.",
        max_length=120,
        widget=forms.TextInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )
    confirmed = forms.ChoiceField(
        label="What they said",
        choices=[("", "Choose"), ("yes", "It was the account holder who signed"), ("no", "They cannot confirm it")],
        widget=forms.Select(attrs={"class": "usa-select"}),
    )


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Show what waits: codes to be printed, consents whose signer nobody has confirmed; masked."""
    codes = PostedCode.objects.filter(state=PostedCode.State.WAITING).select_related("account").order_by("asked_at")
    rows = Consent.objects.filter(state__in=LIVE).exclude(assurance="L3").select_related("recipient")
    consents = list(rows.order_by("signed_at")[:PAGE])
    page_shown(actor_of(request), "identity", cnt=len(consents), purpose="verification")
    context = {"codes": list(codes[:PAGE]), "consents": consents}
    return render(request, "requests_app/identity.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def print_code(request: HttpRequest, code_id: uuid.UUID) -> HttpResponse:
    """Show where the letter would go; then give it with a fresh code, once."""
    row = get_object_or_404(PostedCode.objects.select_related("account__customer"), id=code_id)
    if request.method != "POST":
        to = posted.look(row, actor=actor_of(request))
        if to is None:
            return redirect("admin:identity")
        return render(request, "requests_app/posted_code.html", {"code": row, "to": to})
    pdf = posted.print_letter(row, actor=actor_of(request), now=timezone.now())
    if pdf is None:
        messages.error(
            request,
            "This letter was printed before, or its address is not proven. A new one needs a new wish of the customer.",
        )
        return redirect("admin:identity")
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="letter-with-code.pdf"'
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, consent_id: uuid.UUID) -> HttpResponse:
    """The script of a call to the co-op, and what came of it."""
    rows = Consent.objects.select_related("recipient", "letter")
    consent = get_object_or_404(rows, id=consent_id, state__in=LIVE)
    form = CallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        yes = form.cleaned_data["confirmed"] == "yes"
        done = calls.record(
            consent,
            spoke_with=form.cleaned_data["spoke_with"],
            confirmed=yes,
            actor=actor_of(request),
            now=timezone.now(),
        )
        said = f"{consent.number}: the co-op {'confirmed it' if yes else 'did not confirm it'}."
        messages.success(request, said if done else f"{consent.number} has ended meanwhile.")
        return redirect("admin:identity")
    context = {
        "consent": consent,
        "form": form,
        "number": calls.number_of(consent),
        "accounts": _accounts(request, consent),
    }
    return render(request, "requests_app/call_back.html", context, status=422 if form.errors else 200)


def _accounts(request: HttpRequest, consent: Consent) -> list[dict[str, str]]:
    """Open what the caller has to say on the phone, after its event."""
    rows = list(consent.accounts.order_by("created_at"))
    ref = log.append_read(
        "account.read",
        actor=actor_of(request),
        subject=consent.customer_id,
        purpose="verification",
        obj="account",
        body={"consent": str(consent.id), "fields": ["number", "name_as_billed"], "why": "to call the co-op"},
        cnt=len(rows),
    )
    opened = vault.open_all([value for row in rows for value in (row.number, row.name_as_billed)], under=ref)
    return [{"number": number, "name": name} for number, name in zip(opened[::2], opened[1::2], strict=True)]
