"""The page on which a customer chooses the way by which her data should come (interface)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods

from broker.inlets.forms import GatedFormMixin
from broker.parties.models import Customer
from broker.terms import Actor, Refusal
from consents.lifecycle import LIVE
from consents.models import Consent
from consents.my_views import with_customer
from consents.preferring import choosing

WORDS: dict[str, str] = {
    "": gettext_noop("I have no preference: choose for me"),
    "manual_request": gettext_noop("Ask my co-op with my letter"),
    "customer_upload": gettext_noop("I download the files myself and share them here"),
    "nectar": gettext_noop("Documents that Nectar reads"),
}


class WayForm(GatedFormMixin, forms.Form):
    """One way, or none."""

    way = forms.ChoiceField(
        label=gettext_lazy("How should the data come?"), required=False, widget=forms.RadioSelect, choices=[]
    )

    def __init__(self, *args: Any, ways: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["way"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(each, _(WORDS[each])) for each in ("", *ways)]


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def way(request: HttpRequest, customer: Customer, consent_id: str) -> HttpResponse:
    """Show her choice, and take another one; what is on its way already goes on as it began."""
    consent = get_object_or_404(Consent.objects.select_related("recipient"), id=consent_id, customer=customer)
    now_first = next(iter(choosing.of(consent)), "")
    ways, open_now = choosing.offered(consent), consent.state in LIVE
    form = WayForm(request.POST if request.method == "POST" else None, ways=ways, initial={"way": now_first})
    status = 200
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["way"]
        actor = Actor("c", customer.id)
        done = choosing.prefer(consent, [chosen] if chosen else [], actor=actor, now=timezone.now())
        if not isinstance(done, Refusal):
            messages.success(request, _("Your choice is kept. It counts for what is asked for from now on."))
            return redirect("my-way", consent.id)
        status, open_now = 409, False
    elif request.method == "POST":
        status = 422
    return render(request, "preferring/way.html", {"consent": consent, "form": form, "open": open_now}, status=status)
