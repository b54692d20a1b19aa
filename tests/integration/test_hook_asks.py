"""Webhooks about asks for a consent: who asked is told how each ended, by ids alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from consents.asking import acts, ending
from consents.asking.acts import Asker
from consents.asking.models import ConsentAsk
from consents.models import Consent
from requests_app.hooks.events import TYPES
from requests_app.hooks.models import Delivery
from tests.clock import travel
from tests.completeness.test_every_job import runs
from tests.hooks_world import endpoint
from tests.integration.asking_support import application, make
from tests.integration.grant_support import Desk, desk
from tests.integration.test_asking import begin

__all__ = ["desk"]

URL = "https://hooks.example.com/in"


@pytest.fixture
def asker(desk: Desk) -> Asker:
    """An application with an endpoint, beside another one of the same organisation."""
    asking, other = (application(desk.organisation, name)[0] for name in ("Rate check", "Another one"))
    for each in (asking, other):
        w: Any = type("World", (), {"application": each})
        endpoint(w, URL, [name for name in TYPES if name.startswith("consent_ask.")])
    return Asker.app(asking)


def told(asker: Asker) -> list[tuple[str, dict[str, str]]]:
    """Give what was written, all of it to the asker's own application."""
    rows = list(Delivery.objects.order_by("at").select_related("endpoint"))
    assert {row.endpoint.application_id for row in rows} <= {asker.actor.id}
    return [(row.type, row.data) for row in rows]


def test_what_became_of_an_ask_is_told_to_who_asked(desk: Desk, asker: Asker) -> None:
    declined, cancelled, expired = (make(asker, f"k-{n}", email=f"m{n}@member.example") for n in range(3))
    assert told(asker) == []
    assert ending.decline(declined, now=timezone.now())
    acts.cancel(asker, cancelled, now=timezone.now())
    with travel(expired.expires_at + timedelta(minutes=1)):
        runs(ending.END, expired.id, now=timezone.now())()
    assert told(asker) == [
        ("consent_ask.declined", {"ask": str(declined.id)}),
        ("consent_ask.cancelled", {"ask": str(cancelled.id)}),
        ("consent_ask.expired", {"ask": str(expired.id)}),
    ]


def test_a_signature_is_told_with_the_consent(desk: Desk, asker: Asker) -> None:
    ask = make(asker)
    person: Any = begin(desk, ask)
    assert told(asker) == []  # nothing of her steps
    desk.answer(person)
    desk.sign(person)
    ask = ConsentAsk.objects.get(id=ask.id)
    assert told(asker) == [("consent_ask.granted", {"ask": str(ask.id), "consent": str(Consent.objects.get().id)})]
