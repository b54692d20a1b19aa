"""Who goes on though nobody looked, for every small team and every set of the missed; and when a review is due."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations
from uuid import UUID

import pytest

from broker.console.rights import rules
from broker.console.rights.rules import Decider

KINDS = [("officer", "Olga"), ("officer", "Otto"), ("approver", "Ada"), ("approver", "olga "), ("approver", "Abel")]
TEAMS = [each for size in range(6) for each in combinations(KINDS, size)]
TODAY = date(2026, 3, 2)


def subsets(team: list[Decider]) -> list[tuple[Decider, ...]]:
    return list(chain.from_iterable(combinations(team, size) for size in range(len(team) + 1)))


@pytest.mark.parametrize("kinds", TEAMS, ids=lambda each: "+".join(f"{name.strip()}-{role}" for role, name in each))
def test_two_people_and_each_of_their_roles_are_left_whatever_was_missed(kinds: tuple[tuple[str, str], ...]) -> None:
    team = [Decider(UUID(int=number), name, role, None) for number, (role, name) in enumerate(kinds)]
    for missed in subsets(team):
        stay = rules.spared(missed, team)
        assert stay <= {each.id for each in missed}
        gone = {each.id for each in missed} - stay
        left = [each for each in team if each.id not in gone]
        if gone:
            assert len({each.name.strip().lower() for each in left}) >= 2
            assert {each.role for each in left} == {each.role for each in team}
        for each in (each for each in missed if each.id in stay):  # nobody is spared without need
            rest = [other for other in left if other.id != each.id]
            names, roles = {other.name.strip().lower() for other in rest}, {other.role for other in rest}
            assert len(names) < 2 or roles != {other.role for other in team}


def test_whoever_used_it_least_goes_first() -> None:
    never = Decider(UUID(int=1), "Olga", "officer", None)
    long_ago = Decider(UUID(int=2), "Otto", "officer", date(2025, 1, 1))
    now = Decider(UUID(int=3), "Odo", "officer", TODAY)
    ada = Decider(UUID(int=4), "Ada", "approver", TODAY)
    team = [now, long_ago, never, ada]
    assert rules.spared(team, team) == {now.id, ada.id}


def test_one_who_cannot_sign_in_stays_where_that_role_would_have_nobody() -> None:
    """The database counts everybody who is enabled; what the rule lets go it lets go, too."""
    able = [Decider(UUID(int=1), "Olga", "officer"), Decider(UUID(int=2), "Otto", "officer")]
    ada = Decider(UUID(int=3), "Ada", "approver")
    assert rules.spared([ada], able) == {ada.id}
    assert rules.spared([ada], [*able, Decider(UUID(int=4), "Abel", "approver")]) == set()


def test_when_a_review_is_due_and_what_needs_a_reason() -> None:
    began = datetime(2026, 1, 1, 15, tzinfo=UTC)
    assert not rules.is_due(began, 90, began + timedelta(days=90, microseconds=-1))
    assert rules.is_due(began, 90, began + timedelta(days=90))
    assert rules.needs_reason(None, TODAY)
    assert rules.needs_reason(TODAY - timedelta(days=60), TODAY)
    assert not rules.needs_reason(TODAY - timedelta(days=59), TODAY)


def test_an_ask_counts_as_missed_where_it_stood_at_the_warning() -> None:
    assert [left for left in range(-1, 5) if rules.was_warned(left)] == [3, 4]


def test_reviewers_hear_on_the_first_day_and_before_the_end() -> None:
    told = [left for left in range(10, -1, -1) if rules.is_told(left, began_today=left == 10)]
    assert told == [10, 5, 2, 1, 0]
