"""What waits for a person on the ladder: calls to make, decisions of two people, mails to read (queries; no event).

Nothing here opens anything sealed: numbers, days and states alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import F, Q, QuerySet

from broker import vault
from broker.approvals.models import Approval
from requests_app.clocks import calendars
from requests_app.desk import bundles
from requests_app.inbound.kinds import Kind
from requests_app.ladder.models import FollowUp, LadderStep, LastDecision, Mention, PhoneTask
from requests_app.ladder.words import CHOICES, OUTCOMES, STEPS, AskState, CallState, Choice, Outcome, Step
from requests_app.lifecycle import OVER
from requests_app.mailing import left_at, profile_for
from requests_app.models import ManualRequest, Message

DECIDE = "request.unanswered"
# Written by a program, and no answer: it neither triggers nor suppresses our asking (S37).
BY_PROGRAMS = (Kind.AUTO_REPLY, Kind.DELAY, Kind.READ_RECEIPT, Kind.DELIVERED, Kind.RELAYED, Kind.BOUNCE)
# Kinds of a thread's mail that a rule could not classify for good.
TO_READ = ("message", "unknown", "complaint")
HELD = ("held", "credentials")
NAMED_DAYS = 2  # business days of the utility


@dataclass(frozen=True)
class Taken:
    """A step that was taken: which, when, and in words for the desk."""

    step: Step
    number: int
    at: datetime
    words: str


def waits() -> Q:
    """Say that a mail waits in the holding pen for a choice; one that nobody can read any more waits for none."""
    return Q(kind__in=HELD, choice=None) & ~Q(vault.is_gone("raw"))


def unread(manual: ManualRequest) -> QuerySet[Message]:
    """Give the mails that may be about a request and that nobody classified yet, oldest first."""
    thread = Q(manual=manual, kind__in=TO_READ, read_as=None)
    held = waits() & Q(read_as=None) & (Q(manual=manual) | Q(mentions__manual=manual))
    rows = Message.objects.filter(thread | held, direction="in")
    return rows.exclude(judged__kind__in=BY_PROGRAMS).order_by("at").distinct()


def named_alone(manual: ManualRequest) -> QuerySet[Message]:
    """Give those of `unread` that name the request's number and show nothing else of it: anybody can write one."""
    return unread(manual).filter(id__in=Mention.objects.filter(manual=manual, by_number=True).values("message"))


def holds_back(manual: ManualRequest, now: datetime) -> bool:
    """Say whether an unclassified mail keeps us from asking again, calling and deciding (field guide 5.4).

    Mails that name the number alone do so for two business days together, counted from the oldest that still waits:
    strangers who go on writing hold nothing back for longer.
    """
    named = named_alone(manual)
    if unread(manual).exclude(id__in=named.values("id")).exists():
        return True
    oldest = named.values_list("at", flat=True).first()
    if oldest is None:
        return False
    calendar = calendars.in_force(profile_for(manual)).calendar
    return calendar.today(now) <= calendar.add(calendar.day0(oldest), NAMED_DAYS)


def with_unread(manuals: Sequence[UUID]) -> set[UUID]:
    """Give those of these requests that an unclassified mail may be about, in three queries."""
    rows = Message.objects.filter(direction="in", read_as=None).exclude(judged__kind__in=BY_PROGRAMS)
    own = rows.filter(Q(kind__in=TO_READ) | waits(), manual__in=manuals)
    named = rows.filter(waits(), mentions__manual__in=manuals)
    return {*own.values_list("manual", flat=True), *named.values_list("mentions__manual", flat=True)} & set(manuals)


def open_calls() -> QuerySet[PhoneTask]:
    """Give the calls that are to be made, the oldest first."""
    rows = PhoneTask.objects.filter(state=CallState.OPEN).exclude(manual__state__in=OVER)
    return rows.select_related("manual__request__consent").order_by("first_day", "created_at")


def calls_with(manual: ManualRequest) -> list[PhoneTask]:
    """Give the calls to make about a request, first, and about what left in one mail with it: one call does for all."""
    rows = open_calls().filter(manual__in=[each.id for each in bundles.hers_in(manual)])
    return sorted(rows, key=lambda each: (each.manual_id != manual.id, each.manual.created_at, each.manual.number))


def undecided() -> QuerySet[ManualRequest]:
    """Give the requests that wait for the decision of two people, the longest overdue first."""
    decided = LastDecision.objects.values_list("manual_id", "number")
    asked = LadderStep.objects.filter(step=Step.DECIDE).values_list("manual_id", "number")
    open_ = {manual for manual, number in set(asked) - set(decided)}
    rows = ManualRequest.objects.filter(id__in=open_).exclude(state__in=OVER)
    return rows.select_related("request__consent").order_by(F("due").asc(nulls_last=True), "created_at")


def open_decision(manual: ManualRequest) -> int | None:
    """Give the number of the decision that a request waits for; None where it waits for none."""
    since = left_at(manual)
    if since is None or manual.state in OVER:
        return None
    steps = LadderStep.objects.filter(manual=manual, step=Step.DECIDE, since=since)
    newest = steps.order_by("-number").values_list("number", flat=True).first()
    if newest is None:
        return None
    return None if LastDecision.objects.filter(manual=manual, number=newest).exists() else newest


def asked_decision(manual: ManualRequest, now: datetime) -> Approval | None:
    """Give what one person asked a second to decide, while it waits for that person."""
    rows = Approval.objects.filter(act=DECIDE, about=manual.id, state="requested", expires_at__gt=now)
    return rows.order_by("-requested_at").first()


def taken(manual: ManualRequest) -> list[Taken]:
    """Give every step that was taken, oldest first, follow-ups, calls and decisions among them."""
    found = [
        Taken(Step(row.step), row.number, row.at, _words(Step(row.step), row.about))
        for row in LadderStep.objects.filter(manual=manual)
    ]
    for ask in FollowUp.objects.filter(manual=manual).exclude(state=AskState.CANCELLED):
        words = f"{STEPS[Step.FOLLOW_UP]} (follow-up {ask.number}, {ask.state})"
        found.append(Taken(Step.FOLLOW_UP, ask.number, ask.asked_at or ask.created_at, words))
    for call in PhoneTask.objects.filter(manual=manual):
        found.append(Taken(Step.CALL, call.number, call.called_at or call.created_at, _call(call)))
    for row in LastDecision.objects.filter(manual=manual):
        words = f"Two people decided: {CHOICES[Choice(row.choice)]}{f' ({row.until})' if row.until else ''}"
        found.append(Taken(Step.DECIDE, row.number, row.at, words))
    return sorted(found, key=lambda each: each.at)


def _words(step: Step, about: date | None) -> str:
    return f"{STEPS[step]} ({about})" if about else STEPS[step]


def _call(call: PhoneTask) -> str:
    if call.state == CallState.DONE:
        return f"The billing desk was called: {OUTCOMES[Outcome(call.outcome)]}"
    return STEPS[Step.CALL] if call.state == CallState.OPEN else "A call was no longer needed"
