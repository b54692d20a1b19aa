"""A recipient's person at the browser, with data that came, for tests of her pages."""

from datetime import date
from typing import Any

from django.test import Client
from django.utils import timezone

from broker.parties.models import Organisation, Role, User
from broker.parties.staff import create_user
from requests_app import acceptance
from requests_app.acceptance import Choice
from requests_app.models import ManualRequest, ReceivedFile
from requests_app.receive import receive
from tests.integration.test_release import STAFF
from tests.requests_world import ACTOR, World, reply, run_job

DAILY = Choice("usage_daily", date(2025, 10, 19), date(2025, 10, 21))


def analyst(organisation: Organisation, name: str = "ana") -> User:
    """Make a person who works at a recipient."""
    return create_user(name, "Ana Example", Role.ANALYST, password=None, actor=ACTOR, organisation=organisation)


def browser_of(user: User) -> Client:
    """Give a browser in which this person has signed in."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def delivered(w: World, choice: Choice = DAILY, **more: Any) -> ManualRequest:
    """Ask for data, have the co-op answer with a usage file, and accept it."""
    manual = w.manual(**more)
    run_job("manual.send", manual.id)
    receive(reply(manual), envelope_from="", envelope_to=[f"r.{manual.thread_token}@localhost"], now=timezone.now())
    file = ReceivedFile.objects.get(message__manual=manual)
    assert isinstance(acceptance.accept(file, choice, actor=STAFF, now=timezone.now()), ReceivedFile)
    return manual
