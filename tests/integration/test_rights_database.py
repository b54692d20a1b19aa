"""What a review of rights cannot say in the database, whoever writes there; and two who decide at one moment."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from broker.approvals import decide
from broker.approvals.models import Approval
from broker.console.rights import beginning, deciding
from broker.console.rights.models import Item, Review
from broker.db import evidence_bars, evidence_duties, evidence_rights
from broker.duties import bars, people
from broker.duties.models import Bar
from broker.parties.models import Role, User
from broker.parties.signin import leaving
from tests.duties_world import SYSTEM, actor, person, suspended
from tests.factories import event
from tests.integration.test_rights import State, Team
from tests.rows import row as row_of


@pytest.fixture
def team(committing: str) -> Team:
    return Team()


def write(item: Item, **change: Any) -> None:
    with transaction.atomic():
        Item.objects.filter(id=item.id).update(**change, audit_event_id=event("rights.kept").id)


def refused(item: Item, match: str = evidence_rights.TEXT, **change: Any) -> None:
    with pytest.raises(DatabaseError, match=match):
        write(item, **change)


def said(by: User, state: str = "kept") -> dict[str, Any]:
    return {"state": state, "reviewer": by.id, "decided_at": timezone.now()}


def ask_for(whom: User, by: User) -> Approval:
    found = leaving.disable(whom, by=by, reason="Left.", now=timezone.now())
    assert isinstance(found, Approval)
    return found


def test_only_an_officer_or_approver_says_it_and_never_its_holder(team: Team) -> None:
    team.begin()
    item = team.item(team.sam)
    refused(item, **said(team.opa))
    refused(item, evidence_duties.TEXT, **said(person("SAM", Role.OFFICER, username="s2")))
    User.objects.filter(id=team.otto.id).update(is_active=False)
    refused(item, **said(team.otto))
    write(item, **said(team.ada))


def test_no_column_of_a_right_or_a_review_changes_with_a_verdict(team: Team) -> None:
    review = team.begin()
    item, now = team.item(team.sam), timezone.now()
    other = {"id": uuid.uuid4(), "review_id": uuid.uuid4(), "person_id": team.ana.id, "role": "officer"}
    for column, value in {**other, "application_id": team.w.application.id, "last_used": now.date()}.items():
        refused(item, **said(team.ada), **{column: value})
    assert set(other) | {"application_id", "last_used"} == set(evidence_rights.ITEM_FIXED)
    write(item, **said(team.ada))
    for state in ("taken", "waiting", "gone", "refused"):
        refused(item, **{**said(team.ada), "state": state})
    team.keep(*(each.person or each.application for each in review.items.filter(state="waiting")))
    change = {"id": uuid.uuid4(), "number": 9, "begun_at": now, "begun_by": uuid.uuid4(), "due": now.date()}
    change["ends_at"] = review.ends_at - timedelta(days=1)
    assert set(change) == set(evidence_rights.REVIEW_FIXED)

    def close(**more: Any) -> None:
        with transaction.atomic():
            Review.objects.update(**more, audit_event_id=event("rights.closed").id)

    for column, value in change.items():
        with pytest.raises(DatabaseError, match=evidence_rights.TEXT):
            close(closed_at=review.ends_at, **{column: value})
    close(closed_at=review.ends_at)
    with pytest.raises(DatabaseError, match=evidence_rights.TEXT):
        close(closed_at=None)
    for table in ("rights_item", "rights_review"):
        with pytest.raises(DatabaseError, match="evidence"), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")


def test_one_review_is_open_at_a_time_and_its_rights_begin_undecided(team: Team) -> None:
    review, now = team.begin(), timezone.now()

    def second() -> Review:
        with transaction.atomic():
            made: Review = row_of(Review, number=2, begun_at=now, ends_at=now + timedelta(days=1))
            return made

    with pytest.raises(DatabaseError, match=evidence_rights.TEXT):
        second()
    odo = person("Odo", Role.STAFF)
    with pytest.raises(DatabaseError, match=evidence_rights.TEXT), transaction.atomic():
        row_of(Item, review=review, person=odo, role="staff", **said(team.ada))
    team.close(review)
    with pytest.raises(DatabaseError, match=evidence_rights.TEXT), transaction.atomic():
        row_of(Item, review=review, person=odo, role="staff")
    assert second().closed_at is None


def test_gone_is_only_what_ended_or_is_suspended(team: Team) -> None:
    team.begin()
    gone, key = {"state": "gone", "decided_at": timezone.now()}, team.w.application
    for each in (team.sam, team.ana, key):
        refused(team.item(each), **gone)
    bar = suspended(team.sam, team.olga)
    assert bars.lift(bar, team.olga, "Needed.", now=timezone.now()) == ""
    refused(team.item(team.sam), **gone)
    suspended(team.sam, team.olga)
    write(team.item(team.sam), **gone)
    leaving.disable(team.ana, by=team.olga, reason="Left.", now=timezone.now())
    write(team.item(team.ana), **gone)
    write(team.item(key), state="gone", decided_at=key.expires_at)


def test_missed_is_only_what_a_review_suspends_or_leaves_after_its_end(team: Team) -> None:
    review = team.begin()
    late, early = review.ends_at, review.ends_at - timedelta(seconds=1)
    of_officer = suspended(team.opa, team.olga)
    of_other, of_review = (
        bars.suspend(whom, Bar.Because.REVIEW, actor=SYSTEM, why="Nobody looked.", now=timezone.now())
        for whom in (team.ana, team.sam)
    )
    assert of_other is not None
    assert of_review is not None
    refused(team.item(team.opa), state="suspended", decided_at=late, bar=of_officer)
    refused(team.item(team.sam), state="suspended", decided_at=late, bar=of_other)
    refused(team.item(team.sam), state="suspended", decided_at=early, bar=of_review)
    refused(team.item(team.olga), state="spared", decided_at=early)
    refused(team.item(team.olga), state="spared")
    assert bars.lift(of_other, team.olga, "Needed.", now=timezone.now()) == ""
    refused(team.item(team.ana), state="suspended", decided_at=late, bar=of_other)
    write(team.item(team.sam), state="suspended", decided_at=late, bar=of_review)
    write(team.item(team.olga), state="spared", decided_at=late)


def test_taken_away_is_only_what_ended_or_what_the_reviewer_asked_for(team: Team) -> None:
    review = team.begin()
    otto, key = team.item(team.otto), team.item(team.w.application)
    taken = said(team.ada, "taken")
    for each in (key, team.item(team.sam), otto):
        refused(each, **taken)
    of_olga, of_otto = ask_for(team.olga, team.ada), ask_for(team.otto, team.ada)
    refused(otto, **taken, approval=of_olga.id)
    refused(otto, **taken, approval=uuid.uuid4())
    refused(key, **taken, approval=of_otto.id)
    refused(otto, **said(team.olga, "taken"), approval=of_otto.id)
    refused(otto, **said(team.olga), approval=of_otto.id)
    write(otto, **taken, approval=of_otto.id)
    refused(otto, **said(team.olga))  # the ask stands
    refused(otto, **said(team.ada, "refused"))
    team.keep(*(each.person or each.application for each in review.items.filter(state="waiting")))
    with pytest.raises(DatabaseError, match=evidence_rights.TEXT), transaction.atomic():
        Review.objects.update(closed_at=review.ends_at, audit_event_id=event("rights.closed").id)
    decide.withdraw(of_otto.id, requester=actor(team.ada), now=timezone.now())
    bar = bars.suspend(team.otto, Bar.Because.REVIEW, actor=SYSTEM, why="Nobody looked.", now=timezone.now())
    refused(otto, state="suspended", decided_at=review.ends_at, bar=bar)
    refused(otto, **said(team.olga, "refused"))
    write(otto, **said(team.olga), approval=None)


def test_the_database_leaves_two_deciders_and_one_of_each_role(team: Team) -> None:
    def out(whom: User) -> None:
        bars.suspend(whom, Bar.Because.REVIEW, actor=SYSTEM, why="Nobody looked.", now=timezone.now())

    with pytest.raises(DatabaseError, match=evidence_bars.TOO_FEW):
        out(team.ada)
    out(team.otto)
    with pytest.raises(DatabaseError, match=evidence_bars.TOO_FEW):
        out(team.olga)
    assert Bar.objects.get().person == team.otto


def test_whoever_works_for_a_suspended_recipient_is_not_left_to_decide(team: Team) -> None:
    petra = person("Petra", Role.APPROVER, team.w.organisation)
    petra.set_password("a long rehearsal password")
    petra.save()
    assert petra in people.deciders()
    suspended(team.w.organisation, team.olga)
    assert bars.is_suspended(petra)
    assert petra.id in bars.suspended_people()
    assert petra not in people.deciders()
    with pytest.raises(DatabaseError, match=evidence_bars.TOO_FEW):
        bars.suspend(team.ada, Bar.Because.REVIEW, actor=SYSTEM, why="Nobody looked.", now=timezone.now())
    assert leaving.disable(team.ada, by=team.olga, reason="Left.", now=timezone.now()) is not None
    review = team.begin()
    team.close(review)
    assert team.item(team.ada).state == State.SPARED


def at_once(*acts: Callable[[], object]) -> list[object]:
    gate, found = threading.Barrier(len(acts)), dict[int, object]()

    def run(number: int, act: Callable[[], object]) -> None:
        gate.wait()
        try:
            found[number] = act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return [found[number] for number in range(len(acts))]


def test_of_two_who_decide_at_one_moment_one_is_too_late(team: Team) -> None:
    team.begin()
    item, key, now = team.item(team.sam), team.item(team.w.application), timezone.now()
    for each, whom in ((item, team.sam), (key, team.w.application)):
        answers = at_once(
            partial(deciding.keep, each.id, team.olga, "Needed.", now=now),
            partial(deciding.take, each.id, team.ada, "Not needed.", now=now),
        )
        assert sorted(map(str, answers)) == ["", "rights.over"]
        kept = answers[0] == ""
        assert team.item(whom).state == (State.KEPT if kept else State.TAKEN)
        whom.refresh_from_db()
        stands = whom.is_active if isinstance(whom, User) else whom.revoked_at is None
        assert stands is kept


def test_a_verdict_at_the_end_is_in_time_or_too_late_and_never_both(team: Team) -> None:
    review = team.begin()
    team.keep(team.opa, team.olga, team.ada, team.otto, team.ana)
    item, last = team.item(team.sam), review.ends_at - timedelta(seconds=1)
    said_so, _closed = at_once(
        lambda: deciding.keep(item.id, team.olga, "Needed.", now=last),
        lambda: beginning.close(review.id, now=review.ends_at),
    )
    is_out = Bar.objects.filter(person=team.sam).exists()
    assert (said_so, team.item(team.sam).state, is_out) in {
        ("", State.KEPT.value, False),
        ("rights.over", State.SUSPENDED.value, True),
    }
