"""A stop is followed to each place that it reaches, moves forward only, and is never given up."""

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.jobs.models import Job
from broker.parties.models import User
from broker.rehearsal.nectar import Nectar
from broker.terms import SERVICE, Actor
from consents import actions
from consents.stopping import progress, seen
from consents.stopping.lifecycle import ALARMING_TRIES, Kind, Outcome, Reached
from consents.stopping.models import Stop, StopAlert, StopTarget
from requests_app.models import NectarPull
from requests_app.nectar.models import Company
from tests import clock
from tests.factories import enrol
from tests.integration.test_release import delivered, path_of
from tests.integration.test_share import bill, share
from tests.requests_world import World, coop, events, run_job, world


def revoke(w: World, **more: Any) -> Stop:
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now(), **more)
    return Stop.objects.get(consent=w.consent)


def rows(w: World) -> dict[str, tuple[str, str]]:
    found = StopTarget.objects.filter(stop__consent=w.consent)
    return {row.kind: (row.state, row.code) for row in found}


def look(w: World, hours: float = 0) -> str:
    return run_job("stopping.follow", w.consent.id, now=timezone.now() + timedelta(hours=hours))


@pytest.fixture
def mailbox(tmp_path: Path, settings: Any) -> Any:
    with coop(tmp_path, settings) as played:
        yield played


def test_where_nothing_left_us_all_is_done_at_once(committing: str) -> None:
    w = world()
    stop = revoke(w)
    assert rows(w) == {"access": ("done", "refused_access"), "links": ("done", "closed")}
    assert (stop.because, stop.how) == ("revoked", "test")
    found = seen.of(w.consent)
    assert found is not None
    assert (found.waiting, found.cannot, found.nothing_left) == (0, 0, True)
    assert look(w) == "done"
    assert not events("stop.looked")


def test_a_letter_that_had_not_left_is_taken_out_of_the_queue(sqlite_db: str) -> None:
    w = world()
    w.manual()
    revoke(w)
    assert rows(w)["jobs"] == ("done", "not_sent")
    found = seen.of(w.consent)
    assert found is not None
    assert found.nothing_left


def test_an_open_request_waits_for_its_withdrawal_and_is_then_done(committing: str, mailbox: Any) -> None:
    w = world()
    manual = w.manual()
    run_job("manual.send", manual.id)
    revoke(w)
    assert rows(w)["utility_request"] == ("waiting", "withdrawing")
    assert look(w) == "queued"
    run_job("manual.withdraw", manual.id)
    assert rows(w)["utility_request"] == ("done", "withdrawn")
    row = StopTarget.objects.get(kind=Kind.UTILITY_REQUEST)
    assert row.audit_event_id == events("request.withdrawn")[0].id
    assert row.ended_at is not None
    assert row.crossed_at is None
    assert look(w, 1) == "done"
    found = seen.of(w.consent)
    assert found is not None
    assert (found.waiting, found.nothing_left) == (0, False)
    assert found.seconds is not None


def test_what_was_read_cannot_be_undone_and_asks_for_a_word_of_deletion(committing: str, mailbox: Any) -> None:
    w = world()
    manual = delivered(w)
    w.get(path_of(manual))
    stop = revoke(w)
    assert rows(w)["exports"] == ("cannot_undo", "handed_over")
    assert rows(w)["deletion"] == ("waiting", "asked")
    row = stop.targets.get(kind=Kind.DELETION)
    assert row.due is not None
    assert 29 <= (row.due - clock.today()).days <= 30


def test_a_read_that_was_written_after_the_stop_is_added_by_the_next_look(sqlite_db: str, mailbox: Any) -> None:
    from requests_app.models import ReceivedFile, Release

    w = world()
    manual = delivered(w)
    revoke(w)
    assert "exports" not in rows(w)
    with transaction.atomic():  # as a read does that began before
        ref = log.append("data.read", actor=SERVICE("tests"), subject=w.customer.id, body={})
        Release.objects.create(
            request=manual.request,
            consent=w.consent,
            application=w.application,
            file=ReceivedFile.objects.get(),
            what="file",
            at=timezone.now(),
            audit_event_id=ref.id,
        )
    run_job("manual.withdraw", manual.id)
    look(w)
    assert rows(w)["exports"] == ("cannot_undo", "handed_over")
    assert rows(w)["deletion"] == ("waiting", "asked")


def test_documents_at_nectar_are_deleted_there_however_long_nectar_is_down(committing: str, settings: Any) -> None:
    w = world()
    with Nectar(polls_until_done=0) as played:
        settings.NECTAR_URL, settings.NECTAR_API_KEY = played.url, played.api_key
        settings.ALLOWED_EGRESS = [f"127.0.0.1:{played.port}"]
        share(w, "bill.pdf", bill(), to_nectar=True)
        pull = NectarPull.objects.get()
        run_job("nectar.upload", pull.id)
        assert played.companies
        revoke(w)
        assert rows(w)["nectar"] == ("waiting", "deleting")
        played.order("429", 3)
        now = timezone.now()
        for days in range(4):
            run_job("nectar.forget", Company.objects.get().id, now=now + timedelta(days=days))
        assert not played.companies
        assert not played.documents
    assert rows(w)["nectar"] == ("done", "deleted")
    assert len(events("nectar.deleted")) == 1


def test_work_that_would_be_dead_is_queued_anew_and_somebody_is_called(committing: str, mailbox: Any) -> None:
    w = world()
    manual = w.manual()
    run_job("manual.send", manual.id)
    revoke(w)
    for _ in range(2):  # dies twice: one alert, and a job each time
        job = Job.objects.filter(kind="manual.withdraw", subject_id=manual.id).latest("created_at")
        with transaction.atomic():
            view = jobs.JobView(job.id, job.kind, job.subject_id, 8, 0, job.created_at)
            Job.objects.filter(id=job.id).update(state="dead", finished_at=timezone.now())
            jobs.job_dead.send(sender=None, job=view, code="test.dead")
    assert StopAlert.objects.filter(why="retries", closed_at=None).count() == 1
    assert len(events("stop.alerted")) == 1
    run_job("manual.withdraw", manual.id, now=timezone.now() + timedelta(days=1))
    assert rows(w)["utility_request"] == ("done", "withdrawn")


def test_after_some_looks_in_vain_somebody_is_called_and_the_looks_go_on(sqlite_db: str, mailbox: Any) -> None:
    w = world()
    manual = w.manual()
    run_job("manual.send", manual.id)
    revoke(w)
    for number in range(1, ALARMING_TRIES + 3):
        assert look(w, 12 * number) == "queued"
        assert StopAlert.objects.exists() == (number >= ALARMING_TRIES)
    assert StopAlert.objects.get().why == "retries"


def test_a_month_without_mail_loses_no_withdrawal(sqlite_db: str, mailbox: Any, settings: Any) -> None:
    w = world()
    manual = w.manual()
    run_job("manual.send", manual.id)
    there, settings.UTILITY_MAIL_SERVER = settings.UTILITY_MAIL_SERVER, "127.0.0.1:9"
    revoke(w)
    now = timezone.now()
    for hours in range(0, 30 * 24, 4):
        jobs.run_due(now + timedelta(hours=hours))
    assert rows(w)["utility_request"][0] == "waiting"
    assert StopAlert.objects.filter(why="retries").exists()
    settings.UTILITY_MAIL_SERVER = there
    jobs.run_due(now + timedelta(days=31))
    assert rows(w)["utility_request"] == ("done", "withdrawn")
    assert len(events("request.withdrawn")) == 1


def test_a_refused_withdrawal_calls_a_person_whose_words_settle_it(committing: str, mailbox: Any) -> None:
    w = world()
    manual = w.manual()
    run_job("manual.send", manual.id)
    revoke(w)
    mailbox.order("refuse_5xx")
    run_job("manual.withdraw", manual.id)
    assert rows(w)["utility_request"][0] == "waiting"
    alert = StopAlert.objects.get()
    assert alert.why == "refused"
    person = Actor("s", uuid.uuid4(), role="officer")
    enrol(person)
    user = User.objects.get(id=person.id)
    with pytest.raises(ValueError, match="words"):
        progress.close(alert, Outcome.SETTLED, " ", user=user, actor=person, now=timezone.now())
    assert progress.close(alert, Outcome.SETTLED, "Told by telephone", user=user, actor=person, now=timezone.now())
    assert not progress.close(alert, Outcome.SETTLED, "Again", user=user, actor=person, now=timezone.now())
    assert rows(w)["utility_request"] == ("done", "by_hand")
    assert len(events("stop.alert_closed")) == 1


def test_the_database_lets_no_target_go_back_change_or_vanish(committing: str, mailbox: Any) -> None:
    w = world()
    manual = delivered(w)
    w.get(path_of(manual))
    stop = revoke(w)
    done = stop.targets.get(kind=Kind.ACCESS)
    deletion = stop.targets.get(kind=Kind.DELETION)
    exports = stop.targets.get(kind=Kind.EXPORTS)
    wrong = [
        (done, {"state": "waiting", "ended_at": None}),
        (done, {"state": "cannot_undo"}),
        (done, {"code": "handed_over"}),
        (done, {"kind": "links2"}),
        (deletion, {"due": deletion.due + timedelta(days=9)}),
        (deletion, {"about": uuid.uuid4()}),
        (deletion, {"state": "done"}),  # without a time
        (exports, {"count": 0}),
    ]
    for row, changes in wrong:
        with transaction.atomic():
            ref = log.append("stop.looked", actor=SERVICE("tests"), subject=w.customer.id, body={})
            with pytest.raises(DatabaseError), transaction.atomic():
                StopTarget.objects.filter(id=row.id).update(audit_event_id=ref.id, **changes)
    for model in (StopTarget, Stop):
        with transaction.atomic():
            log.append("stop.looked", actor=SERVICE("tests"), subject=w.customer.id, body={})
            with pytest.raises(DatabaseError), transaction.atomic():
                model.objects.filter(id__isnull=False)._raw_delete("default")


def test_the_second_click_stops_nothing_twice(committing: str) -> None:
    w = world()
    revoke(w)
    assert not actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())
    assert Stop.objects.count() == 1
    assert len(events("consent.revoked")) == 1


def test_a_stop_that_came_by_telephone_keeps_when_it_was_received(sqlite_db: str) -> None:
    w = world()
    heard = timezone.now() - timedelta(hours=3)
    stop = revoke(w, received_at=heard)
    assert stop.received_at == heard
    assert stop.at > heard
    assert Reached(stop.targets.get(kind=Kind.ACCESS).state) is Reached.DONE
