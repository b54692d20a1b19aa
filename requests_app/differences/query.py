"""What is open, and what was settled (reads only; nothing is opened)."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, Max, OuterRef, Q, QuerySet, Subquery

from broker.approvals.lifecycle import State
from broker.approvals.models import Approval
from requests_app.differences import given
from requests_app.differences.models import Difference, Settlement
from requests_app.differences.rules import UNKNOWN, open_moments
from requests_app.one_value.models import Place
from requests_app.one_value.settling import Moment

ACT = "difference.settle"
SHOWN = 100


@dataclass(frozen=True)
class Topic:
    """One line of the list: an account's values of one kind in a month, of which sources do not agree."""

    id: uuid.UUID
    account: Any
    role: str
    unit: str
    resolution: str
    month: date
    values: int  # all that differ
    open: int
    sources: list[Place]
    since: datetime
    asked: bool  # a second person is asked
    doubtful: bool  # the last decision was that nobody can tell: the co-op is to be asked
    settled_at: datetime | None


def open_topics() -> QuerySet[Any]:
    """Give the topics that have open differences, each with the number of its newest one, the oldest first."""
    return _with_last().filter(Q(settled=None) | Q(left__gt=0) | Q(newest__gt=F("settled"))).order_by("newest_at")


def settled_topics() -> QuerySet[Any]:
    """Give the topics of which nothing is open, the last settled first."""
    rows = _with_last().exclude(Q(settled=None) | Q(left__gt=0) | Q(newest__gt=F("settled")))
    return rows.order_by("-settled_at")


def _with_last() -> QuerySet[Any]:
    last = Settlement.objects.filter(topic=OuterRef("topic")).order_by("-number")
    return (
        Difference.objects.order_by()
        .values("topic")
        .annotate(
            newest=Max("number"),
            newest_at=Max("at"),
            settled=Subquery(last.values("newest")[:1]),
            left=Subquery(last.values("left")[:1]),
            settled_at=Subquery(last.values("at")[:1]),
        )
    )


def topics(rows: QuerySet[Any]) -> list[Topic]:
    """Give topics as the list shows them."""
    return [found for each in rows[:SHOWN] if (found := topic(each["topic"])) is not None]


def topic(topic_id: uuid.UUID) -> Topic | None:
    """Give one topic; nothing where nothing ever differed."""
    rows = differences(topic_id)
    if not rows:
        return None
    place = rows[0].place
    decisions = list(Settlement.objects.filter(topic=topic_id).defer("reason").order_by("number"))
    return Topic(
        topic_id,
        place.account,
        place.role,
        place.unit,
        place.resolution,
        rows[0].month,
        len({moment for each in rows for moment in moments_of(each)}),
        left(rows, decisions),
        sources(place, rows[0].month),
        rows[0].at,
        waiting(topic_id) is not None,
        bool(decisions) and decisions[-1].rule == UNKNOWN,
        decisions[-1].at if decisions else None,
    )


def differences(topic_id: uuid.UUID) -> list[Difference]:
    """Give what differs, in the order in which it came."""
    return list(Difference.objects.filter(topic=topic_id).select_related("place__account").order_by("number"))


def sources(place: Any, month: date) -> list[Place]:
    """Give every series of the kind that touches the month, in the order in which they came."""
    rows = Place.objects.filter(given.of(given.kind_of(place), month))
    rows = rows.select_related("series__account", "file__consent__recipient", "file__message__manual")
    return list(rows.order_by("number"))


def waiting(topic_id: uuid.UUID) -> Approval | None:
    """Give the ask that waits for a second person."""
    return Approval.objects.filter(act=ACT, about=topic_id, state=State.REQUESTED).order_by("-requested_at").first()


def left(rows: list[Difference], decisions: list[Settlement]) -> int:
    """Count the values that are open after these decisions, the older ones first."""
    said: dict[Moment, tuple[int, bool]] = {}
    for each in decisions:
        for start, end in each.moments:
            said[start, end] = (each.newest, each.stands_id is not None)
    return open_moments(((each.number, moments_of(each)) for each in rows), said)


def moments_of(row: Difference, first: date = date.min, last: date = date.max) -> list[Moment]:
    """Give the moments of a difference, those of these days (both ends belong to it)."""
    return [(start, end) for start, end, day in row.moments if first.isoformat() <= day <= last.isoformat()]
