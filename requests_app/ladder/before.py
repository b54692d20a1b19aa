"""The checklist at the moment of sending a letter, kept with its sending (action's part)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from broker import jobs
from broker.terms import EventRef
from requests_app.ladder import checks, looking
from requests_app.ladder.asking import record
from requests_app.ladder.telling import RENEWAL
from requests_app.models import ManualRequest


@dataclass(frozen=True)
class Checked:
    """A request and what was found out before its letter leaves."""

    manual: ManualRequest
    found: list[checks.Check]


def checked(manuals: Iterable[ManualRequest], now: datetime) -> list[Checked]:
    """Go through the checklist of each request."""
    return [Checked(each, looking.checklist(each, now)) for each in manuals]


def stops(one: Checked) -> list[str]:
    """Give the codes for which its letter does not leave."""
    return checks.stops(one.found)


def keep(found: Sequence[Checked], now: datetime) -> None:
    """Keep the results, in the transaction that begins the sending and under its events.

    Where the consent ends before the day on which the answer is due, the customer is offered a renewal.
    """
    for each in found:
        (event,) = ManualRequest.objects.filter(id=each.manual.id).values_list("audit_event_id", flat=True)
        record(each.manual, "request", each.found, ref=EventRef(event), now=now)
        if any(one.code == "check.outlives" and not one.ok for one in each.found):
            jobs.enqueue(RENEWAL, each.manual.id, key=f"{RENEWAL}:{each.manual.id}")
