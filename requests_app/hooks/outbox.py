"""Writing messages down, in the transaction of what they tell of (action).

There is a message if and only if its cause was committed: both are one transaction, and so is the job that sends it.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from broker import jobs
from broker.audit import log
from broker.terms import SERVICE, EventRef
from consents.models import Consent
from requests_app.hooks import events
from requests_app.hooks.models import Delivery, Endpoint
from requests_app.hooks.schedule import DeliveryState

SENDER = SERVICE("webhooks")
SEND = "hook.send"


def tell(
    type_: str,
    data: Mapping[str, uuid.UUID],
    *,
    ref: EventRef,
    now: datetime,
    organisation: uuid.UUID | None = None,
    application: uuid.UUID | None = None,
    consent: Consent | None = None,
) -> list[Delivery]:
    """Write a message to each endpoint that wants this type, of one application or of all of an organisation's.

    Inside `atomic()`, under the event `ref` of the act; the same event, type and ids are one message, whoever says it
    twice. Without an endpoint nothing is written. Raises ValueError for what the table of types does not have.
    """
    if (organisation is None) == (application is None):
        raise ValueError("a message goes to one application, or to those of one organisation")
    rows = Endpoint.objects.filter(disabled_at=None, application__revoked_at=None, application__expires_at__gt=now)
    own = rows.filter(application=application) if application else rows.filter(application__organisation=organisation)
    wanted = [each for each in own.order_by("made_at", "id") if type_ in each.types]
    return write(wanted, type_, data, ref=ref, now=now, consent=consent) if wanted else []


def write(
    endpoints: Iterable[Endpoint],
    type_: str,
    data: Mapping[str, uuid.UUID],
    *,
    ref: EventRef,
    now: datetime,
    consent: Consent | None = None,
) -> list[Delivery]:
    """Write one message to these endpoints, whatever types they chose; each application's with an event of its own."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a message is written in the transaction of what it tells of")
    said = {name: str(value) for name, value in data.items()}
    events.body(type_, now, said)  # raises for what could never be sent
    message = events.message_id(ref.id, type_, said)
    known = set(Delivery.objects.filter(message=message).values_list("endpoint", flat=True))
    by_application: dict[uuid.UUID, list[Delivery]] = defaultdict(list)
    for each in endpoints:
        if each.id not in known:
            by_application[each.application_id].append(
                Delivery(
                    endpoint=each,
                    message=message,
                    type=type_,
                    data=said,
                    consent=consent,
                    at=now,
                    state=DeliveryState.QUEUED,
                    begun_at=now,
                    next_at=now,
                )
            )
    for application_id, rows in by_application.items():
        queued = log.append(
            "hook.queued",
            actor=SENDER,
            subject=application_id,
            obj="endpoint",
            cnt=len(rows),
            body={
                "type": type_,
                "message": events.wire_id(message),
                "deliveries": [{"delivery": str(row.id), "endpoint": str(row.endpoint_id)} for row in rows],
                "data": said,
            },
        )
        for row in rows:
            row.audit_event_id = queued.id
        Delivery.objects.bulk_create(rows)
        for row in rows:
            jobs.enqueue(SEND, row.id, key=f"{SEND}:{row.id}")
    return [row for rows in by_application.values() for row in rows]
