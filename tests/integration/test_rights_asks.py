"""Of who decides two people take a right away: what becomes of it where the second one says no, nothing, or late."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.due import everything
from broker.console.rights import beginning, counting, deciding, working
from broker.console.rights.models import Item
from broker.duties.models import Bar
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.signin import leaving
from tests.clock import travel
from tests.duties_world import actor
from tests.integration.test_rights import AT, State, Team, at_ten, mailbox
from tests.recipients_world import browser_of


@pytest.fixture
def team(committing: str, settings: Any) -> Team:
    settings.ACCESS_REVIEW_BUSINESS_DAYS = 3  # so that an ask of the first day stands at the end
    return Team()


def take(team: Team, whom: User, by: User, *, now: datetime | None = None) -> Approval:
    assert deciding.take(team.item(whom).id, by, "Left.", now=now or timezone.now()) == ""
    return Approval.objects.get(id=team.item(whom).approval)


def taken_back(row: Approval, by: User) -> None:
    decide.withdraw(row.id, requester=actor(by), now=timezone.now())


def test_nobody_puts_the_others_out_by_asking_and_taking_it_back(team: Team) -> None:
    review = team.begin()
    team.keep(team.sam, team.opa, team.ana, team.w.application)
    assert deciding.keep(team.item(team.ada).id, team.otto, "Needed.", now=timezone.now()) == ""
    for each in (team.olga, team.otto):
        taken_back(take(team, each, team.ada), team.ada)
    team.close(review)
    assert not Bar.objects.exists()
    assert {team.item(each).state for each in (team.olga, team.otto)} == {State.SPARED}
    assert counting.late(timezone.now()) == 2
    team.keep(team.olga, team.otto)
    assert counting.late(timezone.now()) == 0


def test_what_was_taken_back_is_decided_again_by_anybody_but_its_holder(team: Team) -> None:
    team.begin()
    ask, now = take(team, team.otto, team.ada), timezone.now()
    for act in (deciding.keep, deciding.take):
        assert act(team.item(team.otto).id, team.olga, "Again.", now=now) == "rights.over"
    hers, page = browser_of(team.olga), f"{AT}{team.item(team.otto).id}/"
    assert "a second one is asked" in hers.get(page).content.decode()
    taken_back(ask, team.ada)
    shown = hers.get(page).content.decode()
    assert "the ask came to nothing" in shown
    assert "Keep it?" in shown
    assert deciding.keep(team.item(team.otto).id, team.otto, "Mine.", now=now) == "rights.own"
    again = take(team, team.otto, team.olga)
    assert again.id != ask.id
    taken_back(again, team.olga)
    team.keep(team.otto)
    item = team.item(team.otto)
    assert (item.state, item.approval, item.reviewer) == (State.KEPT, None, team.olga.id)


def test_what_the_second_person_leaves_unanswered_counts_as_missed(team: Team) -> None:
    review = team.begin()
    team.keep(team.sam, team.opa, team.ana, team.olga, team.ada)
    take(team, team.otto, team.ada)
    with pytest.raises(decide.NotAllowed):  # asked already, on the people's page
        leaving.disable(team.otto, by=team.olga, reason="He left.", now=timezone.now())
    team.close(review)
    assert team.item(team.otto).state == State.SUSPENDED
    second = team.begin()
    assert second.number == 2
    assert not second.items.filter(person=team.otto).exists()  # who is suspended is out already


def test_an_ask_after_the_warning_or_one_that_ran_out_suspends_nobody(team: Team, settings: Any) -> None:
    review = team.begin()
    team.keep(team.sam, team.opa, team.ana, team.otto)
    with travel(review.ends_at - timedelta(hours=1)):
        team.keep(team.ada)
        take(team, team.olga, team.ada)
    team.close(review)
    assert team.item(team.olga).state == State.SPARED
    team.keep(team.olga, by=team.otto)
    settings.ACCESS_REVIEW_BUSINESS_DAYS = 10
    second = team.begin()
    team.keep(team.sam, team.opa, team.ana, team.olga, team.ada)
    ask = take(team, team.otto, team.ada)
    with travel(ask.expires_at):
        assert decide.expire_due(timezone.now()) == 1
    team.close(second)
    assert team.item(team.otto).state == State.SPARED
    team.keep(team.otto)


def test_a_no_of_the_second_person_keeps_it_and_is_not_counted_as_taken_away(team: Team) -> None:
    review = team.begin()
    team.keep(team.sam, team.opa, team.ana, team.olga, team.ada)
    ask = take(team, team.otto, team.ada)
    decide.refuse(ask.id, approver=actor(team.olga), now=timezone.now())
    assert "said no to taking it away" in browser_of(team.olga).get(AT).content.decode()
    team.close(review)
    item = team.item(team.otto)
    assert (item.state, item.reviewer) == (State.REFUSED, team.ada.id)  # two looked at it, and one said no
    found = beginning.counts(review)
    assert (found["taken"], found["refused"]) == (0, 1)
    assert counting.late(timezone.now()) == 0


def test_of_a_late_one_too_an_ask_that_comes_to_nothing_leaves_it_late(team: Team) -> None:
    review = team.begin()
    team.close(review)
    late = next(each for each in (team.olga, team.otto) if team.item(each).state == State.SPARED)
    team.one("Odo", Role.OFFICER)  # so that `late` is not the last of that role
    ask = take(team, late, team.ada)
    assert counting.late(timezone.now()) == 2
    taken_back(ask, team.ada)
    assert counting.late(timezone.now()) == 2
    refused = take(team, late, team.ada)
    decide.refuse(refused.id, approver=actor(User.objects.get(full_name="Odo")), now=timezone.now())
    beginning.catch_up(timezone.now())
    assert team.item(late).state == State.REFUSED
    assert counting.late(timezone.now()) == 1


def test_a_late_one_who_left_is_gone(team: Team) -> None:
    review = team.begin()
    team.close(review)
    assert team.item(team.ada).state == State.SPARED
    User.objects.filter(id=team.ada.id).update(is_active=False)
    assert counting.late(timezone.now()) == 1
    beginning.catch_up(timezone.now())
    assert team.item(team.ada).state == State.GONE


def test_what_nobody_answers_is_counted_and_reminded_of(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    for each in (team.olga, team.otto):
        mailbox(each)
    monday = at_ten(timezone.now() + timedelta(days=40))
    monday += timedelta(days=(7 - monday.weekday()) % 7)
    with travel(monday):
        review = team.begin()
        team.keep(team.sam, team.opa, team.ana, team.olga, team.ada)
        for each in review.items.filter(person=None):
            team.keep(each.application)
        take(team, team.otto, team.ada)
        assert counting.waiting(timezone.now()) == (1, 0)
        assert next(each.number for each in everything(timezone.now()) if each.path == AT) == 1
        assert f"{review.items.count() - 1} of {review.items.count()}" in browser_of(team.ada).get(AT).content.decode()
    with travel(monday + timedelta(days=1)):
        working.daily(Job(id=working.DAILY, kind=working.KIND, subject_id=working.DAILY))
    told = Notice.objects.filter(template__startswith="rights_").values_list("template", "subject")
    assert set(told) == {("rights_to_review", team.olga.id), ("rights_waiting", team.otto.id)}


def test_a_review_whose_job_died_is_closed_by_the_daily_one(team: Team) -> None:
    review = team.begin()
    with travel(at_ten(review.ends_at + timedelta(days=1))):
        assert counting.late(timezone.now()) == review.items.count()
        working.daily(Job(id=working.DAILY, kind=working.KIND, subject_id=working.DAILY))
    review.refresh_from_db()
    assert review.closed_at is not None
    assert not Item.objects.filter(state=State.WAITING).exists()
    assert beginning.begin(actor=actor(team.olga), now=timezone.now()) is not None
