"""Two-person acts: asked for by one, decided by another; the database itself refuses anything else."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from broker.approvals import acts, decide
from broker.approvals.acts import TwoPersonAct
from broker.approvals.lifecycle import NEXT, State
from broker.approvals.models import Approval
from broker.terms import Actor
from tests.factories import enrol, event
from tests.integration.audit_support import acts as logged
from tests.integration.audit_support import tamper

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
OFFICER = Actor("s", uuid.UUID(int=1), role="officer")
APPROVER = Actor("s", uuid.UUID(int=2), role="approver")
OTHER = Actor("s", uuid.UUID(int=3), role="officer")
SUBJECT = uuid.UUID(int=42)


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(acts, "_acts", {})
    done: list[Approval] = []
    both = frozenset({"officer", "approver"})
    acts.register(TwoPersonAct("test.wait", "A test", both, both, timedelta(days=3)))
    acts.register(
        TwoPersonAct("test.run", "A test", both, both, timedelta(days=3), run=lambda a, by, at: done.append(a))
    )
    return "test.wait"


def ask(act: str = "test.wait", **more: object) -> Approval:
    enrol(OFFICER, APPROVER, OTHER)
    more.setdefault("subject", SUBJECT)
    return decide.request(act, requester=OFFICER, reason="A court asked", now=NOW, **more)


def test_one_asks_another_approves_and_each_step_is_one_event(committing: str, kind: str) -> None:
    made = ask()
    decide.approve(made.id, approver=APPROVER, now=NOW)
    decide.execute(Approval.objects.get(id=made.id), actor=OFFICER, now=NOW)
    assert Approval.objects.get(id=made.id).state == State.EXECUTED
    assert logged() == ["approval.requested", "approval.given", "approval.executed"]


def test_nobody_decides_alone_or_for_oneself(committing: str, kind: str) -> None:
    made = ask(beneficiary=OTHER.id)
    for actor in (OFFICER, OTHER, Actor("s", uuid.UUID(int=4), role="staff")):
        with pytest.raises(decide.NotAllowed):
            decide.approve(made.id, approver=actor, now=NOW)
    with pytest.raises(decide.NotAllowed):
        ask(beneficiary=OFFICER.id)
    with pytest.raises(decide.NotAllowed):
        decide.withdraw(made.id, requester=APPROVER, now=NOW)
    assert Approval.objects.get(id=made.id).state == State.REQUESTED


def test_a_decision_is_made_once_and_in_time(committing: str, kind: str) -> None:
    made = ask()
    decide.refuse(made.id, approver=APPROVER, now=NOW)
    with pytest.raises(decide.NotAllowed):
        decide.approve(made.id, approver=APPROVER, now=NOW)
    late = ask()
    with pytest.raises(decide.NotAllowed):
        decide.approve(late.id, approver=APPROVER, now=NOW + timedelta(days=3))
    assert decide.expire_due(NOW + timedelta(days=3)) == 1
    assert decide.expire_due(NOW + timedelta(days=3)) == 0
    assert Approval.objects.get(id=late.id).state == State.EXPIRED


def test_the_database_refuses_one_person_for_two(committing: str, kind: str) -> None:
    made = ask(beneficiary=OTHER.id)
    for approver in (OFFICER.id, OTHER.id):
        with pytest.raises(DatabaseError), transaction.atomic():
            Approval.objects.filter(id=made.id).update(
                approver=approver, state="approved", decided_at=NOW, audit_event_id=event().id
            )


@pytest.mark.parametrize(
    "change",
    [
        {"act": "other"}, {"subject": None}, {"params": {"more": 1}}, {"requester": APPROVER.id},
        {"expires_at": NOW + timedelta(days=300)}, {"state": "executed", "executed_at": NOW},
        {"about": uuid.UUID(int=9)}, {"beneficiary": OTHER.id},
    ],
)  # fmt: skip
def test_the_database_refuses_to_edit_what_was_asked(committing: str, kind: str, change: dict[str, object]) -> None:
    made = ask()
    with pytest.raises(DatabaseError), transaction.atomic():
        Approval.objects.filter(id=made.id).update(**change, audit_event_id=event().id)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM approvals_approval")
    copy = Approval.objects.get(id=made.id)
    copy.id, copy.state, copy.approver, copy.decided_at = uuid.uuid4(), "approved", APPROVER.id, NOW
    copy.audit_event_id = event().id
    with pytest.raises(DatabaseError), transaction.atomic():
        copy.save(force_insert=True)


def test_an_ended_act_stays_ended_in_the_database(committing: str, kind: str) -> None:
    for before in (state for state, after in NEXT.items() if not after and state != State.EXECUTED):
        made = ask()
        match before:
            case State.REFUSED:
                decide.refuse(made.id, approver=APPROVER, now=NOW)
            case State.WITHDRAWN:
                decide.withdraw(made.id, requester=OFFICER, now=NOW)
            case _:
                decide.expire_due(NOW + timedelta(days=9))
        for after in State:
            with pytest.raises(DatabaseError), transaction.atomic():
                Approval.objects.filter(id=made.id).update(
                    state=after, approver=APPROVER.id, decided_at=NOW, executed_at=NOW, audit_event_id=event().id
                )


def test_a_kind_that_runs_is_run_in_the_approving_transaction(committing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acts, "_acts", {})

    def fail(approval: Approval, actor: Actor, now: datetime) -> None:
        raise RuntimeError("cannot be done")

    both = frozenset({"officer", "approver"})
    acts.register(TwoPersonAct("test.run", "A test", both, both, timedelta(days=3), run=fail))
    made = ask("test.run")
    with pytest.raises(RuntimeError):
        decide.approve(made.id, approver=APPROVER, now=NOW)
    assert Approval.objects.get(id=made.id).state == State.REQUESTED
    assert logged() == ["approval.requested"]


def test_raw_sql_cannot_change_an_act_without_its_event(postgresql_db: str, kind: str) -> None:
    made = ask()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE approvals_approval SET state = 'withdrawn' WHERE id = %s", [made.id])


def test_two_kinds_cannot_share_a_name(kind: str) -> None:
    with pytest.raises(ValueError, match="registered"):
        acts.register(TwoPersonAct(kind, "Another", frozenset(), frozenset(), timedelta(days=1)))


def test_triggers_are_what_stops_it(sqlite_db: str, kind: str) -> None:
    """Whoever drops them can edit: the log, not the table, is the proof."""
    made = ask()
    tamper("UPDATE approvals_approval SET act = 'other'")
    assert Approval.objects.get(id=made.id).act == "other"
