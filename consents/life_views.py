"""Renewing, resuming, and paper from now on: pages with one button each (interface)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from broker.parties.models import Customer
from broker.terms import Actor
from consents import electronic, renewal, session, suspending, terms
from consents.actions import central_today, customer_address
from consents.ceremony.disclosure import disclosure
from consents.expiry import end_of
from consents.lifecycle import LIVE, State, shown
from consents.models import Consent
from consents.my_views import with_customer
from consents.rules import through


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def renew(request: HttpRequest, customer: Customer, consent_id: str) -> HttpResponse:
    """Begin a new grant that renews this one: it is signed anew, and says what is different."""
    consent = _hers(customer, consent_id)
    over = _over(consent)
    if over or request.method != "POST":
        context = {"consent": consent, "last_day": through(end_of(consent)), "over": over}
        return render(request, "consents/renew.html", context, status=409 if over and request.method == "POST" else 200)
    now, actor = timezone.now(), Actor("c", customer.id)
    to, _event = customer_address(customer, actor=actor, why="renewal")
    link = renewal.ask(consent, email=to.address, language=get_language() or "en", now=now)
    if link is None:
        error = _("Too many e-mails to this address in one hour. Please try again later.")
        context = {"consent": consent, "last_day": through(end_of(consent)), "error": error}
        return render(request, "consents/renew.html", context, status=429)
    session.remember_link(request, link)
    return redirect("share-code")


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest, customer: Customer, consent_id: str) -> HttpResponse:
    """Let a paused consent go on; she lifts nothing that others decided."""
    consent = _hers(customer, consent_id)
    if request.method == "POST":
        suspending.resume(consent, actor=Actor("c", customer.id), now=timezone.now(), because="dormant")
        return redirect("my")
    paused = consent.state == State.PAUSED_DORMANT and not _over(consent)
    context = {"consent": consent, "last_day": through(end_of(consent)), "paused": paused}
    return render(request, "consents/resume.html", context)


@with_customer
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Withdraw from electronic records, or agree to their new needs; the permissions stay as they are."""
    shown, actor = disclosure(get_language() or "en"), Actor("c", customer.id)
    if request.method == "POST" and "disclosure" in request.POST:  # the agreement is to the very text that was shown
        if request.POST["disclosure"] == shown.sha256:
            terms.agree(customer, shown, actor=actor, now=timezone.now())
            return redirect("my")
    elif request.method == "POST":
        electronic.withdraw(customer, actor=actor, now=timezone.now())
    context = {"on_paper": electronic.on_paper(customer), "asked": terms.is_asked(customer), "shown": shown}
    return render(request, "consents/paper_choice.html", context)


def _hers(customer: Customer, consent_id: str) -> Consent:
    return get_object_or_404(Consent.objects.select_related("recipient"), id=consent_id, customer=customer)


def _over(consent: Consent) -> bool:
    state = shown(State(consent.state), end_of(consent), central_today(timezone.now()))
    return state not in LIVE and state != State.EXPIRING
