"""What else waits for an officer, counted by the packages that keep it (interface)."""

from datetime import datetime
from typing import NamedTuple

from django.urls import NoReverseMatch, reverse

from broker.approvals.lifecycle import State
from broker.approvals.models import Approval


class Due(NamedTuple):
    """One kind of thing that waits, how many, and where."""

    title: str
    number: int
    path: str
    late: int = 0


def everything(now: datetime) -> list[Due]:
    """Give each kind of thing that waits; kinds without a page of their own are left out."""
    asked = Approval.objects.filter(state=State.REQUESTED, expires_at__gt=now)
    found = [("Two-person acts that wait for the second person", asked.count(), "console-approvals", 0)]
    return [Due(title, number, path, late) for title, number, name, late in found if (path := _path(name))]


def _path(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
