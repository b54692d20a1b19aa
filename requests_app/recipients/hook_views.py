"""Where an organisation's programs get word, and what became of each message (interface)."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from broker.parties.models import User
from broker.terms import Refusal
from requests_app import release
from requests_app.hooks import actions, query
from requests_app.readers import actor_of
from requests_app.recipients.guard import analyst_only, house_of, shown

SHOWN = 100


@analyst_only
@require_GET
def listed(request: HttpRequest, user: User) -> HttpResponse:
    """The endpoints, and the newest messages: ids, codes and times, no data."""
    house = house_of(user).id
    endpoints, rows = list(query.endpoints(organisation=house)), query.deliveries(organisation=house)[:SHOWN]
    sent = [(each, query.said(each.code), query.can_resend(each)) for each in rows]
    shown(user, "webhooks", cnt=len(endpoints))
    return render(request, "recipients/webhooks.html", {"endpoints": endpoints, "sent": sent})


@analyst_only
@require_POST
def resend(request: HttpRequest, user: User, delivery_id: uuid.UUID) -> HttpResponse:
    """Have a message sent once more, with the same id."""
    found = query.deliveries(organisation=house_of(user).id).filter(id=delivery_id).first()
    if found is None:
        release.foreign(user, "delivery", delivery_id)
        raise Http404
    if isinstance(actions.resend(found, actor=actor_of(user), now=timezone.now()), Refusal):
        messages.error(request, "This message cannot be sent again: it is on its way, or what it needs has ended.")
    else:
        messages.success(request, "The message goes out again, with the same id.")
    return redirect("recipient-webhooks")
