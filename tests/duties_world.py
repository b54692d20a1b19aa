"""People for tests of duties, each with a name of their own, and what they do to stop somebody."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from broker.duties import bars
from broker.duties.models import Bar
from broker.parties.models import Organisation, Role, User
from broker.parties.staff import create_user
from broker.terms import SERVICE, Actor

SYSTEM = SERVICE("tests")


def person(name: str, role: Role, house: Organisation | None = None, *, username: str = "") -> User:
    """Make somebody of this name who signs in."""
    at = username or name.lower().replace(" ", "-")
    return create_user(at, name, role, password=None, actor=SYSTEM, organisation=house)


def actor(user: User) -> Actor:
    """Name somebody in the log."""
    return Actor("s", user.id, role=user.role)


def suspended(whom: Any, by: User, *, now: datetime | None = None) -> Bar:
    """Suspend a recipient, a program or a person."""
    found = bars.suspend(whom, Bar.Because.OFFICER, actor=actor(by), why="Something is odd.", now=now or timezone.now())
    assert found is not None
    return found
