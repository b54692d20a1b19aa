"""What pages and the API say of endpoints and deliveries; nothing sealed is opened (interface)."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from broker.transport import outward
from requests_app.hooks import events
from requests_app.hooks.actions import active_keys
from requests_app.hooks.following import no_longer
from requests_app.hooks.models import Delivery, Endpoint
from requests_app.hooks.schedule import OPEN, RESENDABLE, DeliveryState

PAGE = 50
_SAID = {
    "timeout": "no answer within 15 seconds",
    "connection": "no connection",
    "certificate": "its certificate is not valid for its name",
    "tls": "no TLS connection",
    "not_http": "its answer was no HTTP",
    "answer_too_large": "its answer had no end",
    "endpoint_rests": "given up while the endpoint failed again and again",
    "endpoint_disabled": "the endpoint is disabled",
    "application_ended": "the key of the application was revoked, or is over",
    "consent_ended": "the permission has ended",
}


def endpoints(*, organisation: uuid.UUID | None = None, application: uuid.UUID | None = None) -> QuerySet[Endpoint]:
    """Give the endpoints of an application, of an organisation's applications, or all; the newest first.

    Each with `waiting` (on its way) and `dead` (given up), counted.
    """
    rows = Endpoint.objects.select_related("application__organisation")
    if application is not None:
        rows = rows.filter(application=application)
    if organisation is not None:
        rows = rows.filter(application__organisation=organisation)
    return rows.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state__in=OPEN)),
        dead=Count("deliveries", filter=Q(deliveries__state=DeliveryState.DEAD)),
    ).order_by("-made_at", "-id")


def deliveries(
    *,
    organisation: uuid.UUID | None = None,
    application: uuid.UUID | None = None,
    endpoint: uuid.UUID | None = None,
    state: str | None = None,
) -> QuerySet[Delivery]:
    """Give deliveries, the newest first: of an endpoint, an application, an organisation, or all of them."""
    rows = Delivery.objects.select_related("endpoint__application__organisation", "consent")
    if organisation is not None:
        rows = rows.filter(endpoint__application__organisation=organisation)
    if application is not None:
        rows = rows.filter(endpoint__application=application)
    if endpoint is not None:
        rows = rows.filter(endpoint=endpoint)
    if state is not None:
        rows = rows.filter(state=state)
    return rows.order_by("-at", "-id")


def dead_letters(**of: uuid.UUID | None) -> QuerySet[Delivery]:
    """Give what was given up, the newest first; the keywords are those of `deliveries`."""
    return deliveries(state=DeliveryState.DEAD, **of)


def can_resend(delivery: Delivery) -> bool:
    """Say whether a message may be sent again: it is not on its way, and nothing that it needs has ended."""
    return delivery.state in RESENDABLE and not no_longer(delivery, timezone.now())


def said(code: str) -> str:
    """Say in English what a try came to, for a page."""
    if code.startswith("http_"):
        return f"it answered {code.removeprefix('http_')}"
    if code.startswith("refused_"):
        return outward.words(code.removeprefix("refused_"))
    return _SAID.get(code, code)


def endpoint_as_json(endpoint: Endpoint, now: datetime) -> Mapping[str, Any]:
    """Say what an endpoint is: of its keys only how many sign, and when the older one ends."""
    keys = active_keys(endpoint, now)
    older = [key.ends_at for key in keys if key.ends_at is not None]
    return {
        "id": str(endpoint.id),
        "url": endpoint.url,
        "types": endpoint.types,
        "made_at": endpoint.made_at,
        "disabled_at": endpoint.disabled_at,
        "disabled_because": endpoint.disabled_because or None,
        "keys": len(keys),
        "older_key_ends_at": min(older) if older else None,
    }


def delivery_as_json(delivery: Delivery) -> Mapping[str, Any]:
    """Say how far a delivery is: ids, codes and times."""
    return {
        "id": str(delivery.id),
        "endpoint": str(delivery.endpoint_id),
        "message": events.wire_id(delivery.message),
        "type": delivery.type,
        "data": delivery.data,
        "at": delivery.at,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "code": delivery.code or None,
        "tried_at": delivery.tried_at,
        "next_at": delivery.next_at if delivery.state in OPEN else None,
        "ended_at": delivery.ended_at,
        "resendable": can_resend(delivery),
    }
