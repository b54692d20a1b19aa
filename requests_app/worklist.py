"""Rows of the worklist, masked: who waits for what, until when, and what comes next (interface)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from broker.utilities.calendar import Calendar
from requests_app import clock
from requests_app.clocks import calendars
from requests_app.deadlines import is_overdue
from requests_app.lifecycle import FACTS, OVER, OWED, ClockMode, ManualState
from requests_app.mailing import profile_for
from requests_app.models import ManualRequest, Message, ReceivedFile

SHOWN = 200
HELD = ("held", "credentials", "ended")
NEXT_STEP = {
    ManualState.DRAFTED: "Complete it",
    ManualState.QUEUED: "Our letter goes out by itself",
    ManualState.DELIVERY_UNKNOWN: "Find out whether the mail arrived, then send again or wait",
    ManualState.DELIVERY_UNPROVEN: "Wait for proof of delivery",
    ManualState.NOT_DELIVERED: "Call the co-op, then send again",
    ManualState.WAITING_ON_UTILITY: "No reply yet",
    ManualState.ACKNOWLEDGED: "The co-op has it; no answer yet",
    ManualState.FEE_QUOTED: "Decide on the fee",
    ManualState.WAITING_ON_CUSTOMER: "The customer has to say or sign something",
    ManualState.WAITING_ON_US: "Answer the co-op's question",
    ManualState.PARTIALLY_ANSWERED: "A part is missing",
    ManualState.ANSWERED: "Check the files",
    ManualState.DELIVERED: "Done",
    ManualState.WITHDRAWN: "Ended by the customer",
    ManualState.SUPERSEDED: "Replaced by a newer request",
    ManualState.CLOSED_WITHOUT_RESPONSE: "Closed by two people",
}
OURS = (ManualState.ANSWERED, ManualState.FEE_QUOTED, ManualState.WAITING_ON_US, ManualState.DRAFTED)
OPEN = [state for state in ManualState if state not in OVER]


@dataclass(frozen=True)
class Row:
    """One request on the worklist."""

    manual: ManualRequest
    utility: str
    ending: str
    day: str
    overdue: bool
    next_step: str
    files: int
    state: str


@dataclass(frozen=True)
class Tab:
    """A group of requests and how many there are."""

    key: str
    title: str
    count: int


def rows(now: datetime, tab: str) -> tuple[list[Row], list[Tab]]:
    """Give the requests of a group, the most urgent first, and every group with its count."""
    waiting_files = Count("messages__files", filter=Q(messages__files__state=ReceivedFile.State.QUARANTINED))
    manuals = (
        ManualRequest.objects.select_related("request__consent", "request__organisation")
        .prefetch_related("request__consent__accounts")
        .annotate(waiting_files=waiting_files)
    )
    known: dict[str, Calendar] = {}  # each utility's calendar is read once for a page
    every = [
        _row(each, now, known) for each in manuals.filter(state__in=OPEN).order_by("due", "created_at")[: SHOWN * 5]
    ]
    over = manuals.exclude(state__in=OPEN)
    groups = {
        "open": ("Open", every),
        "soon": ("Due in 2 days", [row for row in every if _is_soon(row, now)]),
        "overdue": ("Overdue", [row for row in every if row.overdue]),
        "customer": (
            "Waiting on the customer",
            [row for row in every if row.manual.state == ManualState.WAITING_ON_CUSTOMER],
        ),
        "answered": ("Waiting on us", [row for row in every if row.manual.state in OURS]),
        "unknown": ("Delivery unknown", [row for row in every if row.manual.state == ManualState.DELIVERY_UNKNOWN]),
        "not-delivered": ("Not delivered", [row for row in every if row.manual.state == ManualState.NOT_DELIVERED]),
    }
    tabs = [Tab(key, title, len(found)) for key, (title, found) in groups.items()]
    tabs.append(Tab("ended", "Ended", over.count()))
    if tab == "ended":
        return [_row(each, now, known) for each in over.order_by("-created_at")[:SHOWN]], tabs
    return groups.get(tab, groups["open"])[1][:SHOWN], tabs


def held() -> Sequence[Message]:
    """Give the mails in the holding pen, newest first; their content stays sealed."""
    waiting = Message.objects.filter(direction="in", kind__in=HELD, choice=None)
    return list(waiting.select_related("manual__request__consent", "judged").order_by("-at")[:50])


def _row(manual: Any, now: datetime, known: dict[str, Calendar]) -> Row:
    profile = profile_for(manual)
    if profile.id not in known:
        known[profile.id] = calendars.in_force(profile).calendar
    calendar, usual = known[profile.id], profile.clock.last_days
    consent = manual.request.consent
    wanted = set(manual.request.accounts)
    endings = [row.last_four for row in consent.accounts.all() if str(row.id) in wanted] if consent else []
    waiting = FACTS[ManualState(manual.state)].clock in (ClockMode.RUNS, ClockMode.RESTS)
    overdue = bool(manual.due and manual.state in OWED and is_overdue(manual.due, now, calendar))
    return Row(
        manual=manual,
        utility=profile.short_name,
        ending=", ".join(endings),
        day=f"{clock.day_of(manual, now, usual, calendar)} of {usual}" if manual.due and waiting else "",
        overdue=overdue,
        next_step=NEXT_STEP[ManualState(manual.state)],
        files=manual.waiting_files,
        state=FACTS[ManualState(manual.state)].name,
    )


def _is_soon(row: Row, now: datetime) -> bool:
    due_at = row.manual.due_at
    waiting = row.manual.state in OWED
    return bool(due_at and waiting and not row.overdue and due_at - now <= timedelta(days=2))
