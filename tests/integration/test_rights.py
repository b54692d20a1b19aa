"""Reviews of rights: who looks at what, what is kept, taken away or missed, and who hears of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.audit import log
from broker.console.due import everything
from broker.console.rights import beginning, counting, deciding, working
from broker.console.rights.models import Item, Review
from broker.duties import bars
from broker.duties.models import Bar
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Role, User
from broker.parties.signin import leaving
from requests_app.desk_work.models import DeskMailbox
from tests.clock import travel
from tests.duties_world import actor, person, suspended
from tests.factories import event
from tests.recipients_world import analyst, browser_of
from tests.requests_world import World, events, run_job, world

AT = "/console/rights/"
PASSWORD = "a long rehearsal password"
State = Item.State


class Team:
    """A recipient with a key and an analyst, and five people of our own who can sign in."""

    def __init__(self) -> None:
        self.w: World = world()
        self.ana = analyst(self.w.organisation)
        self.sam, self.opa = self.one("Sam", Role.STAFF), self.one("Opa", Role.OPERATOR)
        self.olga, self.otto = self.one("Olga", Role.OFFICER), self.one("Otto", Role.OFFICER)
        self.ada = self.one("Ada", Role.APPROVER)

    @staticmethod
    def one(name: str, role: Role) -> User:
        made = person(name, role)
        made.set_password(PASSWORD)  # in a rehearsal as good as a passkey
        made.save()
        return made

    def begin(self) -> Review:
        found = beginning.begin(actor=actor(self.olga), now=timezone.now())
        assert found is not None
        return found

    def item(self, whom: Any) -> Item:
        of = {"person": whom} if isinstance(whom, User) else {"application": whom}
        return Item.objects.filter(**of).latest("review__number")

    def keep(self, *whom: Any, by: User | None = None) -> None:
        for each in whom:
            reviewer = by or (self.otto if each == self.olga else self.olga)
            assert deciding.keep(self.item(each).id, reviewer, "Needed.", now=timezone.now()) == ""

    def close(self, review: Review) -> None:
        with travel(review.ends_at + timedelta(seconds=1)):
            assert run_job(beginning.CLOSE, review.id, now=timezone.now()) == "done"
        review.refresh_from_db()
        assert review.closed_at is not None


@pytest.fixture
def team(committing: str) -> Team:
    return Team()


def test_each_role_and_key_is_put_before_somebody_else_and_the_result_is_an_event(team: Team) -> None:
    gone, key = person("Gone", Role.STAFF), team.w.application
    User.objects.filter(id=gone.id).update(is_active=False)
    review = team.begin()
    assert {each.role for each in review.items.all() if each.person} == {each.value for each in Role}
    assert not review.items.filter(person=gone).exists()
    everybody = (team.ana, team.sam, team.opa, team.olga, team.otto, team.ada)
    hers = browser_of(team.olga)
    page = hers.get(AT).content.decode()
    assert f"0 of {len(everybody) + review.items.exclude(application=None).count()}" in page
    for each in (*everybody, key):
        at = f"{AT}{team.item(each).id}/"
        if each == team.olga:
            assert "Keep it?" not in hers.get(at).content.decode()
            own = hers.post(f"{at}decide/", {"verdict": "keep", "why": "I am needed."}, follow=True)
            assert "It is your own" in own.content.decode()
            browser_of(team.otto).post(f"{at}decide/", {"verdict": "keep", "why": "Needed."})
        else:
            assert hers.post(f"{at}decide/", {"verdict": "keep", "why": ""}).status_code == 422  # never used yet
            assert hers.post(f"{at}decide/", {"verdict": "keep", "why": "Needed."}).status_code == 302
        assert team.item(each).state == State.KEPT
        assert "over" in hers.post(f"{at}decide/", {"verdict": "take", "why": "No."}, follow=True).content.decode()
    for each in review.items.filter(state=State.WAITING):
        team.keep(each.application)
    team.close(review)
    assert not Bar.objects.exists()
    (closed,) = events("rights.closed")
    assert closed is not None
    assert beginning.counts(review)["kept"] == review.items.count()
    assert f"{review.items.count()} kept" in hers.get(AT).content.decode()
    assert len(events("rights.turned_away")) == 1 + len(everybody) * 2 + 1


def test_what_nobody_looked_at_is_suspended_and_its_holder_hears_of_it(team: Team) -> None:
    review, key = team.begin(), team.w.application
    team.keep(team.opa, team.olga, team.ada)
    code = team.w.get("consents").status_code
    team.close(review)
    missed = {team.sam, team.ana, team.otto, key}
    for each in missed:
        item = team.item(each)
        assert (item.state, item.bar and item.bar.because) == (State.SUSPENDED, "review"), each
    assert (code, team.w.get("consents").status_code) == (200, 403)
    assert browser_of(team.sam).get("/admin/").status_code == 403
    assert (
        "nobody reviewed its rights in time"
        in browser_of(team.olga).get("/duties/suspensions/").content.decode().lower()
    )
    for each in (key, team.ana):
        assert run_job(beginning.TELL, team.item(each).id, now=review.ends_at + timedelta(minutes=1)) == "done"
    told = Notice.objects.filter(template="rights_suspended")
    assert {each.subject for each in told} == {key.id, team.ana.id}
    assert counting.late(timezone.now()) == 0
    bar = team.item(team.sam).bar
    assert bar is not None
    assert bars.lift(bar, team.olga, "He is needed.", now=timezone.now()) == ""
    assert browser_of(team.sam).get("/admin/").status_code == 200


def test_the_last_two_who_decide_are_never_put_out_and_are_late_until_somebody_looks(team: Team) -> None:
    review = team.begin()
    team.close(review)
    states = {each: team.item(each).state for each in (team.olga, team.otto, team.ada)}
    assert sorted(states.values()) == ["spared", "spared", "suspended"]
    assert states[team.ada] == State.SPARED
    (officer,) = [each for each in (team.olga, team.otto) if states[each] == State.SPARED]
    assert team.item(team.opa).state == State.SUSPENDED
    assert counting.late(timezone.now()) == 2
    assert next((each.number, each.late) for each in everything(timezone.now()) if each.path == AT) == (2, 2)
    assert "2 rights go on although nobody looked" in browser_of(officer).get(AT).content.decode()
    team.keep(team.ada, by=officer)
    team.keep(officer, by=team.ada)
    assert counting.late(timezone.now()) == 0


def test_a_key_and_a_person_are_taken_away_at_once_and_of_who_decides_by_two(team: Team) -> None:
    review, key, now = team.begin(), team.w.application, timezone.now()
    for each in (key, team.sam, team.ana):
        assert deciding.take(team.item(each).id, team.ada, "", now=now) == "rights.why"
        assert deciding.take(team.item(each).id, team.ada, "Not needed.", now=now) == ""
    assert team.w.get("consents").status_code == 401
    assert not User.objects.filter(id__in=[team.sam.id, team.ana.id], is_active=True).exists()
    assert deciding.take(team.item(team.opa).id, team.ada, "Not needed.", now=now) == "rights.last"
    assert team.item(team.opa).state == State.WAITING
    assert deciding.take(team.item(team.otto).id, team.ada, "He left.", now=now) == ""
    otto = team.item(team.otto)
    assert User.objects.get(id=team.otto.id).is_active
    approval = Approval.objects.get(id=otto.approval)
    decide.approve(approval.id, approver=actor(team.olga), now=now)
    assert not User.objects.get(id=team.otto.id).is_active
    team.keep(team.opa, team.ada)
    assert deciding.keep(team.item(team.olga).id, team.ada, "Needed.", now=now) == ""
    for each in review.items.filter(state=State.WAITING):
        team.keep(each.application)
    team.close(review)
    assert not Bar.objects.exists()


def test_what_ended_meanwhile_is_gone_and_nothing_is_decided_after_the_end(team: Team) -> None:
    review = team.begin()
    leaving.disable(team.sam, by=team.olga, reason="He left.", now=timezone.now())
    suspended(team.w.application, team.olga)
    with travel(review.ends_at):
        assert deciding.keep(team.item(team.ana).id, team.olga, "Late.", now=timezone.now()) == "rights.over"
    team.close(review)
    assert (team.item(team.sam).state, team.item(team.w.application).state) == (State.GONE, State.GONE)
    assert deciding.keep(team.item(team.ana).id, team.olga, "Late.", now=timezone.now()) == "rights.over"


def test_nobody_of_the_house_looks_at_its_key_or_people_nor_by_a_second_account(team: Team) -> None:
    theirs = person("Petra", Role.OFFICER, team.w.organisation)
    again, olga_too = person("petra ", Role.APPROVER, username="p2"), person("OLGA", Role.APPROVER, username="o2")
    team.begin()
    now = timezone.now()
    for whom in (team.w.application, team.ana, theirs):
        for each in (theirs, again):
            for act in (deciding.keep, deciding.take):
                assert act(team.item(whom).id, each, "Ours.", now=now) == "rights.own", whom
    assert deciding.keep(team.item(team.olga).id, olga_too, "Mine.", now=now) == "rights.own"
    assert deciding.keep(team.item(team.ana).id, team.sam, "Nice.", now=now) == "rights.role"


def at_ten(day: datetime) -> datetime:
    """Ten in the morning at the co-op, in winter."""
    return day.replace(hour=16, minute=0, second=0, microsecond=0)


def test_it_begins_by_itself_and_reminds_whoever_has_amailbox(
    team: Team, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    settings.ACCESS_REVIEW_EVERY_DAYS, settings.ACCESS_REVIEW_BUSINESS_DAYS = 30, 3
    for each in (team.ada, team.sam):
        mailbox(each)
    monday = at_ten(timezone.now() + timedelta(days=40))
    monday += timedelta(days=(7 - monday.weekday()) % 7)
    seen: dict[int, list[str]] = {}
    for day in range(7):
        with travel(monday + timedelta(days=day)):
            before = set(Notice.objects.values_list("id", flat=True))
            for _again in range(2):
                working.daily(Job(id=working.DAILY, kind=working.KIND, subject_id=working.DAILY))
            made = Notice.objects.exclude(id__in=before)
            seen[day] = sorted(each.template for each in made)
    review = Review.objects.get()
    assert review.begun_by == beginning.CLOCK.id
    assert seen[0] == ["rights_to_review"]
    assert seen[1].count("rights_to_review") == 1
    warned = Notice.objects.filter(template="rights_waiting")
    whose = {team.ada.id, team.sam.id, team.ana.id, team.w.application.id}  # two mailboxes, and twice the recipient's
    assert {each.subject for each in warned} == whose
    assert seen[1].count("rights_waiting") == len(whose)
    assert seen[5] == seen[6] == []


def mailbox(user: User) -> None:
    from broker import vault

    row = DeskMailbox(person=user, code_expires_at=timezone.now(), confirmed_at=timezone.now())
    place = vault.Place("desk_work_deskmailbox", "email", row.id)
    with transaction.atomic():
        row.audit_event_id = event("code.accepted").id
        row.email = vault.seal(f"{user.username}@member.example", subject=user.id, place=place)
        row.save(force_insert=True)


def test_a_review_is_begun_by_hand_once(team: Team) -> None:
    hers = browser_of(team.olga)
    hers.post(f"{AT}begin/")
    assert "open already" in hers.post(f"{AT}begin/", follow=True).content.decode()
    assert Review.objects.count() == 1
    assert not working.beginning.begin_if_due(timezone.now())
