"""At most so many new requests a day for a desk, in fair order, over restarts and whoever works at the same moment."""

import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from broker import utilities
from broker.audit import log
from broker.jobs.models import Job
from requests_app import status
from requests_app.desk import bundles, turns
from requests_app.desk.models import Enclosed, SendSlot
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from tests import clock
from tests.requests_world import World, coop, events, reply, run_job, world
from tests.scenarios.coops import JUNEGRASS, both_coops

__all__ = ["both_coops"]
MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)  # 8 a.m. at the fictional co-op, which takes four a day


def asked(w: World, number: int, **changes: Any) -> list[ManualRequest]:
    changes = {"utility": w.consent.utility, "channel": "manual_request", **changes}
    return [w.manual(**changes) for _ in range(number)]


def in_order(w: World, number: int) -> list[ManualRequest]:
    """Ask in a time that stands still, each a second before the next."""
    rows = []
    for seconds in range(-number, 0):
        with clock.travel(MONDAY + timedelta(seconds=seconds)):
            rows += asked(w, 1)
    return rows


def states(rows: list[ManualRequest]) -> list[str]:
    return [ManualRequest.objects.get(id=each.id).state for each in rows]


@pytest.fixture
def monday(both_coops: None, sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)
    with clock.travel(MONDAY):
        yield


def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "companions", lambda *_args, **_kwargs: [])


def test_a_desk_gets_so_many_a_day_and_the_rest_is_told_its_day(
    monday: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(monkeypatch)
    w = world(utility=JUNEGRASS.id)
    with coop(tmp_path, settings) as mailbox:
        rows = in_order(w, 6)
        assert [run_job("manual.send", each.id) for each in rows] == ["done"] * 4 + ["queued"] * 2
        assert len(mailbox.mails.numbers()) == 4
    waiting = rows[5]
    assert turns.expected(waiting, now=timezone.now()) == date(2026, 3, 3)
    assert status.of(waiting.request)["clock"]["expected_to_leave"] == date(2026, 3, 3)
    job = Job.objects.get(kind="manual.send", subject_id=waiting.id)
    assert job.due_at == datetime(2026, 3, 3, 14, tzinfo=UTC)  # 7 a.m. there, before the office opens
    assert job.last_error_code == "desk.full"
    with coop(tmp_path, settings), clock.travel(MONDAY + timedelta(days=1)):
        assert run_job("manual.send", waiting.id) == "done"
    assert turns.expected(ManualRequest.objects.get(id=waiting.id), now=timezone.now()) is None
    assert list(SendSlot.objects.order_by("day", "number").values_list("day", "number")) == [
        *((date(2026, 3, 2), number) for number in (1, 2, 3, 4)),
        *((date(2026, 3, 3), number) for number in (1, 2)),
    ]


def test_the_day_is_the_desks_own_and_a_closed_one_takes_none(monday: None, tmp_path: Path, settings: Any) -> None:
    w = world(utility=JUNEGRASS.id)
    with clock.travel(datetime(2026, 3, 9, 23, tzinfo=UTC)):  # after the cut-off; Tuesday is Founders' Day
        rows = in_order(w, 5)
        assert turns.expected(rows[4], now=timezone.now()) == date(2026, 3, 12)  # four turns count for Wednesday
    with clock.travel(datetime(2026, 3, 3, 5, 30, tzinfo=UTC)):  # still Monday evening in Denver
        assert turns.expected(rows[4], now=timezone.now()) == date(2026, 3, 4)


def test_no_day_is_named_for_what_may_leave_now(monday: None, tmp_path: Path, settings: Any) -> None:
    w = world(utility=JUNEGRASS.id)
    with coop(tmp_path, settings), clock.travel(datetime(2026, 3, 9, 23, tzinfo=UTC)):  # it counts for Wednesday there
        (row,) = asked(w, 1)
        assert status.of(row.request)["clock"]["expected_to_leave"] is None
        assert run_job("manual.send", row.id) == "done"  # and leaves at once


def test_a_request_that_had_its_turn_keeps_it_when_the_server_is_away(monday: None, settings: Any) -> None:
    settings.ALLOWED_EGRESS = ["127.0.0.1:9"]
    settings.UTILITY_MAIL_SERVER = "127.0.0.1:9"
    w = world(utility=JUNEGRASS.id)
    rows = in_order(w, 5)
    assert run_job("manual.send", rows[0].id) == "queued"
    assert SendSlot.objects.count() == 4
    assert states(rows) == [ManualState.QUEUED] * 5
    assert turns.take(rows[0], now=timezone.now()).now
    assert not turns.take(rows[4], now=timezone.now()).now


def test_a_recipient_that_asks_for_much_keeps_nobody_waiting(monday: None) -> None:
    from tests.requests_world import organisation

    w = world(utility=JUNEGRASS.id)
    rows = in_order(w, 6)
    other, *_ = organisation("zeta", timezone.now())
    last = ManualRequest.objects.get(id=rows[5].id).request
    type(last).objects.filter(id=last.id).update(organisation=other, audit_event_id=last.audit_event_id)
    assert turns.take(rows[0], now=timezone.now()).now
    given = set(SendSlot.objects.values_list("manual__number", flat=True))
    assert given == {rows[0].number, rows[5].number, rows[1].number, rows[2].number}


def test_two_workers_never_give_more_turns_than_there_are(committing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    few, profile = 2, utilities.for_mode("obec", "rehearsal")
    small = replace(profile, desk=replace(profile.desk, requests_per_day=few))
    monkeypatch.setattr(turns, "profile_for", lambda _manual: small)
    rows = asked(world(), 6)
    now, gate, found = timezone.now(), threading.Barrier(6), []

    def work(row: ManualRequest) -> None:
        gate.wait()
        found.append(turns.take(row, now=now).now)
        connection.close()

    workers = [threading.Thread(target=work, args=[each]) for each in rows]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(found) == [False] * 4 + [True] * 2
    assert SendSlot.objects.count() == few


def test_the_database_refuses_a_turn_twice_and_one_too_many(committing: str) -> None:
    first, second = asked(world(), 2)
    day = date(2026, 3, 2)

    def turn(manual: ManualRequest, number: int) -> None:
        with transaction.atomic():
            SendSlot.objects.create(manual=manual, utility="obec", day=day, number=number, most=2, at=timezone.now())

    turn(first, 1)
    for manual, number in ((second, 1), (second, 3), (second, 0), (first, 2)):
        with pytest.raises(Error):
            turn(manual, number)
    with pytest.raises(Error), transaction.atomic():
        SendSlot.objects.filter(manual=first).update(number=2)
    with pytest.raises(Error), transaction.atomic():
        SendSlot.objects.filter(manual=first).delete()


# --- one mail for several -----------------------------------------------------------------------------------------


def test_requests_of_one_customer_to_one_recipient_share_a_mail(committing: str, tmp_path: Path, settings: Any) -> None:
    w = world()
    with coop(tmp_path, settings) as mailbox:
        rows = asked(w, 2, utility="obec") + asked(w, 1, utility="obec", data_types=["bill"])
        assert [run_job("manual.send", each.id) for each in rows] == ["done"] * 3
        assert len(mailbox.mails.numbers()) == 1
        mail = mailbox.mails.message(1)
    assert str(mail["Message-ID"]) == rows[0].message_id
    assert [each.message_id for each in rows[1:]] == str(mail["References"]).split()
    assert len(list(mail.iter_attachments())) == 1  # one letter, which covers them all
    text = mail.get_body(("plain",)).get_content()
    assert all(f"| {each.number} | {w.account.last_four} |" in text for each in rows)
    assert states(rows) == [ManualState.WAITING_ON_UTILITY] * 3
    assert Enclosed.objects.count() == 2
    assert Message.objects.filter(direction="out").count() == 1
    assert len(events("request.sent")) == 3
    assert SendSlot.objects.count() == 3  # each of them counts
    assert {each.id for each in bundles.all_in(ManualRequest.objects.get(id=rows[2].id))} == {each.id for each in rows}


def test_an_answer_to_such_a_mail_waits_for_a_person(committing: str, tmp_path: Path, settings: Any) -> None:
    from requests_app.receive import receive

    w = world()
    with coop(tmp_path, settings):
        rows = asked(w, 2, utility="obec")
        run_job("manual.send", rows[0].id)
    raw = reply(rows[0]).replace(b"In-Reply-To:", f"References: {rows[1].message_id}\r\nIn-Reply-To:".encode(), 1)
    settings.MAIL_AUTHSERV_ID = "mx.broker.example"
    to = [f"r.{rows[0].thread_token}@localhost"]
    found = receive(raw, envelope_from="billing@coop.example", envelope_to=to, now=timezone.now())
    assert found.kind == "held"


def test_a_mail_that_could_not_leave_takes_all_of_its_requests_back(
    sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while hours pass
    settings.ALLOWED_EGRESS = ["127.0.0.1:9"]
    settings.UTILITY_MAIL_SERVER = "127.0.0.1:9"
    rows = asked(world(), 2, utility="obec")
    run_job("manual.send", rows[0].id)
    assert states(rows) == [ManualState.QUEUED] * 2
    again = Job.objects.filter(kind="manual.send", subject_id=rows[1].id)
    assert again.count() == 2  # the one of the request, and one in case that was done already
    with coop(tmp_path, settings) as mailbox:
        later = timezone.now() + timedelta(hours=5)
        with clock.travel(later):
            for job in Job.objects.filter(kind="manual.send", state="queued"):
                run_job("manual.send", job.subject_id, now=later)
        assert len(mailbox.mails.numbers()) == 1
    assert states(rows) == [ManualState.WAITING_ON_UTILITY] * 2


def test_after_a_crash_a_person_hears_of_each_request_once(sqlite_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from broker.channels.manual_request import ManualRequestChannel
    from broker.notices.models import Notice

    def killed(_self: object, _order: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ManualRequestChannel, "hand_over", killed)
    rows = asked(world(), 2, utility="obec")
    with pytest.raises(KeyboardInterrupt):
        run_job("manual.send", rows[0].id)
    assert states(rows) == [ManualState.DELIVERY_UNKNOWN] * 2
    assert run_job("manual.send", rows[1].id) == "done"
    assert not Notice.objects.filter(template="staff_alert").exists()  # the mail's own job says it
    Job.objects.filter(subject_id=rows[0].id).update(lease_until=timezone.now() - timedelta(minutes=1))
    run_job("manual.send", rows[0].id)
    assert Notice.objects.filter(template="staff_alert").count() == 2


def test_a_request_waits_a_little_for_others(sqlite_db: str, settings: Any, tmp_path: Path) -> None:
    settings.REQUEST_GATHER_MINUTES = 10
    with coop(tmp_path, settings) as mailbox:
        (row,) = asked(world(), 1, utility="obec")
        assert run_job("manual.send", row.id) == "queued"
        assert mailbox.attempts == 0
        later = timezone.now() + timedelta(minutes=10)
        with clock.travel(later):
            assert run_job("manual.send", row.id, now=later) == "done"


def test_letters_of_two_customers_share_no_mail_where_the_profile_says_customer(sqlite_db: str) -> None:
    from requests_app.desk.mail import written

    first, second = asked(world(), 2, utility="obec")
    second.request.customer_id = uuid.uuid4()
    with pytest.raises(ValueError, match="one customer"):
        written([first, second])
