"""The ladder as a table: OBEC's days by the guide, a faster co-op's by its own, and what a stop leaves out."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from broker import utilities
from broker.utilities.calendar import Calendar
from requests_app.ladder import rules
from requests_app.ladder.rules import Dates, Facts
from requests_app.ladder.words import Step
from requests_app.lifecycle import ManualState

OBEC = Calendar.of(utilities.published("obec"))
# Delivered on Monday, March 2, 2026: counted by hand on a wall calendar, ten business days to Monday, March 16.
DAY0, DATES = date(2026, 3, 2), Dates(date(2026, 3, 9), date(2026, 3, 16))
LEFT = datetime(2026, 3, 2, 15, tzinfo=UTC)
WAITING = Facts(ManualState.WAITING_ON_UTILITY, left_at=LEFT)
ALL = frozenset({Step.OPENS, Step.REMINDER, Step.DUE, Step.OVERDUE})


def at(day: date, hour: int = 10, minute: int = 0, calendar: Calendar = OBEC) -> datetime:
    return datetime.combine(day, time(hour, minute), calendar.zone)


def due(day: date, facts: Facts = WAITING, dates: Dates | None = DATES, **when: Any) -> list[str]:
    return [each.step.value for each in rules.steps(dates, when.pop("calendar", OBEC), at(day, **when), facts)]


def asked(*days: date, **more: Any) -> Facts:
    return replace(WAITING, asked_on=days, taken=ALL, **more)


def test_the_days_of_the_guide() -> None:
    rungs = rules.days(DATES, OBEC)
    named = {
        rungs.opens: 5, rungs.reminder: 8, rungs.due: 10, rungs.overdue: 11, rungs.call: 13, rungs.second: 16,
        rungs.decide: 21,
    }  # fmt: skip
    assert [OBEC.between(DAY0, day) for day in named] == list(named.values())


def test_a_co_op_of_three_to_seven_days_has_a_ladder_of_its_own() -> None:
    last = OBEC.add(DAY0, 7)
    rungs = rules.days(Dates(OBEC.add(DAY0, 3), last), OBEC)
    days = (rungs.opens, rungs.reminder, rungs.due, rungs.overdue, rungs.call, rungs.second, rungs.decide)
    assert [OBEC.between(DAY0, day) for day in days] == [3, 5, 7, 8, 10, 13, 18]


def test_the_whole_ladder_day_by_day_each_step_once() -> None:
    facts, seen = WAITING, []
    for number in range(80):
        day = DAY0 + timedelta(days=number)
        for step in due(day, facts):
            seen.append((OBEC.between(DAY0, day), step))
            if step == Step.FOLLOW_UP:
                facts = replace(facts, asked_on=(*facts.asked_on, day))
            elif step == Step.CALL:
                facts = replace(facts, called=True)
            elif step == Step.DECIDE:
                facts = replace(facts, deciding=True, taken=facts.taken | {Step.DECIDE})
            else:
                facts = replace(facts, taken=facts.taken | {Step(step)})
    assert seen == [
        (5, "opens"), (8, "reminder"), (10, "due"), (11, "overdue"), (11, "follow_up"), (13, "call"),
        (16, "follow_up"), (21, "decide"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hour", "minute", "open_"), [(8, 59, False), (9, 0, True), (14, 59, True), (15, 0, False), (0, 0, False)]
)
def test_only_from_nine_to_three_on_the_co_ops_own_clock(hour: int, minute: int, open_: bool) -> None:
    assert bool(due(date(2026, 3, 17), hour=hour, minute=minute)) == open_


def test_nothing_on_a_weekend_or_a_closed_day() -> None:
    closed = replace(OBEC, closed=OBEC.closed | {date(2026, 3, 17)})
    assert due(date(2026, 3, 17), calendar=closed) == []
    assert due(date(2026, 3, 18), calendar=closed) == ["overdue", "follow_up"]
    assert due(date(2026, 3, 21)) == []
    assert rules.next_opening(OBEC, at(date(2026, 3, 20), 15)) == at(date(2026, 3, 23), 9)
    assert rules.next_opening(OBEC, at(date(2026, 3, 20), 7)) == at(date(2026, 3, 20), 9)
    now = at(date(2026, 3, 20), 11)
    assert rules.next_opening(OBEC, now) == now


def test_an_hour_without_proof_and_no_ladder_without_a_clock() -> None:
    unproven = Facts(ManualState.DELIVERY_UNPROVEN, left_at=LEFT)
    found = [rules.steps(None, OBEC, LEFT + timedelta(minutes=each), unproven) for each in (59, 60)]
    assert [[each.step for each in some] for some in found] == [[], [Step.UNPROVEN]]
    assert rules.steps(None, OBEC, LEFT + timedelta(days=9), replace(unproven, taken=frozenset({Step.UNPROVEN}))) == []
    assert rules.steps(None, OBEC, LEFT + timedelta(days=30), WAITING) == []


@pytest.mark.parametrize("state", [each for each in ManualState if each not in rules.OWED])
def test_nothing_is_asked_where_the_utility_owes_nothing(state: ManualState) -> None:
    assert due(date(2026, 4, 20), replace(WAITING, state=state, taken=frozenset(Step))) == []


@pytest.mark.parametrize("why", [{"resting": True}, {"permitted": False}])
def test_nothing_while_the_ball_is_elsewhere_or_nothing_permits_it(why: dict[str, Any]) -> None:
    assert due(date(2026, 3, 17), replace(WAITING, **why)) == []
    assert rules.coming(DATES, OBEC, at(date(2026, 3, 17)), replace(WAITING, **why)) == []


def test_an_unread_mail_holds_back_asking_calling_and_deciding() -> None:
    assert due(date(2026, 3, 17), replace(WAITING, unread=True)) == ["overdue"]  # she is told all the same
    assert due(date(2026, 3, 19), asked(date(2026, 3, 17), unread=True)) == []
    assert due(date(2026, 4, 1), asked(date(2026, 3, 17), date(2026, 3, 24), called=True, unread=True)) == []


def test_a_promised_day_is_waited_for_and_told_once() -> None:
    named = replace(DATES, promised_for=date(2026, 3, 20))
    assert due(date(2026, 3, 12), dates=named, facts=replace(WAITING, taken=ALL)) == ["promised"]
    told = replace(WAITING, told_of=date(2026, 3, 20), taken=frozenset({Step.DUE}))
    assert due(date(2026, 3, 17), told, named) == []
    assert due(date(2026, 3, 23), told, named) == ["overdue", "follow_up"]
    earlier = replace(DATES, promised_for=date(2026, 3, 10))
    assert due(date(2026, 3, 17), dates=earlier) == ["overdue", "follow_up"]  # the later of the two counts


def test_what_a_stop_missed_collapses() -> None:
    # Nothing ran from the beginning: five weeks late, she is told and the co-op is asked, once.
    late = date(2026, 4, 6)
    assert due(late) == ["overdue", "follow_up"]
    assert due(late, asked(late)) == []
    # All that follows counts from the day on which we really asked.
    assert due(date(2026, 4, 7), asked(late)) == []
    assert due(date(2026, 4, 8), asked(late)) == ["call"]
    assert due(date(2026, 4, 10), asked(late, called=True)) == []
    assert due(date(2026, 4, 13), asked(late, called=True)) == ["follow_up"]
    assert due(date(2026, 4, 17), asked(late, date(2026, 4, 13), called=True)) == []
    assert due(date(2026, 4, 20), asked(late, date(2026, 4, 13), called=True)) == ["decide"]


def test_a_missed_call_is_not_made_on_the_day_of_a_mail() -> None:
    assert due(date(2026, 3, 24), asked(date(2026, 3, 17))) == ["follow_up"]
    assert due(date(2026, 3, 26), asked(date(2026, 3, 17), date(2026, 3, 24))) == []


def test_after_a_decision_to_wait_one_more_mail_and_another_decision() -> None:
    two = (date(2026, 3, 17), date(2026, 3, 24))
    waits = asked(*two, called=True, wait_until=date(2026, 4, 10))
    assert due(date(2026, 4, 10), waits) == []
    assert due(date(2026, 4, 13), waits) == ["follow_up"]
    third = replace(waits, asked_on=(*two, date(2026, 4, 13)))
    assert due(date(2026, 4, 17), third) == []
    assert due(date(2026, 4, 20), third) == ["decide"]
    again = replace(third, wait_until=date(2026, 5, 1))
    days = [each for each in (date(2026, 5, 1) + timedelta(days=n) for n in range(30)) if due(each, again)]
    assert days[0] == date(2026, 5, 8)
    assert {step for each in days for step in due(each, again)} == {"decide"}  # three mails are the most


def test_what_comes_is_shown_with_its_days() -> None:
    said = [(each.step, each.day) for each in rules.coming(DATES, OBEC, at(date(2026, 3, 10)), WAITING)]
    assert said == [
        (Step.REMINDER, date(2026, 3, 12)),
        (Step.DUE, date(2026, 3, 16)),
        (Step.OVERDUE, date(2026, 3, 17)),
        (Step.FOLLOW_UP, date(2026, 3, 17)),
        (Step.CALL, date(2026, 3, 19)),
        (Step.DECIDE, date(2026, 3, 31)),
    ]
    late = [
        (each.step, each.day) for each in rules.coming(DATES, OBEC, at(date(2026, 3, 18)), asked(date(2026, 3, 17)))
    ]
    assert late[:2] == [(Step.CALL, date(2026, 3, 19)), (Step.FOLLOW_UP, date(2026, 3, 24))]


def test_back_is_the_inverse_of_stepping_forward() -> None:
    for number in range(60):
        day = OBEC.add(DAY0, number)
        assert OBEC.add(rules.back(OBEC, day, 3), 3) == day
