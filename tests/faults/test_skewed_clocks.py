"""Two servers whose clocks are two hours apart, either way: states stay right, or are closed too early and never late.

The web worker has the right time, the other one (a queue worker, or a second web worker) is `skew` off, unless a test
says otherwise. What counts is who may read what: a time that is wrong never opens anything, and what is due is done.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from broker import jobs
from broker.audit import entry, log, store
from broker.jobs import registry
from broker.jobs.models import Job
from broker.terms import Actor
from broker.utilities import published
from broker.utilities.calendar import Calendar
from consents import expiry, life_work
from consents.actions import central_today, revoke
from consents.lifecycle import State
from consents.models import Consent, ConsentEvent
from consents.visits.limits import IDLE, LONGEST, is_over
from requests_app.api.links import GOOD_FOR
from requests_app.api.models import FileLink
from requests_app.deadlines import for_profile, is_overdue
from requests_app.grants import not_in_force
from tests.faults.scale import record
from tests.integration.audit_support import verdict
from tests.integration.consent_support import Life, life, run_due, world_on
from tests.integration.test_api_reads import link_to
from tests.integration.test_release import delivered, path_of
from tests.requests_world import World, coop, events, world

__all__ = ["life"]

TWO_HOURS = timedelta(hours=2)
SKEWS = [pytest.param(-TWO_HOURS, id="two hours behind"), pytest.param(TWO_HOURS, id="two hours ahead")]
# Ends in a leap year, at the turn of a year, and on the days on which the clock on the wall is turned.
ENDS = [date(2028, 3, 1), date(2027, 1, 1), date(2026, 3, 9), date(2026, 11, 2)]
OBEC = published("obec")
CALENDAR = Calendar.of(OBEC)


@pytest.fixture
def w(sqlite_db: str, tmp_path: Path, settings: Any) -> Iterator[World]:
    with coop(tmp_path, settings):
        yield world()


# --- the end of a consent --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ENDS, ids=str)
@pytest.mark.parametrize("skew", SKEWS)
def test_the_end_is_the_readers_and_the_worker_records_it_once(life: Life, skew: timedelta, end: date) -> None:
    w = world_on(end - timedelta(days=100), ends=end)
    midnight = expiry.midnight(end)
    for minutes in range(-180, 181, 30):  # the right time, from three hours before to three hours after
        now = midnight + timedelta(minutes=minutes)
        life.work(now + skew)
        row = Consent.objects.get(id=w.consent.id)
        allowed = not_in_force(row, now) is None
        assert allowed == (now < midnight and now + skew < midnight)  # closed for the one as soon as for the other
    assert Consent.objects.get().state == State.EXPIRED
    assert len(events("consent.expired")) == 1
    record(f"skew: end of a consent {end}", f"{skew.total_seconds():+.0f} s", moments=13, failures=0)


def test_an_end_that_a_worker_ahead_asked_for_waits_for_midnight(life: Life) -> None:
    """The one enqueues it two hours early, the other has the right time: neither forgets it, neither is early."""
    end = date(2027, 1, 1)
    w = world_on(end - timedelta(days=100), ends=end)
    midnight = expiry.midnight(end)
    with time_machine.travel(midnight + timedelta(hours=1), tick=False):  # as the worker ahead sees it
        expiry.enqueue_due(timezone.now())
    early = midnight - timedelta(hours=1)
    with time_machine.travel(early, tick=False):
        Job.objects.filter(kind=expiry.EXPIRE).update(due_at=early)
        run_due(early)
    assert Consent.objects.get(id=w.consent.id).state == State.ACTIVE
    life.work(midnight)
    assert Consent.objects.get(id=w.consent.id).state == State.EXPIRED
    assert ConsentEvent.objects.get(state=State.EXPIRED).at == midnight


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize("hour", [1, 23])
def test_what_was_signed_near_midnight_is_never_in_force_before_its_first_day(
    life: Life, skew: timedelta, hour: int
) -> None:
    """The days of a letter are those of the server on which it was signed: one ahead begins tomorrow, and waits."""
    now = datetime(2026, 12, 31, hour, tzinfo=CALENDAR.zone).astimezone(UTC)
    starts = central_today(now + skew)
    consent = world_on(starts, ends=starts + timedelta(days=30)).consent
    tomorrow = hour == 23 and skew > timedelta(0)
    assert not_in_force(consent, now) == ("consent.not_started" if tomorrow else None)
    assert not_in_force(consent, now + timedelta(hours=1)) is None


# --- a stop ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", SKEWS)
def test_a_stop_is_in_force_for_every_clock_and_the_log_keeps_the_order_of_its_numbers(
    life: Life, w: World, skew: timedelta
) -> None:
    manual = delivered(w)
    assert w.get(path_of(manual)).status_code == 200
    link = link_to(w, manual)
    now = timezone.now()
    with time_machine.travel(now + skew, tick=False):  # behind: before the moment at which she signed
        assert revoke(w.consent, actor=Actor("c", w.customer.id), how="page", now=now + skew)
    with time_machine.travel(now, tick=False):
        answers = [w.get(path_of(manual)), w.get(link), w.post(w.ask())]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(403, "consent.revoked")] * 3
    row = Consent.objects.get(id=w.consent.id)
    assert (row.state, row.ended_at) == (State.REVOKED, now + skew)
    assert not_in_force(row, now - TWO_HOURS) == not_in_force(row, now + TWO_HOURS) == "consent.revoked"
    life.sign()
    placed = store.rows("SELECT e.header FROM audit_leaf l JOIN audit_event e ON e.id = l.event_id ORDER BY l.seq")
    acts = [head.act for head in (entry.parse_header(header) for (header,) in placed)]
    stop = acts.index("consent.revoked")
    assert "data.read" in acts[:stop]
    assert "data.read" not in acts[stop:]
    assert acts[stop:].count("data.read_refused") == 2
    found = verdict()
    assert (found["ok"], found["kind"]) == (True, "ok")


# --- links and visits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", SKEWS)
def test_a_link_of_another_server_ends_at_the_latest_by_as_much_as_the_clocks_differ(w: World, skew: timedelta) -> None:
    manual, now = delivered(w), timezone.now()
    with time_machine.travel(now + skew, tick=False):
        link = link_to(w, manual)
    assert FileLink.objects.get().expires_at == now + skew + GOOD_FOR
    for after in (timedelta(0), GOOD_FOR, TWO_HOURS, TWO_HOURS + GOOD_FOR):
        with time_machine.travel(now + after, tick=False):
            answer = w.get(link)
        assert answer.status_code == (200 if after < skew + GOOD_FOR else 410)


@pytest.mark.parametrize("skew", SKEWS)
def test_a_visit_that_another_server_saw_is_longer_by_no_more_than_the_clocks_differ(skew: timedelta) -> None:
    now = datetime(2026, 3, 8, 7, tzinfo=UTC)  # the night in which the clock on the wall is turned
    by_other = now + skew
    assert is_over(began=by_other, seen=by_other, now=now + IDLE + TWO_HOURS)
    assert is_over(began=by_other, seen=now + LONGEST + TWO_HOURS, now=now + LONGEST + TWO_HOURS)
    assert is_over(began=by_other, seen=by_other, now=now) == (skew < timedelta(0))  # asked once more, and no longer


# --- the clock of a request ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skew", SKEWS)
@pytest.mark.parametrize(
    "day", [date(2028, 2, 29), date(2026, 3, 6), date(2026, 10, 30), date(2026, 12, 31), date(2027, 12, 31)], ids=str
)
def test_a_deadline_moves_by_one_business_day_at_most_and_never_against_the_clock(day: date, skew: timedelta) -> None:
    for hour in range(24):
        delivered_at = datetime(day.year, day.month, day.day, hour, 15, tzinfo=UTC)
        right, skewed = for_profile(delivered_at, OBEC), for_profile(delivered_at + skew, OBEC)
        first, last = sorted((right, skewed), key=lambda each: each.due)
        assert CALENDAR.between(first.day0, last.day0) <= 1
        assert CALENDAR.between(first.due, last.due) <= 1
        if right != skewed:
            assert (skewed.due > right.due) == (skew > timedelta(0))
        # Nobody is told to be late before the right due date is over by the clock of whoever says so.
        assert not is_overdue(right.due, right.due_at, CALENDAR)


# --- jobs ------------------------------------------------------------------------------------------------------------


def test_a_worker_ahead_takes_a_job_that_still_runs_and_its_end_counts_once(
    sqlite_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its clock the lease is over. The first run ends nothing then: what was done is what the second run did."""
    now, runs = timezone.now(), []

    def work(job: jobs.JobView) -> None:
        runs.append(job.attempt)
        if len(runs) == 1:
            assert jobs.run(job.id, now=now + TWO_HOURS)
            raise RuntimeError("the first run fails after the second is done")

    monkeypatch.setitem(registry._handlers, "tests.skewed", work)
    with transaction.atomic():
        id_ = jobs.enqueue("tests.skewed", uuid4(), key="skewed")
    assert jobs.run(id_, now=now + timedelta(seconds=1))
    job = Job.objects.get(id=id_)
    assert (runs, job.state, job.attempts, job.last_error_code) == ([1, 2], "done", 2, "")
    assert not jobs.run(id_, now=now + TWO_HOURS)


def test_what_a_server_ahead_enqueued_is_done_when_its_time_has_come(sqlite_db: str) -> None:
    now = timezone.now()
    with time_machine.travel(now + TWO_HOURS, tick=False), transaction.atomic():
        id_ = jobs.enqueue(life_work.DAY, life_work.CLOCK, key="test:ahead")
    assert not jobs.run(id_, now=now)
    assert jobs.run(id_, now=now + TWO_HOURS)
    assert Job.objects.get(id=id_).state == "done"


@pytest.mark.parametrize("skew", SKEWS)
def test_times_of_the_log_may_differ_and_its_chain_holds(
    life: Life, monkeypatch: pytest.MonkeyPatch, skew: timedelta
) -> None:
    """Two processes write in turn, each in a lane of its own: the order is that of the numbers."""
    real = log.time.time_ns
    for turn in range(6):
        off = skew if turn % 2 else timedelta(0)
        monkeypatch.setattr(log.time, "time_ns", lambda off=off: real() + int(off.total_seconds() * 1e9))
        log.append("request.note", actor=Actor("s", uuid4(), role="staff"), subject=uuid4(), body={"turn": turn})
        log.close_lanes()
    monkeypatch.setattr(log.time, "time_ns", real)
    life.sign()
    assert verdict()["ok"]
