"""Staff's pages for what the co-op told us on the public page of a letter; each view is an event (interface)."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker import publishing, vault
from broker.audit import log
from consents.checking.models import ClerkAct
from consents.identity.models import How, Proof
from consents.models import Suspension
from consents.suspending import resume, standing
from requests_app.admin_views import actor_of
from requests_app.page_reads import page_shown

DOUBT = Suspension.Because.UTILITY_DOUBT


class LiftForm(forms.Form):
    """That the co-op was called before a doubt is lifted."""

    called = forms.BooleanField(
        label="I called the co-op at the number above, and it no longer doubts the letter",
        widget=forms.CheckboxInput(attrs={"class": "usa-checkbox__input"}),
        error_messages={"required": "Call the co-op first: whoever pressed the button is not known."},
    )


@require_GET
def clerk_acts(request: HttpRequest) -> HttpResponse:
    """Show what was told and which members were confirmed, newest first; nothing is opened."""
    rows = list(ClerkAct.objects.select_related("letter__consent__recipient").order_by("-at")[:100])
    confirmed = Proof.objects.filter(how=How.CLERK_BUTTON).select_related("consent__recipient")
    members = list(confirmed.order_by("-at")[:100])
    page_shown(actor_of(request), "clerk acts", cnt=len(rows) + len(members))
    return render(request, "requests_app/clerk_acts.html", {"rows": rows, "members": members})


@require_http_methods(["GET", "POST"])
def clerk_act(request: HttpRequest, act_id: uuid.UUID) -> HttpResponse:
    """Show one, with the words of a doubt; a POST lifts the suspension that it caused."""
    row = get_object_or_404(ClerkAct.objects.select_related("letter__consent__recipient"), id=act_id)
    consent = row.letter.consent
    form = LiftForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if resume(consent, because=DOUBT, actor=actor_of(request), now=timezone.now()):
            messages.success(request, f"{consent.number} is in force again.")
        else:
            messages.info(
                request, f"{consent.number} is {consent.state}: {', '.join(standing(consent)) or 'no doubt stands'}."
            )
        return redirect("admin:clerk-acts")
    event = log.append_read(
        "consent.viewed",
        actor=actor_of(request),
        subject=consent.customer_id,
        purpose="support",
        obj="letter",
        body={
            "consent": str(consent.id),
            "letter": row.letter.number,
            "act": str(row.id),
            "why": "what the co-op said",
        },
        cnt=1,
    )
    reasons = standing(consent)
    context = {
        "row": row,
        "consent": consent,
        "words": vault.open(row.words, under=event) if row.words else "",
        "reasons": reasons,
        "doubted": DOUBT in reasons,
        "phone": publishing.working(consent.utility).contacts.phone,
        "form": form,
    }
    return render(request, "requests_app/clerk_act.html", context, status=422 if form.errors else 200)
