"""What a recorded order hides from a customer, and until when (reads)."""

import uuid
from collections.abc import Collection
from datetime import datetime

from broker.console.packs.models import DemandSubject, PackAccess
from consents import access


def install() -> None:
    """Tell the customer's page where to ask."""
    access.hide(hidden)


def hidden(customer: uuid.UUID, now: datetime) -> Collection[int]:
    """Give the entries that an order forbids to show this customer now.

    Only entries about a demand that names her, and only until the order's recorded end: whoever was hidden something
    is told of it then (`notice`).
    """
    running = DemandSubject.objects.filter(customer_id=customer, demand__gag_until__gt=now)
    accesses = PackAccess.objects.filter(customer_id=customer, pack__demand__in=running.values("demand_id"))
    return {*running.values_list("audit_event_id", flat=True), *accesses.values_list("audit_event_id", flat=True)}
