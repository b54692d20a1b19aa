"""Which rules of two people a team can meet: for every team of up to three, against a search by brute force."""

from itertools import combinations_with_replacement, permutations
from pathlib import Path

import pytest

from broker.approvals import acts
from broker.duties import team

TEAMS = [each for size in (1, 2, 3, 4) for each in combinations_with_replacement(team.ORDER, size)]


@pytest.mark.parametrize("people", TEAMS, ids=lambda each: "+".join(each))
def test_an_act_is_met_if_two_different_people_can_do_it(people: tuple[str, ...]) -> None:
    said = {each.name for each in team.unmet(acts.registered(), [{role} for role in people])}
    for act in acts.registered():
        pairs = permutations(range(len(people)), 2)
        can = any(people[a] in act.requesters and people[b] in act.approvers for a, b in pairs)
        assert (act.name not in said) == can, act.name


def test_a_team_of_one_each_meets_every_rule_but_those_of_paper() -> None:
    whole = [{role} for role in team.ORDER]
    assert not team.unmet(acts.registered(), whole)
    found = team.unmet(acts.registered(), [{"officer"}, {"approver"}])
    assert {each.name for each in found} == {"fee.her_yes", "paper.consent", "people.invite", "people.link"}
    paper = next(each for each in found if each.name == "paper.consent")
    assert (paper.lacks, paper.ours_alone) == ((), False)  # two more are needed: one of them decides
    assert all(each.ours_alone for each in found if each.name.startswith("people."))


def test_one_person_with_two_accounts_is_one_person() -> None:
    """However many roles somebody has: nobody agrees with oneself."""
    every = {each.name for each in acts.registered()}
    assert {each.name for each in team.unmet(acts.registered(), [{*team.ORDER}])} == every
    assert not team.unmet(acts.registered(), [{*team.ORDER}, {*team.ORDER}])


def test_what_nobody_stands_in_for_is_known() -> None:
    assert {each.name for each in acts.registered()} >= team.OURS_ALONE


def test_of_two_people_with_one_role_each_what_they_cannot_do_waits_or_takes_two() -> None:
    """An officer and any other one: each act is done, waits a day, or is one that the page says never waits."""
    page = Path("docs/separation-of-duties.md").read_text("utf-8")
    rows = [each for each in page.splitlines() if each.startswith(("| yes, ", "| never: "))]
    waits, ours, outside, others = ({name.strip("` ") for name in each.split("|")[2].split(",")} for each in rows)
    assert (waits, ours, outside) == (team.MAY_WAIT, team.OURS_ALONE, team.FROM_OUTSIDE)
    assert waits | ours | outside | others == {each.name for each in acts.registered()}
    for other in team.ORDER:
        for each in team.unmet(acts.registered(), [{"officer"}, {other}]):
            assert each.may_wait == (each.name in waits)
            assert each.from_outside == (each.name in outside)
            assert each.may_wait or each.from_outside or each.name in ours | others
