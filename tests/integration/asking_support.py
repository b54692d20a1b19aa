"""What the tests of asks share: a recipient's application, and an ask that fits any day."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from broker.parties.keys import create_application
from broker.parties.models import Application, Organisation
from broker.terms import SERVICE, Refusal
from consents.asking import acts
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from consents.asking.tokens import link_of
from tests import clock

HER = "gwen@member.example"


def application(organisation: Organisation, name: str = "Rate check") -> tuple[Application, str]:
    """An application of a rehearsal, and its key."""
    now = timezone.now()
    return create_application(
        organisation, name, "test", expires_at=now + timedelta(days=90), actor=SERVICE("tests"), now=now
    )


def body(**changes: Any) -> dict[str, Any]:
    """An ask as an application sends it; a change to `...` leaves a field out."""
    today = clock.today()
    whole = {
        "email": HER,
        "purpose": "rate_comparison",
        "data_types": ["bill", "usage_daily"],
        "history_from": "2025-01-01",
        "history_to": "2026-01-01",
        "forward": (today + timedelta(days=60)).isoformat(),
        "ends": (today + timedelta(days=91)).isoformat(),
        "account": "51000042",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not ...}


def make(asker: Asker, key: str = "k-1", **changes: Any) -> ConsentAsk:
    """Ask, and demand that it stands."""
    found = acts.ask(asker, body(**changes), idempotency_key=key, now=timezone.now())
    assert isinstance(found, acts.Made), found
    return found.ask


def code(found: object) -> str:
    """Give the code of a refusal."""
    assert isinstance(found, Refusal), found
    return found.code


def path(ask: ConsentAsk) -> str:
    """The address of her page."""
    return link_of(ask.id)
