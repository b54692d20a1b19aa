"""Jobs in the database: enqueued with their cause, claimed once, retried, buried, swept."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from broker import jobs
from broker.jobs import heartbeats, pump, registry, runner
from broker.jobs.management.commands import worker
from broker.jobs.models import Job
from broker.jobs.queue import NotInTransaction
from broker.jobs.states import MAX_ATTEMPTS, MAX_WAITS

pytestmark = pytest.mark.django_db
SUBJECT = uuid.uuid4()


@pytest.fixture
def handled() -> Iterator[Callable[[Callable[[jobs.JobView], None]], None]]:
    """Register the handler of this test's kind of job."""

    def register(function: Callable[[jobs.JobView], None]) -> None:
        registry._handlers["test.work"] = function

    register(lambda job: None)
    yield register
    registry._handlers.pop("test.work")


def enqueue(**options: Any) -> uuid.UUID:
    with transaction.atomic():
        return jobs.enqueue("test.work", SUBJECT, **options)


def state(job_id: uuid.UUID) -> tuple[str, int, str]:
    job = Job.objects.get(id=job_id)
    return job.state, job.attempts, job.last_error_code


def boom(job: jobs.JobView) -> None:
    raise LookupError("Pat Member, account 4417702")


def test_a_job_and_its_place_in_the_queue_are_undone_with_their_cause(handled: Any) -> None:
    def cause() -> None:
        with transaction.atomic():
            jobs.enqueue("test.work", SUBJECT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cause()
    assert (Job.objects.count(), OrmQ.objects.count()) == (0, 0)
    enqueue()
    assert (Job.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_a_key_is_enqueued_once(handled: Any) -> None:
    assert enqueue(key="letter:1") == enqueue(key="letter:1")
    assert OrmQ.objects.count() == 1


def test_a_kind_without_handler_cannot_be_enqueued() -> None:
    with pytest.raises(jobs.UnknownKind), transaction.atomic():
        jobs.enqueue("test.nobody", SUBJECT)


def test_only_the_jobs_id_travels(handled: Any) -> None:
    job_id = enqueue()
    task = OrmQ.objects.get().task
    assert (task["func"], task["args"], task["kwargs"]) == ("broker.jobs.pump.run", (str(job_id),), {})


def test_a_job_runs_once_however_often_it_is_delivered(handled: Any) -> None:
    seen: list[jobs.JobView] = []
    handled(seen.append)
    job_id = enqueue()
    assert [runner.run(job_id), runner.run(job_id), runner.run(job_id)] == [True, False, False]
    assert [(view.id, view.subject_id, view.attempt) for view in seen] == [(job_id, SUBJECT, 1)]
    assert state(job_id) == ("done", 1, "")


def test_a_job_is_not_run_before_it_is_due(handled: Any) -> None:
    later = timezone.now() + timedelta(days=3)
    job_id = enqueue(due_at=later)
    assert OrmQ.objects.count() == 0
    assert jobs.run_due(timezone.now()) == 0
    assert jobs.run_due(later) == 1
    assert state(job_id)[0] == "done"


def test_the_attempt_is_counted_before_the_work(handled: Any) -> None:
    counted: list[int] = []
    handled(lambda job: counted.append(Job.objects.get(id=job.id).attempts))
    runner.run(enqueue())
    assert counted == [1]


def test_a_failure_is_retried_after_a_pause_and_its_text_is_not_kept(
    handled: Any, caplog: pytest.LogCaptureFixture
) -> None:
    handled(boom)
    job_id, now = enqueue(), timezone.now()
    runner.run(job_id, now=now)
    assert state(job_id) == ("queued", 1, "LookupError")
    assert Job.objects.get(id=job_id).due_at == now + timedelta(seconds=30)
    assert "4417702" not in caplog.text


def test_after_the_last_attempt_the_job_is_dead_and_somebody_is_told(handled: Any) -> None:
    handled(boom)
    told: list[tuple[uuid.UUID, str]] = []

    def hear(sender: Any, job: jobs.JobView, code: str, **rest: Any) -> None:
        told.append((job.id, code))

    jobs.job_dead.connect(hear)
    job_id, now = enqueue(), timezone.now()
    for _ in range(MAX_ATTEMPTS + 3):
        jobs.run_due(now)
        now += timedelta(hours=3)
    jobs.job_dead.disconnect(hear)
    assert state(job_id) == ("dead", MAX_ATTEMPTS, "LookupError")
    assert told == [(job_id, "LookupError")]


def test_work_that_kills_its_worker_is_dead_in_the_end(handled: Any) -> None:
    job_id, now = enqueue(), timezone.now()
    for _ in range(MAX_ATTEMPTS):  # each time a worker claims the job and is never heard of again
        assert runner._claim(job_id, now=now) is not None
        now += timedelta(minutes=5)
    runner.run(job_id, now=now)
    assert state(job_id)[0::2] == ("dead", "job.died")


def test_patience_costs_no_attempt_but_ends(handled: Any) -> None:
    def wait(job: jobs.JobView) -> None:
        raise jobs.RetryLater("nectar.pending", timedelta(seconds=5))

    handled(wait)
    job_id, now = enqueue(), timezone.now()
    runner.run(job_id, now=now)
    job = Job.objects.get(id=job_id)
    assert (job.state, job.attempts, job.waits, job.due_at) == ("queued", 0, 1, now + timedelta(seconds=5))
    Job.objects.filter(id=job_id).update(waits=MAX_WAITS)
    runner.run(job_id, now=now + timedelta(minutes=1))
    assert state(job_id)[0::2] == ("dead", "nectar.pending")


def test_what_cannot_help_is_not_tried_again(handled: Any) -> None:
    def give_up(job: jobs.JobView) -> None:
        raise jobs.GiveUp("mail.delivery_unknown")

    handled(give_up)
    job_id = enqueue()
    runner.run(job_id)
    assert state(job_id) == ("dead", 1, "mail.delivery_unknown")


def test_a_run_that_lost_its_lease_ends_nothing(handled: Any) -> None:
    job_id, now = enqueue(), timezone.now()

    def slow(job: jobs.JobView) -> None:
        # Meanwhile the lease runs out and another worker takes the job over.
        assert runner._claim(job_id, now=now + timedelta(minutes=5)) is not None

    handled(slow)
    runner.run(job_id, now=now)
    assert state(job_id) == ("running", 2, "")


def test_an_emptied_queue_is_filled_again_but_not_while_a_run_is_alive(handled: Any) -> None:
    job_id, now = enqueue(), timezone.now()
    OrmQ.objects.all().delete()
    assert jobs.sweep(now) == 0  # it was handed over a moment ago and may just be on its way
    assert jobs.sweep(now + timedelta(seconds=61)) == 1
    OrmQ.objects.all().delete()
    runner._claim(job_id, now=now)
    assert jobs.sweep(now + timedelta(seconds=62)) == 0
    assert jobs.sweep(now + timedelta(minutes=5)) == 1


def test_a_pause_that_is_over_is_swept_at_once(handled: Any) -> None:
    later = timezone.now() + timedelta(minutes=10)
    enqueue(due_at=later)
    assert jobs.sweep(later - timedelta(seconds=1)) == 0
    assert [jobs.sweep(later), jobs.sweep(later)] == [1, 0]


def test_queued_jobs_of_a_subject_can_be_cancelled(handled: Any) -> None:
    job_id = enqueue()
    with transaction.atomic():
        assert jobs.cancel_for(SUBJECT) == 1
    assert runner.run(job_id) is False
    assert state(job_id)[0] == "cancelled"


def test_a_dead_job_can_be_revived_by_a_person(handled: Any) -> None:
    job_id = enqueue()
    Job.objects.filter(id=job_id).update(state="dead", finished_at=timezone.now(), attempts=MAX_ATTEMPTS)
    with transaction.atomic():
        assert runner.revive(job_id)
        assert not runner.revive(job_id)
    runner.run(job_id)
    assert state(job_id)[0] == "done"


@pytest.mark.parametrize(
    "change",
    [
        {"state": "lost"},
        {"state": "running"},
        {"state": "done"},
        {"lease": uuid.uuid4(), "lease_until": datetime(2026, 1, 1, tzinfo=timezone.get_default_timezone())},
        {"finished_at": datetime(2026, 1, 1, tzinfo=timezone.get_default_timezone())},
    ],
    ids=["unknown state", "running without a lease", "done at no time", "a lease without a run", "open but finished"],
)
def test_the_database_refuses_rows_that_make_no_sense(handled: Any, change: dict[str, Any]) -> None:
    job_id = enqueue()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.filter(id=job_id).update(**change)


def test_a_kind_whose_handler_is_gone_is_named_at_start(handled: Any) -> None:
    enqueue()
    handler = registry._handlers.pop("test.work")
    try:
        assert runner.unhandled_kinds() == ["test.work"]
    finally:
        registry._handlers["test.work"] = handler


def test_a_heartbeat_names_its_run() -> None:
    heartbeats.beat("worker", now=timezone.now(), run="run-1")
    heartbeats.beat("worker", now=timezone.now(), run="run-2")
    last = heartbeats.last_beat("worker")
    assert last is not None
    assert last.run == "run-2"


def test_what_goes_wrong_around_a_job_leaves_no_text_in_the_queues_tables(
    handled: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unreachable(job_id: uuid.UUID) -> None:
        raise OperationalError("Pat Member")

    monkeypatch.setattr(runner, "run", unreachable)
    pump.run(str(uuid.uuid4()))
    assert "OperationalError" in caplog.text
    assert "Pat Member" not in caplog.text


def test_nothing_is_enqueued_outside_a_transaction(handled: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transaction.get_connection(), "in_atomic_block", False)
    with pytest.raises(NotInTransaction):
        jobs.enqueue("test.work", SUBJECT)
    monkeypatch.undo()


def test_a_worker_does_not_start_over_jobs_that_it_cannot_run(handled: Any) -> None:
    enqueue()
    handler = registry._handlers.pop("test.work")
    try:
        with pytest.raises(CommandError, match=r"test\.work"):
            call_command("worker", skip_checks=True)
    finally:
        registry._handlers["test.work"] = handler


def test_the_queues_own_sweep_is_scheduled_once_a_minute() -> None:
    worker.ensure_schedule()
    worker.ensure_schedule()
    schedule = Schedule.objects.get(name="jobs.sweep")
    assert (schedule.func, schedule.minutes, schedule.repeats) == ("broker.jobs.pump.sweep", 1, -1)
