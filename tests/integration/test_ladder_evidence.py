"""What the database itself refuses about a ladder, and two workers that walk it at once; on both engines."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.db.models import QuerySet
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.channels.follow_up import FollowUp as Order
from broker.channels.follow_up import Open, follow_up
from broker.channels.manual_request import Item, Thread
from broker.db import evidence_ladder
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.terms import EventRef, Refusal
from broker.transport import Proof, ProvenAddress
from requests_app.ladder import asking, checks, climbing, deciding, looking, open_tasks
from requests_app.ladder.asking import FOLLOW_UP
from requests_app.ladder.models import FollowUp, LadderStep, LastDecision, PhoneTask, SendingCheck
from requests_app.ladder.words import AskState, CallState, Choice, Step
from requests_app.lifecycle import OWED, ManualState
from requests_app.models import ManualRequest, Message
from tests.clock import today, travel
from tests.integration.test_receive import dsn, take
from tests.ladder_world import NOW, at, fresh, on, person, work
from tests.request_lives import given_up
from tests.requests_world import ACTOR, World, coop, events, run_job, world


@pytest.fixture
def asked(committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A request that was asked about again, and for which a call is due."""
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    with coop(tmp_path, settings) as mailbox, travel(NOW):
        w = world()
        manual = w.manual(channel="manual_request")
        run_job("manual.send", manual.id)
        for day in (date(2026, 3, 17), date(2026, 3, 19)):
            with on(day) as now:
                work(now)
        yield w, fresh(manual), mailbox


def under(manual: ManualRequest, change: Callable[[EventRef], Any]) -> None:
    """Make a change in a transaction of its own, under an event of its own."""
    with transaction.atomic():
        ref = log.append("request.state", actor=ACTOR, subject=manual.request.customer_id, body={})
        change(ref)


def refused(manual: ManualRequest, change: Callable[[EventRef], Any]) -> None:
    with pytest.raises(DatabaseError):
        under(manual, change)


def row(manual: ManualRequest, number: int, **more: Any) -> Callable[[EventRef], FollowUp]:
    facts: dict[str, Any] = {"state": AskState.QUEUED, "message_id": f"<{uuid4()}@localhost>", **more}
    return lambda ref: FollowUp.objects.create(
        manual=manual, number=number, day=date(2026, 3, 24), created_at=timezone.now(), audit_event_id=ref.id, **facts
    )


def to(rows: QuerySet[Any], **changes: Any) -> Callable[[EventRef], int]:
    return lambda ref: rows.update(audit_event_id=ref.id, **changes)


def alone(manual: ManualRequest, approval: UUID) -> Callable[[EventRef], LastDecision]:
    facts: dict[str, Any] = {"number": 1, "choice": Choice.CLOSE, "approval": approval, "at": timezone.now()}
    return lambda ref: LastDecision.objects.create(manual=manual, audit_event_id=ref.id, **facts)


def test_the_database_knows_the_same_moves() -> None:
    ours = {old.value: {new.value for new in to} for old, to in asking.MOVES.items() if to}
    assert {old: set(to) for old, to in evidence_ladder.NEXT.items()} == ours
    assert set(evidence_ladder.OWED) == {each.value for each in OWED}
    assert evidence_ladder._ALONE.count(deciding.ACT.name) == 1


def test_a_follow_up_leaves_once_and_only_where_the_utility_owes_an_answer(asked: Any) -> None:
    w, manual, _ = asked
    ask = FollowUp.objects.get()
    rows = FollowUp.objects.filter(id=ask.id)
    assert ask.state == AskState.SENT
    for changes in (
        {"state": AskState.SENDING},
        {"state": AskState.QUEUED},
        {"message_id": "<other@localhost>"},
        {"number": 2},
        {"day": date(2026, 3, 18)},
    ):
        refused(manual, to(rows, **changes))
    refused(manual, lambda _ref: rows.delete())
    for wrong in (row(manual, 1), row(manual, 4), row(manual, 0), row(manual, 2, message_id=ask.message_id)):
        refused(manual, wrong)
    refused(manual, row(manual, 2, state=AskState.SENT, asked_at=timezone.now()))
    under(manual, row(manual, 2))
    second = FollowUp.objects.filter(number=2)
    # Her request ends: what is queued can never leave, whatever our own code did.
    given_up(manual)
    refused(
        manual,
        lambda ref: second.update(state=AskState.SENDING, asked_at=timezone.now(), audit_event_id=ref.id),
    )
    under(manual, lambda ref: second.update(state=AskState.CANCELLED, audit_event_id=ref.id))
    assert w.consent.id == manual.request.consent_id


def test_a_call_is_done_once_and_stays(asked: Any) -> None:
    _, manual, _ = asked
    task = PhoneTask.objects.filter(manual=manual)
    done: dict[str, Any] = {"state": CallState.DONE, "outcome": "will_send", "called_at": timezone.now()}
    refused(manual, lambda ref: task.update(state=CallState.DONE, audit_event_id=ref.id))  # without an outcome
    refused(manual, lambda ref: task.update(audit_event_id=ref.id, **{**done, "outcome": "perhaps"}))
    under(manual, lambda ref: task.update(audit_event_id=ref.id, **done))
    refused(manual, lambda ref: task.update(audit_event_id=ref.id, outcome="other"))
    refused(manual, lambda ref: task.update(audit_event_id=ref.id, state=CallState.VOID, outcome="", called_at=None))
    refused(manual, lambda _ref: task.delete())


def test_nobody_ends_an_unanswered_request_alone(asked: Any) -> None:
    _, manual, _ = asked
    for day in (date(2026, 3, 24), date(2026, 3, 31)):
        with on(day) as now:
            work(now)
    with on(date(2026, 3, 31), 11) as now:
        approval = deciding.ask(manual, Choice.CLOSE, reason="-", requester=person("staff"), now=now)
    assert not isinstance(approval, Refusal)
    for id_ in (uuid4(), approval.id):
        refused(manual, alone(manual, id_))
    later = at(date(2026, 3, 31), 12)
    again = deciding.ask(manual, Choice.WAIT, until=date(2026, 4, 10), reason="-", requester=person("staff"), now=later)
    assert again == Refusal("state.conflict")  # one ask at a time


def test_each_step_is_taken_once(asked: Any) -> None:
    _, manual, _ = asked
    step = LadderStep.objects.get(step=Step.OVERDUE)
    refused(
        manual,
        lambda ref: LadderStep.objects.create(
            manual=manual, since=step.since, step=step.step, number=1, at=timezone.now(), audit_event_id=ref.id
        ),
    )
    refused(manual, lambda ref: LadderStep.objects.filter(id=step.id).update(audit_event_id=ref.id))


def test_two_workers_at_once_ask_once(
    committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    with coop(tmp_path, settings) as mailbox, travel(NOW):
        manual = world().manual(channel="manual_request")
        run_job("manual.send", manual.id)
        with on(date(2026, 3, 17)) as now:
            both = threading.Barrier(2)

            def worker() -> None:
                try:
                    both.wait(30)
                    climbing.climb(manual, now)
                    both.wait(60)
                    for job in Job.objects.filter(kind__in=[FOLLOW_UP, climbing.TOLD]):
                        jobs.run(job.id, now=now)
                finally:
                    connections.close_all()

            with ThreadPoolExecutor(2) as two:
                for each in [two.submit(worker) for _ in range(2)]:
                    each.result()  # what failed in a worker is raised here
            assert len(mailbox.mails.numbers()) == 2
    assert FollowUp.objects.get().state == AskState.SENT
    assert LadderStep.objects.filter(step=Step.OVERDUE).count() == 1
    assert Notice.objects.filter(template="request_late").count() == 1
    assert len(events("sla.follow_up")) == len(events("sla.overdue")) == 1
    assert connection.vendor in ("sqlite", "postgresql")


def test_what_was_checked_is_kept_with_each_mail(asked: Any) -> None:
    _, manual, _ = asked
    kept = SendingCheck.objects.filter(manual=manual).order_by("at")
    assert [each.mail for each in kept] == ["request", "follow_up"]
    wanted = [{"code": code, "ok": True} for code in checks.TITLES]
    assert [each.results for each in kept] == [wanted, wanted]


def test_a_letter_that_the_checklist_speaks_against_stays_and_a_person_looks(
    sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with coop(tmp_path, settings) as mailbox:
        manual = world().manual(channel="manual_request")
        real = looking.checklist
        monkeypatch.setattr(
            looking,
            "checklist",
            lambda one, now: (
                [each for each in real(one, now) if each.code != "check.letter"]
                + [checks.Check("check.letter", "-", False)]
            ),
        )
        assert run_job("manual.send", manual.id) == "queued"
        assert len(mailbox.mails.numbers()) == 0
        monkeypatch.undo()
        assert fresh(manual).state == ManualState.QUEUED
        assert run_job("manual.send", manual.id, now=timezone.now() + timedelta(hours=5)) == "done"
        assert len(mailbox.mails.numbers()) == 1
    assert Notice.objects.filter(key__startswith="staff:checklist").count() == 1
    assert len(events("request.failed")) == 1


def test_a_consent_that_ends_before_the_answer_is_due_is_offered_for_renewal(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    with coop(tmp_path, settings) as mailbox:
        w = world(ends=today() + timedelta(days=9))
        manual = w.manual(channel="manual_request")
        run_job("manual.send", manual.id)
        assert len(mailbox.mails.numbers()) == 1  # a warning, no stop
        assert run_job("ladder.renewal", manual.id) == "done"
        assert run_job("ladder.renewal", manual.id) == "done"
    assert Notice.objects.filter(template="ends_soon").count() == 1
    (kept,) = SendingCheck.objects.all()
    assert {"code": "check.outlives", "ok": False} in kept.results


@pytest.mark.parametrize(("action", "state"), [("failed", AskState.REFUSED), ("", AskState.SENT)])
def test_a_report_about_a_follow_up_says_nothing_about_the_letter(asked: Any, action: str, state: AskState) -> None:
    _, manual, _ = asked
    ask = FollowUp.objects.get()
    taken = take(dsn(manual, message_id=ask.message_id, action=action), manual)
    assert taken.kind == "report"
    assert FollowUp.objects.get().state == state
    assert fresh(manual).state == ManualState.WAITING_ON_UTILITY
    assert not open_tasks.unread(fresh(manual)).exists()
    assert Notice.objects.filter(key__startswith="staff:later-bounced").count() == bool(action)


def test_a_follow_up_that_is_lost_on_the_way_is_found_by_its_report(
    sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from broker.channels.manual_request import ManualRequestChannel
    from broker.transport import DeliveryUnknown

    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    with coop(tmp_path, settings), travel(NOW):
        manual = world().manual(channel="manual_request")
        run_job("manual.send", manual.id)

        def lost(_self: Any, _order: Any) -> None:
            raise DeliveryUnknown("mx.example", "000 gone")

        monkeypatch.setattr(ManualRequestChannel, "hand_over", lost)
        with on(date(2026, 3, 17)) as now:
            work(now)
        ask = FollowUp.objects.get()
        assert ask.state == AskState.UNKNOWN
        take(dsn(manual, message_id=ask.message_id), manual)
    ask.refresh_from_db()
    assert (ask.state, ask.evidence) == (AskState.SENT, "success report through a relay")


def test_a_follow_up_outside_the_hours_waits_for_the_next_morning(
    sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    with coop(tmp_path, settings) as mailbox, travel(NOW):
        w = world()
        manual = w.manual(channel="manual_request")
        run_job("manual.send", manual.id)
        with on(date(2026, 3, 20), 14) as now:
            climbing.climb(manual, now)
        ask = FollowUp.objects.get()
        with on(date(2026, 3, 20), 16) as now:
            assert run_job(FOLLOW_UP, ask.id, now=now) == "queued"
            assert Job.objects.get(kind=FOLLOW_UP).due_at == at(date(2026, 3, 23), 9)
        with on(date(2026, 3, 23), 9) as now:
            assert run_job(FOLLOW_UP, ask.id, now=now) == "done"
        assert len(mailbox.mails.numbers()) == 2
    assert Message.objects.filter(kind="follow_up").count() == 1
    assert isinstance(w, World)


def test_a_follow_up_names_four_digits_and_no_more() -> None:
    order: dict[str, Any] = {
        "thread": Thread("R-1", "a" * 26, "<1@x>"),
        "to": ProvenAddress("billing@coop.example", Proof("profile", "x")),
        "message_id": "<2@x>",
        "earlier": ("<1@x>",),
        "utility_name": "A co-op",
        "letters": ("LOA-1",),
        "sent_on": None,
    }
    for wrong in ("40900017", "", "12 4"):
        item = Item("R-1", (wrong,), ("bill",), date(2026, 1, 1), date(2026, 3, 31))
        with pytest.raises(ValueError, match="last four"):
            follow_up(Order(still_open=(Open(item),), **order))
