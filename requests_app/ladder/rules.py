"""The ladder of a request as a table: what is due at a moment, and what will be (rules: no clock of their own).

The days follow from the clock of the request itself, so that a co-op which answers in 3 to 7 business days has a ladder
of its own: offsets count business days from the due day. What a stopped worker missed is not made up for: each step has
a span of days, and what depends on our having asked counts from the day on which we really did.
Source: field guide 5.4, “Ladder”.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from broker.utilities.calendar import ONE_DAY, Calendar
from requests_app.ladder.words import MOST_FOLLOW_UPS, Step
from requests_app.lifecycle import OWED, ManualState

PROOF_WITHIN = timedelta(hours=1)
FROM, UNTIL = time(9), time(15)  # of a business day, on the utility's wall clock: no mail and no call outside
# Business days after the due day, or before it.
REMIND_BEFORE, CALL_AFTER, SECOND_AFTER, DECIDE_AFTER = 2, 3, 6, 11
# Business days after our last asking.
APART, CALL_APART = 5, 2
CALL_WITHIN = 2  # business days in which the call should be made


@dataclass(frozen=True)
class Dates:
    """The days of a clock; `promised_for` is what the utility named itself, and is waited for."""

    expected_from: date
    due: date
    promised_for: date | None = None


@dataclass(frozen=True)
class Facts:
    """All that the ladder depends on beside the calendar."""

    state: ManualState
    left_at: datetime | None = None  # when the letter left us, as far as anybody knows
    resting: bool = False  # the ball is with us or the customer
    permitted: bool = True  # the consent is in force: not revoked, suspended or run out
    unread: bool = False  # a mail that may be about it waits to be classified
    taken: frozenset[Step] = frozenset()  # since the letter left
    told_of: date | None = None  # the promised day of which the customer was told
    asking: bool = False  # a follow-up is on its way
    asked_on: tuple[date, ...] = ()  # days of the follow-ups that left, or may have
    called: bool = False  # a call was asked for, since the letter left
    deciding: bool = False  # a decision of two people is waited for
    wait_until: date | None = None  # what two people decided: to keep waiting


@dataclass(frozen=True)
class Due:
    """A step that is due, and the day that it is about."""

    step: Step
    about: date | None = None


@dataclass(frozen=True)
class Coming:
    """A step that will come, and on which day at the earliest."""

    step: Step
    day: date


@dataclass(frozen=True)
class Days:
    """The days of the ladder's rungs, from one clock and one calendar."""

    opens: date
    reminder: date
    due: date
    overdue: date  # the first business day after what is waited for
    call: date
    second: date
    decide: date


def days(dates: Dates, calendar: Calendar, wait_until: date | None = None) -> Days:
    """Give the day of each rung: a promised day moves what comes after the due day, a decision to wait all of it."""
    base = max(dates.due, dates.promised_for or dates.due)
    if wait_until is not None:
        base = max(base, wait_until)
        return Days(
            dates.expected_from,
            back(calendar, dates.due, REMIND_BEFORE),
            dates.due,
            overdue=calendar.add(base, 1),
            call=calendar.add(base, CALL_AFTER),
            second=calendar.add(base, 1),
            decide=calendar.add(base, APART),
        )
    return Days(
        dates.expected_from,
        back(calendar, dates.due, REMIND_BEFORE),
        dates.due,
        overdue=calendar.add(base, 1),
        call=calendar.add(base, CALL_AFTER),
        second=calendar.add(base, SECOND_AFTER),
        decide=calendar.add(base, DECIDE_AFTER),
    )


def back(calendar: Calendar, day: date, business_days: int) -> date:
    """Step backward by business days; the date itself is not counted."""
    while business_days > 0:
        day -= ONE_DAY
        business_days -= calendar.is_business_day(day)
    return day


def in_office(calendar: Calendar, now: datetime) -> bool:
    """Say whether the utility's office is open for us: on a business day from 9:00 until before 15:00."""
    local = now.astimezone(calendar.zone)
    return calendar.is_business_day(local.date()) and FROM <= local.time() < UNTIL


def next_opening(calendar: Calendar, now: datetime) -> datetime:
    """Give when the office is next open for us; now itself while it is."""
    if in_office(calendar, now):
        return now
    local = now.astimezone(calendar.zone)
    day = local.date()
    if not calendar.is_business_day(day) or local.time() >= UNTIL:
        day = calendar.next_business_day(day)
    return datetime.combine(day, FROM, calendar.zone)


def steps(dates: Dates | None, calendar: Calendar, now: datetime, facts: Facts) -> list[Due]:
    """Give the steps that are due now, in the order in which they are taken; `dates` None while no clock runs."""
    if dates is None or facts.state not in OWED:
        return _proof(now, facts)
    if facts.resting or not facts.permitted or not in_office(calendar, now):
        return []
    today, rungs = calendar.today(now), days(dates, calendar, facts.wait_until)
    found = [*_promised(dates, today, facts), *_before(rungs, today, facts)]
    if today >= rungs.overdue and Step.OVERDUE not in facts.taken:
        found.append(Due(Step.OVERDUE, dates.due))
    if facts.unread:
        return found  # what waits may be the answer: we neither ask again nor give up
    return [*found, *_asking(rungs, calendar, today, facts)]


def coming(dates: Dates | None, calendar: Calendar, now: datetime, facts: Facts) -> list[Coming]:
    """Give what will come if nothing else happens, with the earliest day of each; empty where nothing will."""
    if dates is None or facts.state not in OWED or facts.resting or not facts.permitted:
        return []
    today, rungs = calendar.today(now), days(dates, calendar, facts.wait_until)
    found = [
        Coming(step, day)
        for step, day in (
            (Step.OPENS, rungs.opens), (Step.REMINDER, rungs.reminder), (Step.DUE, rungs.due),
            (Step.OVERDUE, rungs.overdue),
        )
        if step not in facts.taken and (day >= today or step == Step.OVERDUE)
    ]  # fmt: skip
    if (follow_up := _follow_up_day(rungs, calendar, facts)) is not None:
        found.append(Coming(Step.FOLLOW_UP, follow_up))
    if not facts.called and facts.wait_until is None:
        after = [calendar.add(each, CALL_APART) for each in facts.asked_on[-1:]]
        found.append(Coming(Step.CALL, max([rungs.call, *after])))
    if not facts.deciding:
        after = [calendar.add(each, APART) for each in facts.asked_on[-1:]]
        found.append(Coming(Step.DECIDE, max([rungs.decide, *after])))
    return sorted((Coming(each.step, max(each.day, today)) for each in found), key=lambda each: each.day)


def _proof(now: datetime, facts: Facts) -> list[Due]:
    waits = facts.state == ManualState.DELIVERY_UNPROVEN and Step.UNPROVEN not in facts.taken
    late = facts.left_at is not None and now >= facts.left_at + PROOF_WITHIN
    return [Due(Step.UNPROVEN)] if waits and late else []


def _promised(dates: Dates, today: date, facts: Facts) -> Sequence[Due]:
    named = dates.promised_for
    if named is None or named == facts.told_of or named < today:
        return []
    return [Due(Step.PROMISED, named)]


def _before(rungs: Days, today: date, facts: Facts) -> Sequence[Due]:
    """Give the one step of the days up to the due day; one whose span is over is not made up for."""
    if rungs.opens <= today < min(rungs.reminder, rungs.due):
        step = Due(Step.OPENS, rungs.opens)
    elif rungs.reminder <= today < rungs.due:
        step = Due(Step.REMINDER, rungs.due)
    elif today == rungs.due:
        step = Due(Step.DUE, rungs.due)
    else:
        return []
    return [] if step.step in facts.taken else [step]


def _asking(rungs: Days, calendar: Calendar, today: date, facts: Facts) -> Sequence[Due]:
    if facts.asking or facts.deciding:
        return []
    last = facts.asked_on[-1] if facts.asked_on else None
    follow_up = _follow_up_day(rungs, calendar, facts)
    if follow_up is not None and today >= follow_up:
        return [Due(Step.FOLLOW_UP)]
    if last is None:
        return []  # a call and a decision come after a mail
    if follow_up is None and today >= max(rungs.decide, calendar.add(last, APART)):
        return [Due(Step.DECIDE)]
    first_only = len(facts.asked_on) == 1 and facts.wait_until is None
    if first_only and not facts.called and today >= max(rungs.call, calendar.add(last, CALL_APART)):
        return [Due(Step.CALL)]
    return []


def _follow_up_day(rungs: Days, calendar: Calendar, facts: Facts) -> date | None:
    """Give the day from which the next follow-up may go out: two of them, and one after a decision to wait."""
    number = len(facts.asked_on)
    if facts.asking or facts.deciding or number >= MOST_FOLLOW_UPS or (number >= 2 and facts.wait_until is None):
        return None
    if number >= 2 and facts.wait_until is not None and facts.asked_on[-1] > facts.wait_until:
        return None  # asked since the decision
    base = rungs.overdue if number == 0 else rungs.second
    return max([base, *(calendar.add(each, APART) for each in facts.asked_on[-1:])])
