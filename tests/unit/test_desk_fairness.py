"""In which order requests go to a desk, and on which day: recipients take turns, and nobody waits for ever."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from broker.utilities.calendar import Calendar
from requests_app.desk.fairness import Waiting, day_for, order, pause_until, wakes_at

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
CALENDAR = Calendar(ZoneInfo("America/Chicago"), time(16, 30), frozenset({date(2026, 3, 4)}))
A, B, C = (uuid5(UUID(int=0), each) for each in "ABC")


def waiting(text: str) -> list[Waiting]:
    """One request for each letter, a minute apart: “AAB” is two of A, then one of B."""
    names = {"A": A, "B": B, "C": C}
    return [
        Waiting(UUID(int=number), names[each], START + timedelta(minutes=number))
        for number, each in enumerate(text.split())
    ]


def places(found: list[UUID]) -> list[int]:
    return [each.int for each in found]


def test_recipients_take_turns_each_with_its_oldest_first() -> None:
    assert places(order(waiting("A A A B C B"), {})) == [0, 3, 4, 1, 5, 2]


def test_whoever_was_served_last_comes_last() -> None:
    served = {A: START, B: START - timedelta(days=1)}
    assert places(order(waiting("A A B C"), served)) == [3, 2, 0, 1]


def test_the_day_is_a_business_day_of_the_desk() -> None:
    monday = date(2026, 3, 2)
    days = [day_for(place, 2, 2, monday, CALENDAR) for place in range(7)]
    assert days == [monday] * 2 + [date(2026, 3, 3)] * 2 + [date(2026, 3, 5)] * 2 + [date(2026, 3, 6)]  # 4th is closed
    assert day_for(0, 0, 5, monday, CALENDAR) == date(2026, 3, 3)


def test_what_waited_goes_out_before_the_office_opens() -> None:
    assert wakes_at(date(2026, 3, 3), CALENDAR) == datetime(2026, 3, 3, 13, tzinfo=UTC)
    assert pause_until(date(2026, 3, 3), CALENDAR, START) == timedelta(hours=22)
    assert pause_until(date(2026, 3, 2), CALENDAR, START) == timedelta(minutes=1)


ROWS = st.lists(st.tuples(st.sampled_from([A, B, C]), st.integers(0, 99)), max_size=30)


@given(ROWS, st.dictionaries(st.sampled_from([A, B, C]), st.integers(0, 9)), st.integers(1, 5))
def test_nobody_is_forgotten_and_nobody_gets_two_turns_before_another_had_one(
    rows: list[tuple[UUID, int]], served: dict[UUID, int], per_day: int
) -> None:
    line = [
        Waiting(UUID(int=number), who, START + timedelta(minutes=minute)) for number, (who, minute) in enumerate(rows)
    ]
    last = {who: START - timedelta(days=days) for who, days in served.items()}
    found = order(line, last)
    assert sorted(found) == sorted(each.id for each in line)
    who = {each.id: each.recipient for each in line}
    left = {each: sum(one.recipient == each for one in line) for each in (A, B, C)}
    had = dict.fromkeys(left, 0)
    for each in found:
        had[who[each]] += 1
        assert all(had[other] >= had[who[each]] - 1 or had[other] == left[other] for other in had)
    days = [day_for(place, per_day, per_day, date(2026, 3, 2), CALENDAR) for place in range(len(found))]
    assert days == sorted(days)
    assert all(days.count(day) <= per_day for day in days)
