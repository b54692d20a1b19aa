"""Where an organisation's programs get word, and what became of each message (interface)."""

import uuid
from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from broker.parties.models import User
from broker.reasons import REASONS
from broker.terms import Refusal
from consents.models import Consent
from requests_app import release
from requests_app.hooks import actions, query
from requests_app.hooks.models import Delivery, Endpoint
from requests_app.models import ManualRequest
from requests_app.readers import actor_of
from requests_app.recipients.guard import analyst_only, house_of, shown
from requests_app.recipients.hook_forms import TypesForm

SHOWN = 100


@analyst_only
@require_GET
def listed(request: HttpRequest, user: User) -> HttpResponse:
    """The endpoints, and the newest messages: ids, codes and times, no data."""
    house = house_of(user).id
    endpoints, rows = list(query.endpoints(organisation=house)), list(query.deliveries(organisation=house)[:SHOWN])
    names = _names(rows)
    sent = [(each, query.said(each.code), query.can_resend(each), _about(each, names)) for each in rows]
    shown(user, "webhooks", cnt=len(endpoints))
    shown_ends = [(each, _is_over(each)) for each in endpoints]
    return render(request, "recipients/webhooks.html", {"endpoints": shown_ends, "sent": sent})


@analyst_only
@require_POST
def disable(request: HttpRequest, user: User, endpoint_id: uuid.UUID) -> HttpResponse:
    """Have nothing sent to an address any more."""
    if actions.disable(_own(user, endpoint_id), because=Endpoint.Because.PERSON, actor=actor_of(user)):
        messages.success(request, "Nothing goes to this address any more. What waited for it is dropped.")
    else:
        messages.error(request, "It was disabled before.")
    return redirect("recipient-webhooks")


@analyst_only
@require_http_methods(["GET", "POST"])
def again(request: HttpRequest, user: User, endpoint_id: uuid.UUID) -> HttpResponse:
    """Choose what an address is told, or take one into use again: with a key of its own, which is shown once."""
    found = _own(user, endpoint_id)
    form = TypesForm(request.POST if request.method == "POST" else None, initial={"types": found.types})
    if form.is_bound and form.is_valid():
        made = actions.again(found, form.cleaned_data["types"], actor=actor_of(user), now=timezone.now())
        if isinstance(made, actions.Made):
            return render(request, "recipients/webhook_made.html", {"endpoint": made.endpoint, "secret": made.secret})
        form.add_error(None, f"{REASONS[made.code].text} {REASONS[made.code].instead}")
    status = 422 if form.is_bound else 200
    return render(request, "recipients/webhook.html", {"form": form, "endpoint": found}, status=status)


def _about(delivery: Delivery, names: dict[str, str]) -> list[tuple[str, str]]:
    """Name what a message is about, each with its page: request, permission, ask."""
    pages = {"request": "recipient-request", "ask": "recipient-ask"}
    found = []
    for kind, about in delivery.data.items():
        if kind == "endpoint":
            continue
        path = reverse(pages[kind], args=[about]) if kind in pages else f"{reverse('recipient-permissions')}#{about}"
        said = "permission" if kind in ("consent", "by") else kind
        found.append((f"{said} {names.get(about, about[:8])}", path))
    return found


def _names(rows: Sequence[Delivery]) -> dict[str, str]:
    """Give the numbers by which people know what messages name by ids."""
    ids = {about for each in rows for about in each.data.values()}
    consents = Consent.objects.filter(id__in=ids).values_list("id", "number")
    letters = ManualRequest.objects.filter(request__in=ids).values_list("request", "number")
    return {str(about): number for about, number in (*consents, *letters)}


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


def _own(user: User, endpoint_id: uuid.UUID) -> Endpoint:
    found = query.endpoints(organisation=house_of(user).id).filter(id=endpoint_id).first()
    if found is None:
        release.foreign(user, "endpoint", endpoint_id)
        raise Http404
    return found


def _is_over(endpoint: Endpoint) -> bool:
    """Say whether the key of its program is over: nothing goes to the address, and it cannot be taken up again."""
    return endpoint.application.revoked_at is not None or endpoint.application.expires_at <= timezone.now()
