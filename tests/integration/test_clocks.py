"""The clock of a request in the database: closing days that officers change, rests, promises; on both engines."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, connections, transaction

from broker.audit import log
from broker.terms import Actor, Refusal
from broker.utilities import published
from broker.utilities.closings import Act, Certainty
from requests_app import clock
from requests_app.clocks import calendars, moving, steps
from requests_app.clocks.models import ClockStep, ClosingChange
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.moves import move
from tests.request_lives import given_up
from tests.requests_world import ACTOR, World, coop, events, run_job, world

OBEC = published("obec")
OFFICER = Actor("s", ACTOR.id, role="officer")
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)  # Monday, 9 o'clock in the morning
STORM = date(2026, 3, 10)


@pytest.fixture
def w(committing: str) -> Any:
    with time_machine.travel(NOW, tick=False):
        yield world()


def delivered(w: World, at: datetime = NOW) -> ManualRequest:
    """Make a request and prove its delivery."""
    manual = w.manual()
    with transaction.atomic():
        ref = log.append("request.delivery_evidence", actor=ACTOR, subject=w.customer.id, body={})
        fields = clock.start(at, OBEC)
        assert move(manual, ManualState.WAITING_ON_UTILITY, ref=ref, **fields)
    return manual


def close(day: date = STORM, act: Act = Act.CLOSE, **more: Any) -> Any:
    facts: dict[str, Any] = {"name": "Ice storm", "certainty": Certainty.CONFIRMED, "source": "phone", **more}
    return moving.change_day(OBEC, day, act, actor=OFFICER, now=NOW, **facts)


def happened(manual: ManualRequest, what: Any, *args: Any, at: datetime) -> bool:
    with transaction.atomic():
        ref = log.append("request.note", actor=ACTOR, subject=manual.request.customer_id, body={})
        return what(manual, *args, happened_at=at, ref=ref, now=NOW)


def again(manual: ManualRequest) -> ManualRequest:
    return ManualRequest.objects.get(id=manual.id)


def test_the_clock_starts_with_a_step_under_the_event_of_the_proof(w: World) -> None:
    manual = delivered(w)
    (step,) = ClockStep.objects.all()
    assert (step.kind, step.number, step.happened_at, step.due) == ("started", 1, NOW, date(2026, 3, 16))
    assert (step.first_days, step.last_days) == (5, 10)
    assert step.audit_event_id == events("request.delivery_evidence")[-1].id
    assert manual.calendar_version == f"{OBEC.version}+c0"


def test_s35_a_closing_day_moves_open_requests_at_once(w: World) -> None:
    manual, other = delivered(w), delivered(w, NOW + timedelta(days=1))
    row, moved = close()
    assert (row.number, moved) == (1, 2)
    changed = again(manual)
    assert (changed.due, changed.first_follow_up) == (date(2026, 3, 17), date(2026, 3, 18))
    assert changed.due_at == datetime(2026, 3, 17, 21, 30, tzinfo=UTC)
    assert changed.expected_from == date(2026, 3, 9)
    assert changed.calendar_version == f"{OBEC.version}+c1"
    assert again(other).due == date(2026, 3, 18)
    assert len(events("sla.recomputed")) == 2  # one of each request
    assert len(events("calendar.changed")) == 1
    step = ClockStep.objects.get(manual=manual, kind="recomputed")
    assert (step.number, step.due, step.change) == (2, date(2026, 3, 17), row)
    assert step.audit_event_id == changed.audit_event_id
    assert delivered(w).due == date(2026, 3, 17)  # whoever starts afterwards counts it from the beginning


def test_a_closing_day_outside_the_window_moves_nothing(w: World) -> None:
    manual = delivered(w)
    assert close(date(2026, 3, 18))[1] == 0
    assert again(manual).calendar_version == f"{OBEC.version}+c0"
    assert events("sla.recomputed") == []


def test_what_has_ended_never_moves(w: World) -> None:
    manual = delivered(w)
    given_up(manual)
    assert close()[1] == 0
    assert again(manual).due == date(2026, 3, 16)


def test_an_office_that_is_open_after_all_and_one_that_is_closed_for_certain(w: World) -> None:
    manual = delivered(w, datetime(2026, 11, 24, 17, tzinfo=UTC))
    assert manual.due == date(2026, 12, 10)
    assert close(date(2026, 11, 27), Act.CONFIRM)[1] == 0
    row, moved = close(date(2026, 11, 26), Act.OPEN)
    assert (row.name, moved) == ("Thanksgiving Day", 1)
    assert again(manual).due == date(2026, 12, 9)
    rows = calendars.of_utility("obec").rows
    assert rows[date(2026, 11, 27)].certainty == Certainty.CONFIRMED
    assert date(2026, 11, 26) not in rows


def test_a_change_that_changes_nothing_is_refused_and_leaves_nothing(w: World) -> None:
    for day, act in ((date(2026, 3, 7), Act.CLOSE), (date(2026, 11, 26), Act.CLOSE), (STORM, Act.OPEN)):
        assert close(day, act) == Refusal("state.conflict")
    assert ClosingChange.objects.count() == 0
    assert events("calendar.changed") == []


def test_a_rest_stops_the_clock_and_our_answer_starts_it_again(w: World) -> None:
    manual = delivered(w)
    assert happened(manual, steps.pause, at=datetime(2026, 3, 9, 20, tzinfo=UTC))
    assert not happened(manual, steps.pause, at=datetime(2026, 3, 9, 21, tzinfo=UTC))
    assert (again(manual).paused_on, again(manual).remaining) == (date(2026, 3, 9), 5)
    assert happened(manual, steps.resume, at=datetime(2026, 3, 18, 15, tzinfo=UTC))
    assert not happened(manual, steps.resume, at=datetime(2026, 3, 18, 15, tzinfo=UTC))
    found = again(manual)
    assert (found.paused_on, found.remaining, found.due) == (None, None, date(2026, 3, 25))
    assert found.expected_from == date(2026, 3, 18)
    # A storm in the days that were used, before the pause: one more day is left.
    assert close(date(2026, 3, 4))[1] == 1
    assert again(manual).due == date(2026, 3, 26)
    kinds = list(ClockStep.objects.filter(manual=manual).order_by("number").values_list("kind", flat=True))
    assert kinds == ["started", "paused", "resumed", "recomputed"]


def test_a_storm_while_the_clock_stands_still_leaves_more_days(w: World) -> None:
    manual = delivered(w)
    happened(manual, steps.pause, at=datetime(2026, 3, 9, 20, tzinfo=UTC))
    assert close(date(2026, 3, 4))[1] == 1
    assert again(manual).remaining == 6
    step = ClockStep.objects.get(manual=manual, kind="recomputed")
    assert step.remaining == 6


def test_a_day_that_the_co_op_named_lets_us_wait_and_moves_no_due_date(w: World) -> None:
    manual = delivered(w)
    assert happened(manual, steps.promised, date(2026, 3, 20), at=NOW + timedelta(days=3))
    found = again(manual)
    assert (found.promised_for, found.due) == (date(2026, 3, 20), date(2026, 3, 16))
    assert found.first_follow_up == date(2026, 3, 23)
    close()
    assert (again(manual).due, again(manual).first_follow_up) == (date(2026, 3, 17), date(2026, 3, 23))


def test_nothing_happens_to_a_clock_that_was_not_started(w: World) -> None:
    manual = w.manual()
    assert not happened(manual, steps.pause, at=NOW)
    assert not happened(manual, steps.promised, date(2026, 3, 20), at=NOW)
    assert close()[1] == 0
    assert again(manual).due is None
    assert ClockStep.objects.count() == 0


def test_another_file_of_the_profile_moves_open_clocks_by_the_daily_look(w: World, monkeypatch: Any) -> None:
    manual = delivered(w)
    storm = OBEC.closing_days[0].__class__(STORM, "Ice storm", OBEC.closing_days[0].evidence)
    newer = OBEC.__class__(**{**vars(OBEC), "version": "0123456789ab", "closing_days": (*OBEC.closing_days, storm)})
    monkeypatch.setattr("broker.publishing.working", lambda _name: newer)
    monkeypatch.setattr("requests_app.grants.profile_of", lambda _name: newer)
    assert moving.check_all(NOW) == 1
    assert (again(manual).due, again(manual).calendar_version) == (date(2026, 3, 17), "0123456789ab+c0")
    assert ClockStep.objects.get(kind="recomputed").change is None
    assert moving.check_all(NOW) == 0


def test_the_rows_are_only_ever_added(w: World) -> None:
    delivered(w)
    close()
    for table in ("clocks_closingchange", "clocks_clockstep"):
        for statement in (f"UPDATE {table} SET number = 9", f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_two_officers_at_once_make_two_versions_and_a_clock_that_starts_meanwhile_counts_both(w: World) -> None:
    waiting = [delivered(w) for _ in range(3)]
    late, begin = w.manual(), threading.Barrier(3)

    def start() -> None:
        with transaction.atomic():
            ref = log.append("request.delivery_evidence", actor=ACTOR, subject=w.customer.id, body={})
            move(late, ManualState.WAITING_ON_UTILITY, ref=ref, **clock.start(NOW, OBEC))

    def run(act: Any) -> None:
        begin.wait(30)
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        acts = [lambda: close(STORM), lambda: close(date(2026, 3, 11)), start]
        for each in [pool.submit(run, act) for act in acts]:
            each.result(60)
    assert sorted(ClosingChange.objects.values_list("number", flat=True)) == [1, 2]
    assert {again(each).due for each in (*waiting, late)} == {date(2026, 3, 18)}


@time_machine.travel(NOW, tick=False)
def test_the_mail_starts_the_clock_by_the_calendar_of_that_moment(
    sqlite_db: str, tmp_path: Path, settings: Any
) -> None:
    w = world()
    close()
    manual = w.manual()
    with coop(tmp_path, settings):
        assert run_job("manual.send", manual.id) == "done"
    assert (again(manual).due, again(manual).calendar_version) == (date(2026, 3, 17), f"{OBEC.version}+c1")
