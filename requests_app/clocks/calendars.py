"""The calendar of a utility as it is in force: the published closing days and every change of officers to them."""

import hashlib

from django.db import connection

from broker import publishing
from broker.utilities import closings
from broker.utilities.closings import InForce
from broker.utilities.profile import UtilityProfile
from requests_app.clocks.models import ClosingChange


def in_force(profile: UtilityProfile, *, up_to: int | None = None) -> InForce:
    """Give a utility's calendar as it is now, or as it was after so many changes."""
    rows = ClosingChange.objects.filter(utility=profile.id).order_by("number")
    if up_to is not None:
        rows = rows.filter(number__lte=up_to)
    return closings.at(profile, [_change(each) for each in rows])


def of_utility(utility: str) -> InForce:
    """The same by the utility's id; raises UnknownUtility."""
    return in_force(publishing.working(utility))


def hold_still(utility: str) -> None:
    """Let nobody change this calendar until the caller's transaction ends; others may read it so too.

    A clock that starts while a closing day is added is either moved by it or counts it from the beginning.
    """
    _lock(utility, "pg_advisory_xact_lock_shared")


def will_change(utility: str) -> None:
    """Let nobody start, or change, a clock of this utility until the caller's transaction ends."""
    _lock(utility, "pg_advisory_xact_lock")


def _lock(utility: str, function: str) -> None:
    if connection.vendor != "postgresql":
        return  # SQLite has one writer anyway
    name = hashlib.sha256(f"calendar:{utility}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [int.from_bytes(name, "big", signed=True)])


def _change(row: ClosingChange) -> closings.Change:
    return closings.Change(row.number, row.day, closings.Act(row.act), row.name, closings.Certainty(row.certainty))
