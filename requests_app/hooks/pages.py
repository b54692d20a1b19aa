"""The desk's page about webhooks (interface): endpoints, what was given up, and what people do about it."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.terms import Refusal
from requests_app.admin_views import actor_of
from requests_app.hooks import actions, query
from requests_app.hooks.models import Endpoint
from requests_app.page_reads import page_shown

SHOWN = 200


@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    """Show endpoints and messages that were given up; ids, codes and addresses of programs, nothing personal."""
    dead = query.dead_letters()
    page_shown(actor_of(request), "webhooks", cnt=dead.count())
    rows = [(each, query.said(each.code), query.can_resend(each)) for each in dead[:SHOWN]]
    context = {"endpoints": query.endpoints()[:SHOWN], "dead": rows, "count": dead.count()}
    return render(request, "hooks/webhooks.html", context)


@require_POST
def disable(request: HttpRequest, endpoint_id: uuid.UUID) -> HttpResponse:
    """Send nothing to an endpoint any more."""
    found = get_object_or_404(Endpoint, id=endpoint_id)
    if actions.disable(found, because=Endpoint.Because.PERSON, actor=actor_of(request)):
        messages.success(request, "The endpoint is disabled. Its owner can add another one.")
    else:
        messages.error(request, "The endpoint was disabled before.")
    return redirect("admin:webhooks")


@require_POST
def resend(request: HttpRequest, delivery_id: uuid.UUID) -> HttpResponse:
    """Have a message sent once more, with the same id."""
    found = get_object_or_404(query.deliveries(), id=delivery_id)
    if isinstance(actions.resend(found, actor=actor_of(request), now=timezone.now()), Refusal):
        messages.error(request, "This message cannot be sent again: it is on its way, or what it needs has ended.")
    else:
        messages.success(request, "The message goes out again, with the same id.")
    return redirect("admin:webhooks")
