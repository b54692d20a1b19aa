"""A document reaches Nectar once in effect, for one company of each customer, and ends in a state that is seen."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.channels.nectar import NectarChannel
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import Customer
from broker.rehearsal.nectar import Nectar
from broker.terms import SERVICE, Actor
from consents import actions
from requests_app.models import NectarPull, ReceivedFile
from requests_app.nectar import slots
from requests_app.nectar.calling import session
from requests_app.nectar.models import Company, Handing, Slot
from tests.integration.nectar_support import go, played, shared, to_the_end
from tests.integration.test_share import bill, of_nectar, share
from tests.integration.test_stopping_crossed import together
from tests.requests_world import World, events, grant, world


@pytest.fixture
def nectar(settings: Any) -> Any:
    with played(settings, polls_until_done=0) as server:
        yield server


def stop(w: World) -> None:
    actions.revoke(w.consent, actor=Actor("c", w.customer.id), how="test", now=timezone.now())


# --- one company for a customer -----------------------------------------------------------------------------------


def test_all_documents_of_a_customer_go_to_one_company_under_a_name_that_says_nothing(
    committing: str, nectar: Nectar
) -> None:
    from datetime import date

    w = world()
    pulls = [to_the_end(shared(w, bill(begin=date(2025, month, 1)))) for month in (8, 9, 10)]
    assert [each.state for each in pulls] == ["done"] * 3
    (company,) = nectar.companies.values()
    row = Company.objects.get()
    assert (company["externalId"], company["id"], row.customer_id) == (str(row.id), row.nectar_id, w.customer.id)
    known = repr([nectar.companies, [each["_name"] for each in nectar.jobs.values()]])
    for word in ("Pat", "Member", w.consent.number, str(w.consent.id), str(w.customer.id), "bill"):
        assert word not in known


def test_the_database_holds_one_living_company_for_a_customer(committing: str) -> None:
    w = world()
    with transaction.atomic():
        ref = log.append("nectar.state", actor=SERVICE("tests"), subject=w.customer.id, body={})
        common = {"customer_id": w.customer.id, "made_at": timezone.now(), "audit_event_id": ref.id}
        Company.objects.create(state="live", **common)
        Company.objects.create(state="gone", ended_at=timezone.now(), **common)
        for wrong in ({"state": "live"}, {"state": "ending"}, {"state": "gone"}):
            with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
                Company.objects.create(**wrong, **common)


def test_a_company_that_was_made_while_the_answer_was_lost_is_found_again(committing: str, nectar: Nectar) -> None:
    pull = shared(world())
    nectar.order("lost", path="/company", method="POST")
    assert go("nectar.upload", pull.id) == "queued"
    assert to_the_end(pull).state == "done"
    assert len(nectar.companies) == 1


# --- no second upload ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["lost", "half"])
def test_s52_an_upload_whose_answer_is_lost_is_found_again_and_not_sent_twice(
    committing: str, nectar: Nectar, fault: str
) -> None:
    w = world()
    pull = shared(w)
    nectar.order(fault, path="/job", method="POST")
    assert go("nectar.upload", pull.id) == "queued"
    assert Handing.objects.get().tries == 1
    assert to_the_end(pull).state == "done"
    assert (len(nectar.jobs), len(nectar.documents), of_nectar().count()) == (1, 1, 1)
    assert len(events("nectar.uploaded")) == 1


def test_s52_a_timeout_after_the_work_was_done_makes_no_second_document(
    committing: str, nectar: Nectar, settings: Any
) -> None:
    settings.NECTAR_TIMEOUT_SECONDS = 1
    nectar.slow_seconds = 2.0
    pull = shared(world())
    nectar.order("late", path="/job", method="POST")
    assert go("nectar.upload", pull.id) == "queued"
    assert to_the_end(pull).state == "done"
    assert (len(nectar.jobs), len(nectar.documents)) == (1, 1)


def test_what_was_read_while_the_answer_was_lost_is_found_by_its_name(committing: str, nectar: Nectar) -> None:
    pull = shared(world())
    nectar.order("lost", path="/job", method="POST")
    go("nectar.upload", pull.id)
    nectar.finish(next(iter(nectar.jobs.values())))
    nectar.order("500", times=0)
    assert to_the_end(pull).state == "done"
    assert len(nectar.jobs) == 1


def test_s52_where_jobs_cannot_be_listed_a_duplicate_counts_as_success(
    committing: str, nectar: Nectar, settings: Any
) -> None:
    settings.NECTAR_PATHS = {"job.list": "GET /elsewhere/{company}"}
    w = world()
    pull = shared(w)
    nectar.order("lost", path="/job", method="POST")
    go("nectar.upload", pull.id)
    assert to_the_end(pull).state == "done"
    assert (len(nectar.jobs), len(nectar.documents), of_nectar().count()) == (2, 1, 1)


def test_a_document_that_nectar_calls_a_duplicate_at_once_is_read(committing: str, nectar: Nectar) -> None:
    pull = shared(world())
    nectar.order("duplicate")
    assert to_the_end(pull).state == "done"
    assert of_nectar().count() == 1


def test_one_document_of_a_customer_is_on_its_way_at_a_time(committing: str, nectar: Nectar) -> None:
    from datetime import date

    w = world()
    first, second = shared(w), shared(w, bill(begin=date(2025, 9, 1)))
    nectar.order("lost", path="/job", method="POST")
    go("nectar.upload", first.id)
    assert go("nectar.upload", second.id) == "queued"
    assert NectarPull.objects.get(id=second.id).state == "queued"
    assert [to_the_end(each).state for each in (first, second)] == ["done", "done"]
    assert len(nectar.jobs) == 2
    with transaction.atomic():
        ref = log.append("nectar.state", actor=SERVICE("tests"), subject=w.customer.id, body={})
        Handing.objects.filter(pull=first).update(ended_at=None, audit_event_id=ref.id)
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            Handing.objects.filter(pull=second).update(ended_at=None, audit_event_id=ref.id)
        Handing.objects.filter(pull=first).update(ended_at=timezone.now(), audit_event_id=ref.id)


# --- her consent, in the moment of sending ------------------------------------------------------------------------


def test_a_stop_between_queue_and_upload_lets_no_byte_out(
    committing: str, nectar: Nectar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """She stops after the job has begun and looked: the look in the moment of sending finds it."""
    w = world()
    pull = shared(w)
    real = NectarChannel.ensure_company

    def meanwhile(self: Any, *given: Any, **named: Any) -> str:
        found = real(self, *given, **named)
        together(lambda: stop(w))
        return found

    monkeypatch.setattr(NectarChannel, "ensure_company", meanwhile)
    assert go("nectar.upload", pull.id) == "done"
    pull.refresh_from_db()
    assert (pull.state, pull.code) == ("cancelled", "consent.revoked")
    assert nectar.jobs == {}
    assert not events("nectar.uploaded")
    go("nectar.forget", Company.objects.get().id)
    assert nectar.companies == {}


def test_a_consent_that_does_not_name_nectar_stops_the_upload_in_its_own_moment(
    committing: str, nectar: Nectar
) -> None:
    """Whatever made the order: the row and the job are there, and the consent names nobody on the way."""
    w = world(onward_recipients=[])
    file = share(w, "bill.pdf", bill())
    assert isinstance(file, ReceivedFile)
    with transaction.atomic():
        ref = log.append("nectar.state", actor=SERVICE("tests"), subject=w.customer.id, body={})
        pull = NectarPull.objects.create(file=file, updated_at=timezone.now(), audit_event_id=ref.id)
        jobs.enqueue("nectar.upload", pull.id)
    go("nectar.upload", pull.id)
    pull.refresh_from_db()
    assert (pull.state, pull.code, nectar.calls) == ("cancelled", "scope.onward_recipient", [])


def test_without_a_key_nothing_leaves(committing: str, nectar: Nectar, settings: Any) -> None:
    pull = shared(world())
    settings.NECTAR_API_KEY = ""
    assert go("nectar.upload", pull.id) == "queued"
    assert nectar.calls == []


# --- ends that are seen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("TERMINATED", "nectar.terminated"),
        ("FAILED", "nectar.failed"),
        ("non_utility", "nectar.not_utility"),
    ],
)
def test_s52_a_job_that_ends_badly_ends_in_words_of_its_own(
    committing: str, nectar: Nectar, fault: str, code: str
) -> None:
    w = world()
    asked = w.post(w.ask(data_types=["bill"], channel="nectar", to="2025-12-01")).json()
    nectar.order(fault)
    pull = to_the_end(shared(w))
    assert (pull.state, pull.code) == ("failed", code)
    assert Notice.objects.filter(template="staff_alert").count() == 1
    status = w.get(f"data-requests/{asked['id']}").json()
    assert status["state"] == "not_read"
    assert [each["nectar"] for each in status["files"]] == [{"state": "failed", "code": code, "says": pull.says}]
    assert pull.says
    assert not of_nectar().exists()
    assert Handing.objects.get().ended_at is not None


def test_a_document_without_an_answer_ends_after_the_time_that_we_wait(
    committing: str, nectar: Nectar, settings: Any
) -> None:
    settings.NECTAR_JOB_HOURS = 0
    nectar.polls_until_done = 99
    pull = shared(world())
    go("nectar.upload", pull.id)
    go("nectar.poll", pull.id)
    pull.refresh_from_db()
    assert (pull.state, pull.code) == ("failed", "nectar.no_answer")


def test_a_refused_upload_ends_in_a_state_that_is_seen(committing: str, nectar: Nectar) -> None:
    pull = shared(world())
    nectar.api_key = "another"
    assert to_the_end(pull).state == "failed"
    assert (pull.code, Handing.objects.get().ended_at is None) == ("nectar.unusable", False)


# --- patience, and ten at a time ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "least", "most"),
    [("429", 1, 5), ("429-date", 60, 95), ("429-bare", 110, 125), ("502", 110, 125), ("down", 110, 125)],
)
def test_the_next_try_comes_when_nectar_says_or_later_each_time(
    committing: str, nectar: Nectar, fault: str, least: int, most: int
) -> None:
    pull = shared(world())
    nectar.order(fault)
    before = timezone.now()
    assert go("nectar.upload", pull.id) == "queued"
    job = Job.objects.get(kind="nectar.upload")
    assert timedelta(seconds=least) <= job.due_at - before <= timedelta(seconds=most)
    assert (job.waits, job.attempts) == (1, 0)


def test_ten_jobs_at_most_call_nectar_at_a_time(committing: str, nectar: Nectar) -> None:
    nectar.slow_seconds = 0.3
    nectar.order("late", times=1000)
    start, outcomes, lock = threading.Barrier(30), [], threading.Lock()

    def call() -> str:
        start.wait()
        view = jobs.JobView(Company().id, "nectar.upload", Company().id, 1, 0, timezone.now())
        try:
            with session(view, lambda _code: None) as client:
                client.ping()
            found = "called"
        except jobs.RetryLater as wait:
            found = wait.code
        with lock:
            outcomes.append(found)
        return found

    together(*[call] * 30)
    connection.close()
    assert sorted(set(outcomes)) == ["called", "nectar.busy"]
    assert 1 <= nectar.most_at_once <= 10
    assert outcomes.count("called") == len(nectar.calls)
    assert not Slot.objects.exclude(holder=None).exists()


def test_a_slot_of_a_job_that_died_comes_back_and_stays_with_the_next(committing: str, settings: Any) -> None:
    settings.NECTAR_AT_ONCE = 2
    now = timezone.now()
    dead, living = slots.take(now), slots.take(now)
    assert dead is not None
    assert living is not None
    assert slots.take(now) is None
    later = now + timedelta(hours=1)
    third = slots.take(later)
    assert third is not None
    slots.give(dead)  # the dead one wakes up: what it held is another's by now
    assert Slot.objects.filter(holder=third).count() == 1


def test_nothing_but_the_profile_says_that_nectars_own_connection_is_not_yet(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from requests_app import grants
    from requests_app.decision import decide

    w = world()
    ask = w.ask(channel="nectar_sync", recipient=str(w.organisation.id))
    given = grants.by_ids(w.consent.id, [w.account.id])
    ask["accounts"] = list(given.accounts)
    profile = grants.profile_of("obec")
    assert profile is not None

    def decided(by: Any) -> tuple[str, list[str]]:
        found = decide(given.as_dict(), ask, by, timezone.now(), facts=given.facts(), step="order")
        return found.outcome, list(found.codes)

    assert decided(profile) == ("refusal", ["channel.not_yet"])
    ready = replace(profile, channels={**profile.channels, "nectar_sync": profile.channels["nectar"]})
    assert decided(ready) == ("route", [])
    assert decided(profile) == ("refusal", ["channel.not_yet"])


def other_consent(w: World) -> Any:
    """Give a second consent of the same customer, to another company."""
    from tests.requests_world import organisation

    now = timezone.now()
    recipient, _, _ = organisation("second", now)
    with transaction.atomic():
        ref = log.append("consent.granted", actor=SERVICE("tests"), subject=w.customer.id, body={})
        customer = Customer.objects.get(id=w.customer.id)
        return grant(customer, recipient, [w.account], ref=ref, now=now)
