"""What an officer sees first: five numbers, alarms, and what must be looked at (reads of our own tables)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from broker.audit import timeline
from broker.audit.timeline import Entry, Filters
from broker.console import computed, criteria
from broker.console.groups import ALARMS, REFUSALS
from broker.console.hours import instant_of, local, midnight_us, missing_reviews
from broker.console.models import ReviewRecord, Seen
from consents.lifecycle import State
from consents.models import Consent
from consents.stopping.lifecycle import Reached
from consents.stopping.models import Stop
from requests_app.lifecycle import OWED
from requests_app.models import ManualRequest
from requests_app.worklist import OPEN

SHOWN_ALARMS = 50


class Numbers(NamedTuple):
    """The five numbers of the home page."""

    consents: int
    open_requests: int
    overdue: int
    refusals: int
    unsettled: int


class ToReview(NamedTuple):
    """What a day's review looks at; `filters` lead to the entries."""

    title: str
    number: int
    filters: dict[str, str]


def five(now: datetime) -> Numbers:
    """Count consents in force, open and overdue requests, refusals since Monday, and revocations not settled."""
    today = local(now).date()
    monday = today - timedelta(days=today.weekday())
    waiting = ManualRequest.objects.filter(state__in=OWED, due__lt=today)
    return Numbers(
        consents=Consent.objects.filter(state=State.ACTIVE, ends__gt=today).count(),
        open_requests=ManualRequest.objects.filter(state__in=OPEN).count(),
        overdue=waiting.count(),
        refusals=timeline.count(Filters(acts=REFUSALS, res=("denied",), since=midnight_us(monday))),
        unsettled=Stop.objects.filter(targets__state=Reached.WAITING).distinct().count(),
    )


def alarms() -> list[Entry]:
    """Give the alarms that no officer has seen, newest first."""
    seen = set(Seen.objects.values_list("event", flat=True))
    found = timeline.page(Filters(acts=ALARMS), limit=SHOWN_ALARMS, keep=lambda head: head.event_id not in seen)
    return found.entries


def reviews_missing(now: datetime) -> Sequence[date]:
    """Give the business days whose review is missing."""
    recent = ReviewRecord.objects.filter(day__gte=local(now).date() - timedelta(days=30))
    first = timeline.first_ts()
    begun = local(now if first is None else instant_of(first)).date()
    return missing_reviews(set(recent.values_list("day", flat=True)), now, criteria.calendar(), first=begun)


def to_review(day: date) -> list[ToReview]:
    """Give what a day's review looks at, with counts."""
    span = {"since": day.isoformat(), "until": day.isoformat()}
    wanted = (
        ("Refusals of the day", {"group": "refusals", "res": "denied", **span}),
        ("Staff who read outside office hours", {"staff_reads": "1", "outside": "1", **span}),
        ("Acts of two people of the day", {"group": "exceptions", **span}),
        ("Changes of policy, people and roles", {"group": "policy", **span}),
        ("Alarms of the day", {"group": "alarms", **span}),
        ("Reads after a permission's end (must be none)", {"computed": "after_revocation"}),
        ("Orphan e-mails older than 2 days", {"computed": "orphans"}),
    )
    return [ToReview(title, _count(filters), filters) for title, filters in wanted]


def refusals_of(day: date) -> int:
    """Count the refusals of a Central day."""
    since, until = midnight_us(day), midnight_us(day + timedelta(days=1))
    return timeline.count(Filters(acts=REFUSALS, res=("denied",), since=since, until=until))


def after_revocation() -> int:
    """Count what left after a consent's end; there must be nothing."""
    return len(computed.after_revocation())


def _count(filters: dict[str, str]) -> int:
    found = criteria.of(filters)
    return timeline.count(found.filters, keep=found.keep)
