"""Rows of the worklist, masked: who waits for what, until when, who sees to it, and what comes next (interface)."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from broker.parties.models import User
from broker.reasons import REASONS
from broker.utilities.calendar import Calendar
from requests_app import clock, resending, worklist_order
from requests_app.clocks import calendars
from requests_app.completeness import query
from requests_app.deadlines import is_overdue
from requests_app.desk_work import people
from requests_app.desk_work.models import Assignment
from requests_app.inbound.quarantine_words import QUARANTINE
from requests_app.ladder import open_tasks
from requests_app.lifecycle import FACTS, OVER, OWED, ClockMode, ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, Message, ReceivedFile
from requests_app.worklist_order import OPEN, PAGE, Key, Rank
from requests_app.worklist_steps import NEXT_STEP, NextStep, Waits, next_step, steps_of

__all__ = ["NEXT_STEP", "OPEN", "Board", "Row", "Tab", "board", "held", "next_for"]
QUEUE = 200  # how many are looked at for the next one
PEN, ENDED, MINE, FILES = "pen", "ended", "mine", "files"
FILES_SHOWN = 50


@dataclass(frozen=True)
class Row:
    """One request on the worklist."""

    manual: ManualRequest
    utility: str
    ending: str
    day: str
    overdue: bool
    unread: bool
    state: str
    next_step: str
    files: int
    steps: list[NextStep]
    assigned: str
    taken: bool


@dataclass(frozen=True)
class Tab:
    """A group of requests and how many there are."""

    key: str
    title: str
    count: int


@dataclass(frozen=True)
class Shared:
    """A customer's file that waits for a person, and why; nothing of it is opened."""

    file: ReceivedFile
    why: str


@dataclass(frozen=True)
class _Waiting:
    """What the rows of one page share, read once: calendars, people, and which requests wait for what."""

    calendars: dict[str, Calendar]
    desk: people.Desk
    calls: set[uuid.UUID]
    decisions: set[uuid.UUID]
    held: set[uuid.UUID]
    unread: set[uuid.UUID]
    unusable: set[uuid.UUID]
    resend: set[uuid.UUID]


@dataclass(frozen=True)
class Board:
    """What the worklist shows of one group."""

    tab: str
    rows: list[Row]
    tabs: list[Tab]
    after: Key | None  # where the next page begins


def board(now: datetime, tab: str, person: User, after: Key | None = None) -> Board:
    """Give a page of a group, the most urgent first, and every group with its count."""
    desk, groups = people.desk(now), worklist_order.groups()
    mine = Q(assignments__in=Assignment.objects.filter(ended_at=None, person__in=desk.whose(person.id)))
    count = worklist_order.counts(now)
    tabs = [Tab(key, title, count[key]) for key, (title, _q) in groups.items()]
    tabs.insert(-1, Tab(PEN, "Holding pen", worklist_order.held_count()))
    tabs.insert(
        -1,
        Tab(FILES, "Customers’ files", worklist_order.shared().count() + worklist_order.failed_at_nectar(now).count()),
    )
    own = worklist_order.ranked(now).filter(mine)
    tabs.append(Tab(MINE, "Mine", own.count()))
    over = ManualRequest.objects.exclude(state__in=OPEN)
    tabs.append(Tab(ENDED, "Ended", over.count()))
    if tab not in {each.key for each in tabs}:
        tab = tabs[0].key
    if tab in (PEN, FILES):
        return Board(tab, [], tabs, None)
    if tab == ENDED:
        found, then = _ended(over, after)
    else:
        rows = own if tab == MINE else worklist_order.ranked(now).filter(groups[tab][1])
        found, then = worklist_order.page(_whole(rows), after)
    return Board(tab, _rows(found, now, desk), tabs, then)


def held() -> Sequence[Message]:
    """Give the mails in the holding pen, newest first; their content stays sealed."""
    return list(worklist_order.pen().select_related("manual__request__consent", "judged").order_by("-at")[:50])


def shared(now: datetime) -> list[Shared]:
    """Give customers' files that wait for a person, the oldest first, then what Nectar could not read; all sealed."""
    waiting = [(each, each.verdict) for each in _listed(worklist_order.shared())]
    failed = [
        (each, each.nectar.code) for each in _listed(worklist_order.failed_at_nectar(now).select_related("nectar"))
    ]
    return [Shared(each, _why(code)) for each, code in waiting] + [
        Shared(each, f"Nectar did not read it. {_why(code)}".rstrip()) for each, code in failed
    ]


def _listed(rows: QuerySet[ReceivedFile]) -> QuerySet[ReceivedFile]:
    return rows.select_related("consent", "account").defer("name").order_by("received_at", "id")[:FILES_SHOWN]


def _why(code: str) -> str:
    if code in QUARANTINE:
        return QUARANTINE[code]
    return REASONS[code].text if code in REASONS else ""


def next_for(
    person: User, now: datetime, after: uuid.UUID | None = None
) -> tuple[list[ManualRequest], list[ManualRequest]]:
    """Give what asks for a person's hand, the most urgent first: what is theirs already, and what nobody has.

    Only what something can be done about today; `after` is left out, with all that is more urgent than it.
    """
    desk = people.desk(now)
    rows = worklist_order.ranked(now).filter(rank__lte=Rank.TODAY)
    rows = rows.prefetch_related(Prefetch("assignments", Assignment.objects.filter(ended_at=None), "standing"))
    found = list(rows.order_by("rank", "by_day", "created_at", "pk")[:QUEUE])
    if after is not None and after in (ids := [each.id for each in found]):
        found = found[ids.index(after) + 1 :]
    theirs = [each for each in found if _holder(each) and desk.sees_to_it(_holder(each)) == person.id]
    return theirs, [each for each in found if not _holder(each)]


def _holder(manual: Any) -> Any:
    return manual.standing[0].person_id if manual.standing else None


def _ended(rows: QuerySet[Any], after: Key | None) -> tuple[Sequence[Any], Key | None]:
    """Give a page of what has ended, the newest first."""
    if after is not None:
        at, row = after.created_at, after.id
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__gt=row))
    found = list(_whole(rows).order_by("-created_at", "pk")[: PAGE + 1])
    if len(found) <= PAGE:
        return found, None
    last = found[PAGE - 1]
    return found[:PAGE], Key(0, worklist_order.FAR, last.created_at, last.id)


def _whole(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Give requests with all that a row shows."""
    waiting = ReceivedFile.objects.filter(message__manual=OuterRef("pk"), state=ReceivedFile.State.QUARANTINED)
    number = waiting.order_by().values("message__manual").annotate(n=Count("pk")).values("n")
    standing = Assignment.objects.filter(ended_at=None)
    found: QuerySet[Any] = (
        rows.select_related("request__consent", "request__organisation")
        .prefetch_related("request__consent__accounts", Prefetch("assignments", standing, "standing"))
        .annotate(
            waiting_files=Coalesce(Subquery(number), 0),
            first_file=Subquery(waiting.order_by("received_at").values("id")[:1]),
        )
    )
    return found


def _rows(found: Sequence[Any], now: datetime, desk: people.Desk) -> list[Row]:
    ids = [each.id for each in found]
    waiting = _Waiting(
        {},
        desk,
        set(open_tasks.open_calls().filter(manual__in=ids).values_list("manual_id", flat=True)),
        set(open_tasks.undecided().filter(id__in=ids).values_list("id", flat=True)),
        _with_held(ids),
        open_tasks.with_unread(ids),
        query.unusable(ids),
        resending.resendable(found),
    )
    return [_row(each, now, waiting) for each in found]


def _with_held(ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    rows = Message.objects.filter(open_tasks.waits(), direction="in")
    own = rows.filter(manual__in=ids).values_list("manual_id", flat=True)
    return {*own, *rows.filter(mentions__manual__in=ids).values_list("mentions__manual_id", flat=True)}


def _row(manual: Any, now: datetime, waiting: _Waiting) -> Row:
    profile, known = profile_for(manual), waiting.calendars
    if profile.id not in known:
        known[profile.id] = calendars.in_force(profile).calendar
    calendar, usual = known[profile.id], profile.clock.last_days
    consent, state = manual.request.consent, ManualState(manual.state)
    wanted = set(manual.request.accounts)
    endings = sorted(row.last_four for row in consent.accounts.all() if str(row.id) in wanted) if consent else []
    counts = FACTS[state].clock in (ClockMode.RUNS, ClockMode.RESTS)
    late = bool(manual.due and state in OWED and is_overdue(manual.due, now, calendar))
    unread, holder = manual.id in waiting.unread, _holder(manual)
    waits = Waits(
        file=manual.first_file,
        resend=state not in OVER and manual.id in waiting.resend,
        held=manual.id in waiting.held and unread,
        unread=unread,
        call=manual.id in waiting.calls,
        decide=manual.id in waiting.decisions,
    )
    return Row(
        manual=manual,
        utility=profile.short_name,
        ending=", ".join(endings),
        day=f"{clock.day_of(manual, now, usual, calendar)} of {usual}" if manual.due and counts else "",
        overdue=late,
        unread=unread,
        state=FACTS[state].name,
        next_step="A mail waits to be read; until then we do not ask again"
        if unread
        else next_step(manual, unusable=manual.id in waiting.unusable),
        files=manual.waiting_files,
        steps=steps_of(manual, waits),
        assigned=waiting.desk.says(holder) if holder else "",
        taken=holder is not None,
    )
