"""How urgent a request is for the desk, said to the database: groups, counts, order, and pages by key (reads only).

Days are the utility's own: each open utility has its today, and its day two business days from now.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from broker import publishing, vault
from requests_app import grants
from requests_app.clocks import calendars
from requests_app.inbound.holding import SEALED
from requests_app.ladder import open_tasks
from requests_app.lifecycle import OVER, OWED, ManualState, NectarState
from requests_app.models import ManualRequest, Message, ReceivedFile

PAGE = 50
FAR = date(9999, 12, 31)  # a request without a clock comes after those of its rank that have one
SOON_DAYS = 2
FAILED_SHOWN = timedelta(days=30)
LOST = (ManualState.NOT_DELIVERED, ManualState.DELIVERY_UNKNOWN)
OURS = (ManualState.ANSWERED, ManualState.FEE_QUOTED, ManualState.WAITING_ON_US, ManualState.DRAFTED)
OPEN = [state for state in ManualState if state not in OVER]


class Rank(IntEnum):
    """What comes first on the worklist."""

    UNREAD = 0  # asking again is due, and waits for a person to read a mail (S39)
    LOST = 1  # it came back, or nobody knows whether it arrived
    OVERDUE = 2
    OURS = 3
    TODAY = 4
    SOON = 5
    UNPROVEN = 6
    UTILITY = 7
    CUSTOMER = 8


@dataclass(frozen=True)
class Key:
    """The place of a request in the order: where the next page begins."""

    rank: int
    due: date
    created_at: datetime
    id: uuid.UUID

    def __str__(self) -> str:
        stamp = int(self.created_at.timestamp() * 1_000_000)
        return f"{self.rank}.{self.due:%Y%m%d}.{stamp}.{self.id.hex}"

    @classmethod
    def read(cls, text: str) -> "Key | None":
        """Read what `str` wrote; None for anything else."""
        try:
            rank, due, stamp, row = text.split(".")
            day = datetime.strptime(due, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
            at = datetime.fromtimestamp(int(stamp) / 1_000_000, tz=UTC)
            return cls(int(rank), day, at, uuid.UUID(hex=row))
        except (ValueError, OverflowError, OSError):
            return None


def ranked(now: datetime) -> QuerySet[Any]:
    """Give every open request with its rank and the day by which it is ordered."""
    late, today, soon = _days(now)
    owed = Q(state__in=OWED)
    rows = ManualRequest.objects.filter(state__in=OPEN).annotate(
        unread=ExpressionWrapper(_unread(), output_field=BooleanField()),
        to_do=ExpressionWrapper(_to_do(), output_field=BooleanField()),
    )
    return rows.annotate(
        rank=Case(
            When(Q(unread=True) & owed & late, then=Rank.UNREAD),
            When(state__in=LOST, then=Rank.LOST),
            When(owed & late, then=Rank.OVERDUE),
            When(Q(state__in=OURS) | Q(unread=True) | Q(to_do=True), then=Rank.OURS),
            When(owed & today, then=Rank.TODAY),
            When(owed & soon, then=Rank.SOON),
            When(state=ManualState.DELIVERY_UNPROVEN, then=Rank.UNPROVEN),
            When(state=ManualState.WAITING_ON_CUSTOMER, then=Rank.CUSTOMER),
            default=Rank.UTILITY,
            output_field=IntegerField(),
        ),
        by_day=Coalesce("due", Value(FAR), output_field=DateField()),
    )


def _unread() -> Q:
    """Say, like `open_tasks.unread`, that a mail which may be about the request was classified by nobody yet."""
    rows = Message.objects.filter(direction="in", read_as=None).exclude(judged__kind__in=open_tasks.BY_PROGRAMS)
    waits = open_tasks.waits()
    own = rows.filter(Q(kind__in=open_tasks.TO_READ) | waits, manual=OuterRef("pk"))
    return Q(Exists(own)) | Q(Exists(rows.filter(waits, mentions__manual=OuterRef("pk"))))


def _to_do() -> Q:
    """Say that a call is to be made, or two people have to decide."""
    calls = open_tasks.open_calls().values("manual_id")
    return Q(pk__in=calls) | Q(pk__in=list(open_tasks.undecided().values_list("pk", flat=True)))


def pen() -> QuerySet[Message]:
    """Give the mails in the holding pen; what was destroyed when its time was over waits for nobody."""
    rows = Message.objects.filter(direction="in", kind__in=SEALED, choice=None)
    return rows.exclude(vault.is_gone("raw"))


def held_count() -> int:
    """Count the holding pen."""
    return pen().count()


def shared() -> QuerySet[ReceivedFile]:
    """Give the files that customers handed over and that wait for a person; after an end they stay sealed."""
    rows = ReceivedFile.objects.filter(share__isnull=False, state=ReceivedFile.State.QUARANTINED)
    return rows.filter(consent__ended_at=None)


def failed_at_nectar(now: datetime) -> QuerySet[ReceivedFile]:
    """Give the documents that ended at Nectar without readings in the last thirty days, under permissions in force."""
    rows = ReceivedFile.objects.filter(nectar__state=NectarState.FAILED, nectar__updated_at__gt=now - FAILED_SHOWN)
    return rows.filter(consent__ended_at=None)


def groups() -> dict[str, tuple[str, Q]]:
    """Give the groups of the worklist, each with its title and what is in it, by rank and state."""
    return {
        "today": ("Today", Q(rank__lte=Rank.TODAY)),
        "soon": ("Due in 2 days", Q(rank__in=(Rank.TODAY, Rank.SOON))),
        "overdue": ("Overdue", Q(rank=Rank.OVERDUE) | Q(rank=Rank.UNREAD)),
        "customer": ("Waiting on the customer", Q(state=ManualState.WAITING_ON_CUSTOMER)),
        "us": ("Waiting on us", Q(state__in=OURS)),
        "lost": ("Not delivered", Q(state__in=(*LOST, ManualState.DELIVERY_UNPROVEN))),
        "open": ("Open", Q()),
    }


def counts(now: datetime) -> dict[str, int]:
    """Count every group in one query."""
    found = ranked(now).aggregate(**{f"in_{key}": Count("pk", filter=q) for key, (_title, q) in groups().items() if q})
    return {
        **{key: found.get(f"in_{key}", 0) for key in groups()},
        "open": ManualRequest.objects.filter(state__in=OPEN).count(),
    }


def page(rows: QuerySet[Any], after: Key | None, size: int = PAGE) -> tuple[Sequence[Any], Key | None]:
    """Give one page of ranked requests, the most urgent first, and where the next one begins; None at the end."""
    if after is not None:
        later = Q(rank__gt=after.rank) | Q(rank=after.rank, by_day__gt=after.due)
        same = Q(rank=after.rank, by_day=after.due)
        later |= same & (Q(created_at__gt=after.created_at) | Q(created_at=after.created_at, pk__gt=after.id))
        rows = rows.filter(later)
    found = list(rows.order_by("rank", "by_day", "created_at", "pk")[: size + 1])
    if len(found) <= size:
        return found, None
    return found[:size], key_of(found[size - 1])


def key_of(row: Any) -> Key:
    """Give the place of a ranked request."""
    return Key(row.rank, row.by_day, row.created_at, row.id)


def _days(now: datetime) -> tuple[Q, Q, Q]:
    """Say what is late, due today, and due in two business days, by each utility's own day."""
    late, today, soon = Q(pk__in=[]), Q(pk__in=[]), Q(pk__in=[])
    for name in publishing.reachable():
        profile = grants.profile_of(name)
        if profile is None:
            continue
        calendar, its = calendars.in_force(profile).calendar, Q(request__consent__utility=name)
        day = calendar.today(now)
        late |= its & Q(due__lt=day)
        today |= its & Q(due=day)
        soon |= its & Q(due__gt=day, due__lte=calendar.add(day, SOON_DAYS))
    return late, today, soon
