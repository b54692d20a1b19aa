"""Staff's page for ending "both must agree" on the word of both holders; each view is an event (interface)."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from broker.approvals.decide import NotAllowed
from broker.approvals.models import Approval
from broker.inlets.forms import GatedFormMixin
from consents.joint import ending_both
from consents.joint.models import CoApproval
from consents.joint.reach import stands
from requests_app.admin_views import actor_of
from requests_app.page_reads import page_shown


class EndBothForm(GatedFormMixin, forms.Form):
    """How each holder asked for it; another person reads it before deciding."""

    gate_inlet = "admin_note"
    reason = forms.CharField(
        label="How each holder asked for it",
        help_text="For each of the two: the letter or call, its day, and how you knew who it was.",
        max_length=1000,
        widget=forms.Textarea(attrs={"class": "usa-textarea", "rows": 4}),
    )


@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """Show the accounts of which both holders must agree; nothing is opened."""
    rows = [(each, ending_both.newest_consent(each)) for each in ending_both.standing()[:200]]
    page_shown(actor_of(request), "both must agree", cnt=len(rows))
    return render(request, "requests_app/both.html", {"rows": rows})


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
        "consent": ending_both.newest_consent(row),
        "asked": Approval.objects.filter(act=ending_both.NAME, about=row.account_id).order_by("-requested_at"),
    }
    return render(request, "requests_app/both_end.html", context, status=422 if form.errors else 200)
