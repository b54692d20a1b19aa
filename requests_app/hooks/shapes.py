"""Endpoints and deliveries as the API shows them, and the bodies that it takes (rules)."""

import uuid
from typing import Any

from broker.transport import urls
from requests_app.api.paging import NEXT
from requests_app.api.shapes import (
    MOMENT,
    TEXT,
    UUID,
    WHOLE,
    YES_NO,
    list_of,
    named,
    one_of,
    or_null,
    said,
    thing,
)
from requests_app.hooks import events
from requests_app.hooks.models import Endpoint
from requests_app.hooks.schedule import DeliveryState
from requests_app.hooks.signing import PREFIX

LONGEST = urls.LONGEST
URL = {"type": "string", "minLength": 1, "maxLength": LONGEST}
TYPE = named("WebhookType", said(one_of(events.CHOOSABLE), "What a message can tell; docs/webhooks.md says each."))
SECRET = said(
    {"type": "string", "pattern": f"^{PREFIX}[A-Za-z0-9+/]+=*$"}, "The key that signs. It is shown here and not again."
)
_ENDPOINT: dict[str, Any] = {
    "id": UUID,
    "url": URL,
    "types": list_of(TYPE),
    "made_at": MOMENT,
    "disabled_at": or_null(MOMENT),
    "disabled_because": or_null(one_of(Endpoint.Because.values)),
    "keys": said(WHOLE, "How many keys sign: two for a day after a rotation."),
    "older_key_ends_at": said(or_null(MOMENT), "Until when the older of two keys signs beside the newer."),
}
ENDPOINT = named("WebhookEndpoint", thing(_ENDPOINT))
ENDPOINTS = named("WebhookEndpointPage", thing({"endpoints": list_of(ENDPOINT), "next": NEXT}))
MADE = named("WebhookEndpointWithSecret", thing({**_ENDPOINT, "secret": SECRET}))
NEW = named("NewWebhookEndpoint", thing({"url": URL, "types": list_of(TYPE, minItems=1, uniqueItems=True)}))
ROTATION = named(
    "WebhookRotation",
    thing({"at_once": said(YES_NO, "Whether the older key ends now, because it leaked, and not in a day.")}),
)
STATE = named("WebhookDeliveryState", one_of(DeliveryState))
DELIVERY = named(
    "WebhookDelivery",
    thing(
        {
            "id": UUID,
            "endpoint": UUID,
            "message": said(TEXT, "The header `webhook-id`, the same in every try."),
            "type": one_of(events.TYPES),
            "data": {"type": "object", "additionalProperties": UUID, "description": "What the message says: ids."},
            "at": MOMENT,
            "state": STATE,
            "attempts": WHOLE,
            "code": said(or_null(TEXT), "What the last try came to."),
            "tried_at": or_null(MOMENT),
            "next_at": or_null(MOMENT),
            "ended_at": or_null(MOMENT),
            "resendable": YES_NO,
        }
    ),
)
DELIVERIES = named("WebhookDeliveryPage", thing({"deliveries": list_of(DELIVERY), "next": NEXT}))

_ID, _MOMENT = "8d0b5a3e-6c39-4a8e-9d0f-51c6b5a0d2f1", "2026-07-02T14:03:11.482Z"
NEW_EXAMPLE = {"url": "https://hooks.example.com/in", "types": ["consent.revoked", "data.ready", "data.withdrawn"]}
ENDPOINT_EXAMPLE: dict[str, Any] = {
    "id": _ID,
    **NEW_EXAMPLE,
    "made_at": _MOMENT,
    "disabled_at": None,
    "disabled_because": None,
    "keys": 1,
    "older_key_ends_at": None,
}
ENDPOINTS_EXAMPLE = {"endpoints": [ENDPOINT_EXAMPLE], "next": None}
MADE_EXAMPLE = {**ENDPOINT_EXAMPLE, "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
DELIVERY_EXAMPLE: dict[str, Any] = {
    "id": "0a7f1d52-3c0e-4b53-8a55-6f0f5f1f9f10",
    "endpoint": _ID,
    "message": events.wire_id(uuid.UUID("5f0c6c2e-7f1b-5d55-9a0b-2b8f2a6f9d11")),
    "type": "consent.revoked",
    "data": {"consent": "2a9d0c57-65f5-4c9c-b6a5-0d0f3f6b1c22"},
    "at": _MOMENT,
    "state": "delivered",
    "attempts": 1,
    "code": "http_204",
    "tried_at": _MOMENT,
    "next_at": None,
    "ended_at": _MOMENT,
    "resendable": True,
}
DELIVERIES_EXAMPLE = {"deliveries": [DELIVERY_EXAMPLE], "next": None}
