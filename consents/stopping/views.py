"""The page of a stop, and the page on which a recipient says that copies are deleted (interface)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from broker.limits.turns import right_of_way
from broker.terms import Actor
from consents import actions, effects
from consents.lifecycle import State, can_move
from consents.models import Consent
from consents.stopping import attest, seen
from consents.stopping.forms import AttestForm
from consents.stopping.lifecycle import Kind, Reached


def stop_page(
    request: HttpRequest, consent: Consent, actor: Actor, how: str, more: dict[str, Any] | None = None
) -> HttpResponse:
    """One page, one button; and from then on, at the same address, how far the stop is. A look changes nothing.

    `more` is what the page that leads here adds to it.
    """
    if request.method == "POST":
        with right_of_way():
            actions.revoke(consent, actor=actor, how=how, now=timezone.now())
        return redirect(request.path)
    if can_move(State(consent.state), State.REVOKED):
        reached = effects.targets(consent)
        read = [each for each in reached if each.kind == Kind.EXPORTS]
        withdrawn = [each for each in reached if each.kind in (Kind.JOBS, Kind.UTILITY_REQUEST, Kind.NECTAR)]
        context = {"consent": consent, "read": read, "withdrawn": withdrawn, "charges": effects.charges(consent)}
        context |= more or {}
        return render(request, "consents/stop.html", context)
    context = {
        "consent": consent,
        "progress": seen.of(consent),
        "stopped": consent.state == State.REVOKED,
        "charges": effects.charges(consent),
    }
    context |= more or {}
    return render(request, "consents/stopped.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def attest_page(request: HttpRequest, token: str) -> HttpResponse:
    """The recipient's page; its link serves this one purpose."""
    target = attest.find(token)
    if target is None:
        raise Http404
    form = AttestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attest.by_page(target, form.cleaned_data["name"], now=timezone.now())
        return redirect(request.path)
    context = {
        "form": form,
        "consent": target.stop.consent,
        "due": target.due,
        "attested": target.state == Reached.DONE,
        "at": target.ended_at,
    }
    return render(request, "consents/attest.html", context, status=422 if form.is_bound else 200)
