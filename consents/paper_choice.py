"""Whether a customer deals on paper, and the end of that by a new agreement (actions)."""

from datetime import datetime

from broker.parties.models import Customer
from broker.terms import EventRef
from consents.models import PaperChoice


def on_paper(customer: Customer) -> bool:
    """Say whether she deals on paper now."""
    return PaperChoice.objects.filter(customer=customer, ended_at=None).exists()


def agree_again(customer: Customer, *, ref: EventRef, now: datetime) -> bool:
    """End the paper choice under the event of a new agreement (a signature with its disclosure); False without one."""
    rows = PaperChoice.objects.filter(customer=customer, ended_at=None)
    return bool(rows.update(ended_at=now, audit_event_id=ref.id))
