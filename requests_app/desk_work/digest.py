"""The morning mail: what waits for the desk and for its reader, in counts and request numbers alone (action).

One mail a day for each person, on business days of the home utility; the key of the mail makes it one, whatever is
started again. Nothing waits: no mail.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from broker import jobs, notices, vault
from broker.jobs import standing
from broker.parties.models import Role
from broker.terms import SERVICE
from broker.transport import Proof, ProvenAddress
from requests_app import worklist_order
from requests_app.clocks import calendars
from requests_app.desk_work import mailboxes, people
from requests_app.desk_work.models import Assignment, DeskMailbox
from requests_app.worklist_order import Rank

KIND = "desk.morning"
DAILY = standing.daily(KIND)
WRITER = SERVICE("desk")
FROM, UNTIL = time(7), time(16)  # at the desk; a mail of the morning that comes in the evening helps nobody
NAMED = 20  # numbers of requests in one mail


@dataclass(frozen=True)
class Morning:
    """What the mail says: a title and a count for each group, and the numbers of what is the reader's."""

    groups: list[tuple[str, int]]
    yours: list[str]
    more: int  # of the reader's that are not named
    free: int  # that ask for a hand, and that nobody has

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits for anybody."""
        return not self.yours and not any(count for _title, count in self.groups)


@jobs.handler(KIND)
def morning_job(_job: jobs.JobView) -> None:
    """Write the mails of this morning; before it, and in the evening, come again in the next one.

    A job of each day of the worker comes by; of two in one morning the second finds every mail written.
    """
    now = timezone.now()
    if is_desk_morning(now):
        write_all(now)


def is_desk_morning(now: datetime) -> bool:
    """Say whether this is a business day; raises `jobs.RetryLater` until its morning, and in the evening."""
    local = now.astimezone(ZoneInfo(settings.DISPLAY_ZONE))
    if not FROM <= local.time() < UNTIL:
        day = local.date() + timedelta(days=local.time() >= UNTIL)
        raise jobs.RetryLater("desk.not_morning", datetime.combine(day, FROM, local.tzinfo) - now)
    return calendars.of_utility(settings.HOME_UTILITY).calendar.is_business_day(local.date())


def write_all(now: datetime) -> int:
    """Write today's mail to everybody of the desk who wants one and has none yet; give how many were written."""
    day = people.today(now)
    rows = DeskMailbox.objects.filter(
        wanted=True,
        confirmed_at__isnull=False,
        person__is_active=True,
        person__role__in=[Role.STAFF, Role.OPERATOR],
    )
    return sum(_write(each, f"desk_digest:{each.person_id}:{day}", now) for each in rows.select_related("person"))


def of(row: DeskMailbox, now: datetime) -> Morning:
    """Work out what waits, for the desk and for one person; counts and numbers, nothing is opened."""
    counts, groups = worklist_order.counts(now), worklist_order.groups()
    told = [(groups[key][0], counts[key]) for key in ("today", "soon", "overdue", "customer", "us", "lost")]
    told.insert(5, ("Holding pen", worklist_order.held_count()))
    desk = people.desk(now)
    standing_now = Assignment.objects.filter(ended_at=None)
    asks = worklist_order.ranked(now).filter(rank__lte=Rank.TODAY)
    own = asks.filter(Q(assignments__in=standing_now.filter(person__in=desk.whose(row.person_id))))
    numbers = list(own.order_by("rank", "by_day", "created_at").values_list("number", flat=True))
    free = asks.exclude(assignments__in=standing_now).count()
    return Morning(told, numbers[:NAMED], max(0, len(numbers) - NAMED), free)


def _write(row: DeskMailbox, key: str, now: datetime) -> bool:
    from broker.notices.models import Notice

    if Notice.objects.filter(key=key).exists():
        return False
    found = of(row, now)
    if found.is_empty:
        return False
    ref = mailboxes.opened(row.person, WRITER, "morning mail")
    to = ProvenAddress(vault.open(row.email, under=ref), Proof("code", str(row.id)))
    with transaction.atomic():
        notices.send_later(
            "desk_digest",
            to=to,
            subject=row.person_id,
            context={
                "day": people.today(now),
                "groups": found.groups,
                "yours": found.yours,
                "more": found.more,
                "free": found.free,
                "path": reverse("admin:index"),
                "off_path": reverse("admin:morning"),
            },
            key=key,
        )
    return True
