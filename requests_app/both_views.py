"""Staff's pages about "both must agree": ending it, and a holder's mailbox after a letter; each view is an event."""

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker.approvals.decide import NotAllowed
from broker.approvals.models import Approval
from broker.inlets.forms import GatedFormMixin
from consents.joint import by_post, ending_both, hearing
from consents.joint.models import CoApproval, JointMember
from consents.joint.reach import account_of, stands
from requests_app.admin_views import actor_of, may_ask
from requests_app.page_reads import page_shown

WHY_NOT = {
    "approval.beneficiary": "This is the mailbox of the holder who signed: nobody agrees with herself.",
    "approval.open": "A second person is being asked already.",
    "approval.over": "No mailbox can be recorded for this holder now.",
    "approval.role": "Your role may not ask for this.",
}


class EndBothForm(GatedFormMixin, forms.Form):
    """How each holder asked for it; another person reads it before deciding."""

    gate_inlet = "admin_note"
    reason = forms.CharField(
        label="How each holder asked for it",
        help_text="For each of the two: the letter or call, its day, and how you knew who it was.",
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )


class MailboxForm(GatedFormMixin, forms.Form):
    """The second holder's own address, and how it came to us; another person reads both before deciding."""

    gate_inlet = "admin_note"
    email = forms.EmailField(
        label="The holder’s e-mail address",
        help_text="As the holder wrote or spelt it. Never one that the other holder gave.",
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "usa-input", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label="How it came to you",
        help_text="The letter or call, its day, and how you knew that it was this holder: what they read to you from "
        "our letter, and what they know of the account.",
        max_length=700,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Show the accounts of which both holders must agree; nothing is opened."""
    rows = [(each, ending_both.newest_consent(each)) for each in ending_both.standing()[:200]]
    waiting = [(each, hearing.is_asked(each)) for each in hearing.waiting()[:200]]
    page_shown(actor_of(request), "both must agree", cnt=len(rows) + len(waiting))
    return render(request, "requests_app/both.html", {"rows": rows, "waiting": waiting})


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, asked_id: int) -> HttpResponse:
    """Ask a second person to end it; only that person's yes does."""
    row = get_object_or_404(CoApproval.objects.select_related("account"), id=asked_id, account__isnull=False)
    assert row.account is not None
    form = EndBothForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            ending_both.request(
                row, requester=actor_of(request), reason=form.cleaned_data["reason"], now=timezone.now()
            )
            messages.success(request, "A second person decides now.")
        except NotAllowed:
            messages.error(
                request, "This cannot be asked for: it has ended, it is being decided, or your role may not."
            )
        return redirect("admin:both")
    page_shown(actor_of(request), "end both must agree", subject=row.account.customer_id)
    context = {
        "row": row,
        "form": form,
        "stands": stands(row),
        "may_ask": may_ask(request, ending_both.ACT),
        "consent": ending_both.newest_consent(row),
        "asked": Approval.objects.filter(act=ending_both.NAME, about=row.account_id).order_by("-requested_at"),
    }
    return render(request, "requests_app/both_end.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def mailbox(request: HttpRequest, member_id: uuid.UUID) -> HttpResponse:
    """Ask a second person to record the mailbox that a holder gave us after a letter; nothing is opened."""
    rows = JointMember.objects.select_related("consent__recipient")
    member = get_object_or_404(rows, id=member_id, must_agree=True)
    form = MailboxForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given, now = form.cleaned_data, timezone.now()
        try:
            hearing.request(member, given["email"], requester=actor_of(request), reason=given["reason"], now=now)
        except NotAllowed as refused:
            field = "email" if refused.code == "approval.beneficiary" else None
            form.add_error(field, WHY_NOT.get(refused.code, refused.code))
        else:
            messages.success(request, "A second person decides now. After a yes we write to the holder.")
            return redirect("admin:both")
    page_shown(actor_of(request), "mailbox of a second holder", subject=member.consent.customer_id)
    context = {
        "member": member,
        "consent": member.consent,
        "account": account_of(member.consent),
        "letter": by_post.posted(member),
        "may": hearing.may(member),
        "may_ask": may_ask(request, hearing.ACT),
        "is_asked": hearing.is_asked(member),
        "form": form,
    }
    return render(request, "requests_app/both_mailbox.html", context, status=422 if form.errors else 200)
