"""Requests that left in one mail are asked about again in one mail, and each keeps its own row, number and events."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone

from broker import jobs
from broker.audit import log
from broker.channels.manual_request import ManualRequestChannel
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.directory import AccountFacts, ensure_account
from broker.terms import Actor
from broker.transport import DeliveryUnknown, TemporaryRefusal
from consents import actions
from requests_app.desk.models import Enclosed
from requests_app.ladder import climbing, open_tasks
from requests_app.ladder.asking import FOLLOW_UP
from requests_app.ladder.models import FollowUp, SendingCheck
from requests_app.ladder.words import AskState
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest, Message
from requests_app.worklist_marks import thread
from tests import shared_world
from tests.clock import travel
from tests.environment import ROOT
from tests.integration.mail_support import signed_in
from tests.integration.test_desk_bundles import of_a_neighbour
from tests.integration.test_receive import dsn, take
from tests.ladder_world import NOW, at, fresh, on, subjects, text_of, work
from tests.requests_world import ACTOR, World, coop, events, grant, reply, run_job, world
from tests.scenarios.coops import both_coops

__all__ = ["both_coops"]

FIRST, SECOND = date(2026, 3, 17), date(2026, 3, 24)
OTHER = "40900033"


@dataclass
class Sent:
    """Requests that went out in one mail; the last one under a permission of its own."""

    world: World
    mailbox: Any
    rows: list[ManualRequest] = field(default_factory=list)
    other: Any = None

    def asks(self) -> list[FollowUp]:
        """Give the follow-ups of each request in turn."""
        return [ask for row in self.rows for ask in FollowUp.objects.filter(manual=row).order_by("number")]

    def states(self) -> list[str]:
        """Give where each follow-up stands."""
        return [each.state for each in self.asks()]

    def mails(self) -> int:
        """Give how many mails the co-op has got."""
        return len(self.mailbox.mails.numbers())


@pytest.fixture
def sent(committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    with three(tmp_path, settings, monkeypatch) as one:
        yield one


@pytest.fixture
def sent_in_a_file(sqlite_db: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    """The same where a process of its own can open the database."""
    with three(tmp_path, settings, monkeypatch) as one:
        yield one


@contextmanager
def three(folder: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sent]:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with coop(folder, settings) as mailbox, travel(NOW):
        one = Sent(world(), mailbox)
        with transaction.atomic():
            customer, now = one.world.customer, timezone.now()
            ref = log.append("consent.granted", actor=Actor("c", customer.id), subject=customer.id, body={})
            facts = AccountFacts(OTHER, "Pat Member", "4 Example Road")
            account = ensure_account(customer, "obec", facts, ref=ref, now=now)
            one.other = grant(customer, one.world.organisation, [account], ref=ref, now=now)
        asked = {"utility": "obec", "channel": "manual_request"}
        one.rows = [one.world.manual(**asked) for _ in range(2)]
        one.rows.append(one.world.manual(accounts=[OTHER], **asked))
        assert run_job("manual.send", one.rows[0].id) == "done"
        assert one.mails() == 1
        yield one


def test_three_requests_of_one_mail_are_asked_about_in_one_mail(sent: Sent) -> None:
    with on(FIRST) as now:
        work(now)
        work(now)
    assert sent.mails() == 2
    mail, text = sent.mailbox.mails.message(2), text_of(sent.mailbox, 2)
    first, second, third = sent.asks()
    numbers = [each.number for each in sent.rows]
    assert str(mail["Subject"]) == f"Re: Data access requests {', '.join(numbers)} — how do they stand?"
    assert str(mail["Message-ID"]) == first.message_id
    assert str(mail["In-Reply-To"]) == sent.rows[0].message_id
    threads = [sent.rows[1].message_id, sent.rows[2].message_id, sent.rows[0].message_id]
    assert str(mail["References"]).split() == threads
    for row, four in zip(sent.rows, ("0017", "0017", "0033"), strict=True):
        assert f"| {row.number} | {four} |" in text
    assert OTHER not in text
    assert sent.other.letter.number in text
    assert sent.world.consent.letter.number in text
    # Each of them has its row, its number, its check and its event; one mail is kept, for all.
    assert sent.states() == [AskState.SENT] * 3
    assert [each.number for each in sent.asks()] == [1, 1, 1]
    assert (first.went_with_id, second.went_with_id, third.went_with_id) == (None, first.id, first.id)
    assert len(events("sla.follow_up")) == 3
    assert SendingCheck.objects.filter(mail="follow_up").count() == 3
    kept = Message.objects.get(direction="out", kind="follow_up")
    assert Enclosed.objects.filter(message=kept).count() == 2
    for row in sent.rows:
        (line,) = [each for each in thread(row) if each.message == kept]
        assert line.mark == "handed over"
        assert line.tone
    # The jobs of the others find it done.
    for each in (second, third):
        assert run_job(FOLLOW_UP, each.id, now=at(FIRST, 11)) == "done"
    assert sent.mails() == 2


def test_the_next_one_answers_the_mail_of_the_first(sent: Sent) -> None:
    for day in (FIRST, SECOND):
        with on(day) as now:
            work(now)
    assert sent.mails() == 3
    named = str(sent.mailbox.mails.message(3)["References"]).split()
    assert named[-2:] == [sent.rows[0].message_id, sent.asks()[0].message_id]
    assert "We have written about them since." in text_of(sent.mailbox, 3)


def test_one_call_does_for_all_that_left_in_one_mail(sent: Sent) -> None:
    with on(FIRST) as now:
        work(now)
    numbers = [each.number for each in sent.rows]
    with on(date(2026, 3, 19)) as now:
        work(now)
        assert [each.manual.number for each in open_tasks.calls_with(fresh(sent.rows[1]))] == [
            numbers[1], numbers[0], numbers[2],
        ]  # fmt: skip
        assert Notice.objects.filter(key__startswith="staff:call:").count() == 1
    with on(date(2026, 3, 19), 11) as now:
        staff, at_page = signed_in(), f"/admin/requests/{sent.rows[0].id}/call/"
        page = staff.get(at_page).content.decode()
        assert f"requests {numbers[0]}, {numbers[1]} and {numbers[2]} in one e-mail on March 2" in page
        assert "for the accounts ending in 0017 and 0033" in page
        assert OTHER not in page
        said = {"on": "2026-03-19", "at": "10:30", "outcome": "will_send", "day": "2026-03-23", "also": numbers[1]}
        assert staff.post(at_page, said).status_code == 302
        assert [each.manual.number for each in open_tasks.open_calls()] == [numbers[2]]
        assert [fresh(each).promised_for for each in sent.rows] == [date(2026, 3, 23), date(2026, 3, 23), None]
        assert len(events("sla.called")) == 2
        assert staff.post(at_page, said).status_code == 302  # written down already: nothing more happens
    assert len(events("sla.called")) == 2


def test_a_request_without_company_is_asked_about_as_before(sent: Sent) -> None:
    with on(date(2026, 3, 16)):
        for row in sent.rows[:2]:
            take(reply(row, csv=False, text="Which meter?"), row)
    with on(FIRST) as now:
        work(now)
    assert subjects(sent.mailbox)[1:] == [f"Re: Data access request {sent.rows[2].number} — how does it stand?"]
    assert [each.manual_id for each in FollowUp.objects.all()] == [sent.rows[2].id]


def test_after_a_stop_of_one_permission_the_others_are_still_asked_about(sent: Sent) -> None:
    with on(FIRST) as now:
        climbing.walk(now)
        climbing.climb(fresh(sent.rows[0]), now)
        assert sent.states() == [AskState.QUEUED] * 3  # one walk over the first queues all of its mail
        actions.revoke(sent.world.consent, actor=Actor("c", sent.world.customer.id), how="dashboard", now=now)
        work(now)
        assert sent.states() == [AskState.CANCELLED, AskState.CANCELLED, AskState.SENT]
        assert sent.mails() == 2
        text = text_of(sent.mailbox, 2)
    assert sent.rows[2].number in text
    assert sent.rows[0].number not in text


def test_a_mail_that_one_was_stopped_from_meanwhile_is_written_anew(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    from requests_app.ladder import asking_mail

    write, person = asking_mail.written, Actor("c", sent.world.customer.id)

    def meanwhile(asks: list[FollowUp]) -> Any:
        monkeypatch.setattr(asking_mail, "written", write)
        mailing = write(asks)
        actions.revoke(sent.other, actor=person, how="dashboard", now=timezone.now())
        return mailing

    monkeypatch.setattr(asking_mail, "written", meanwhile)
    with on(FIRST) as now:
        work(now)
        assert sent.mails() == 1  # what was written named the one that she stopped
        assert AskState.SENDING not in sent.states()
    with on(FIRST, 11) as now:
        work(now)
    assert sent.states() == [AskState.SENT, AskState.SENT, AskState.CANCELLED]
    assert sent.mails() == 2
    assert sent.rows[2].number not in text_of(sent.mailbox, 2)


def test_a_mail_that_may_have_left_is_left_to_a_person_for_each_of_them(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(_self: object, _order: object) -> None:
        raise DeliveryUnknown("mx.example", "000 gone")

    with monkeypatch.context() as only_here:
        only_here.setattr(ManualRequestChannel, "hand_over", lost)
        with on(FIRST) as now:
            work(now)
    assert sent.states() == [AskState.UNKNOWN] * 3
    assert Notice.objects.filter(key__startswith="staff:ask-unknown").count() == 3
    with on(FIRST, 12) as now:
        work(now)
    assert sent.mails() == 1
    lead = sent.asks()[0]
    take(dsn(sent.rows[0], message_id=lead.message_id), sent.rows[0])
    assert sent.states() == [AskState.SENT] * 3  # the report is about the mail, and so about all of them


def test_a_mail_that_came_back_is_told_of_each(sent: Sent) -> None:
    with on(FIRST) as now:
        work(now)
    lead = sent.asks()[0]
    take(dsn(sent.rows[0], message_id=lead.message_id, action="failed"), sent.rows[0])
    assert sent.states() == [AskState.REFUSED] * 3
    assert Notice.objects.filter(key__startswith="staff:later-bounced").count() == 3


def test_what_nothing_left_of_is_tried_again_in_one_mail(sent: Sent, monkeypatch: pytest.MonkeyPatch) -> None:
    def later(_self: object, _order: object) -> None:
        raise TemporaryRefusal("mx.example", "451 later")

    with monkeypatch.context() as only_here:
        only_here.setattr(ManualRequestChannel, "hand_over", later)
        with on(FIRST) as now:
            work(now)
    assert sent.states() == [AskState.QUEUED] * 3
    assert {each.went_with_id for each in sent.asks()} == {None}
    with on(FIRST, 11) as now:
        work(now)
        work(now)
    assert sent.states() == [AskState.SENT] * 3
    assert sent.mails() == 2


def test_where_the_first_ones_job_died_another_one_asks_for_all(sent: Sent) -> None:
    with on(FIRST) as now:
        climbing.climb(fresh(sent.rows[0]), now)
        first, second, _ = sent.asks()
        Job.objects.filter(kind=FOLLOW_UP, subject_id=first.id).update(state="dead", finished_at=now)
        assert run_job(FOLLOW_UP, second.id, now=now) == "done"
    assert sent.states() == [AskState.SENT] * 3
    assert sent.mails() == 2


def test_two_workers_at_once_ask_once_for_all(sent: Sent) -> None:
    with on(FIRST) as now:
        both = threading.Barrier(2)

        def worker(rows: list[ManualRequest]) -> None:
            try:
                both.wait(30)
                for row in rows:
                    climbing.climb(row, now)
                both.wait(60)
                for job in Job.objects.filter(kind=FOLLOW_UP).order_by("created_at"):
                    jobs.run(job.id, now=now)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as two:
            for each in [two.submit(worker, rows) for rows in (sent.rows, sent.rows[::-1])]:
                each.result()  # what failed in a worker is raised here
    with on(FIRST, 11) as now:
        work(now)
    assert sent.mails() == 2
    assert sent.states() == [AskState.SENT] * 3
    assert len(events("sla.follow_up")) == 3


@pytest.mark.parametrize(
    ("point", "states", "mails"),
    [("before", AskState.SENT, 1), ("begun", AskState.UNKNOWN, 0), ("taken", AskState.UNKNOWN, 1)],
)
def test_s66_a_worker_that_is_killed_in_between(
    sent_in_a_file: Sent, settings: Any, point: str, states: AskState, mails: int
) -> None:
    sent = sent_in_a_file
    with on(FIRST) as now:
        climbing.climb(fresh(sent.rows[0]), now)
    job = Job.objects.get(kind=FOLLOW_UP, subject_id=sent.asks()[0].id)
    env = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
        "ALLOWED_EGRESS": settings.UTILITY_MAIL_SERVER,
        "UTILITY_MAIL_SERVER": settings.UTILITY_MAIL_SERVER,
    }
    connection.close()
    argv = [sys.executable, "-m", "tests.faults.killed_sender", point, at(FIRST).isoformat(), str(job.id)]
    done = subprocess.run(argv, cwd=ROOT, env=env, timeout=120, check=False, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
    for hours in (1, 2, 3):
        with travel(at(FIRST) + timedelta(hours=hours)):
            for each in Job.objects.filter(kind=FOLLOW_UP).order_by("-created_at"):
                jobs.run(each.id, now=timezone.now())
    assert sent.states() == [states] * 3
    assert sent.mails() == 1 + mails
    assert Message.objects.filter(direction="out", kind="follow_up").count() == 1
    told = 3 if states == AskState.UNKNOWN else 0
    assert Notice.objects.filter(key__startswith="staff:ask-unknown").count() == told


# --- what the database refuses ------------------------------------------------------------------------------------


def under(manual: ManualRequest, change: Callable[[Any], Any]) -> None:
    with transaction.atomic():
        change(log.append("request.state", actor=ACTOR, subject=manual.request.customer_id, body={}))


def moved(ask: FollowUp, state: AskState, **more: Any) -> None:
    facts = {"state": state, "asked_at": timezone.now(), **more}
    rows = FollowUp.objects.filter(id=ask.id)
    under(ask.manual, lambda ref: rows.update(audit_event_id=ref.id, **facts))


def test_a_follow_up_joins_a_mail_that_is_leaving_and_no_neighbours(sent: Sent) -> None:
    neighbour = of_a_neighbour(sent.world)
    assert run_job("manual.send", neighbour.id) == "done"
    with on(FIRST) as now:
        climbing.climb(fresh(sent.rows[0]), now)
        climbing.climb(fresh(neighbour), now)
        first, second, third = sent.asks()
        foreign = FollowUp.objects.get(manual=neighbour)
        for wrong in (first, second, third):  # none of them is leaving
            with pytest.raises(DatabaseError):
                moved(second, AskState.SENDING, went_with=wrong)
        moved(first, AskState.SENDING)
        with pytest.raises(DatabaseError):
            moved(foreign, AskState.SENDING, went_with=first)  # another customer's
        moved(second, AskState.SENDING, went_with=first)
        with pytest.raises(DatabaseError):
            moved(third, AskState.SENDING, went_with=second)  # that one leads no mail
        with pytest.raises(DatabaseError):
            moved(second, AskState.SENT, went_with=None)
        with pytest.raises(DatabaseError):
            moved(third, AskState.CANCELLED, went_with=first)
        moved(second, AskState.QUEUED, went_with=None)  # nothing left us
        with pytest.raises(DatabaseError):
            under(
                third.manual,
                lambda ref: FollowUp.objects.create(
                    manual=third.manual,
                    number=2,
                    message_id="<another@localhost>",
                    state=AskState.QUEUED,
                    day=FIRST,
                    went_with=first,
                    created_at=now,
                    audit_event_id=ref.id,
                ),
            )
    assert fresh(neighbour).state == ManualState.WAITING_ON_UTILITY
    assert [each.step.value for each in open_tasks.taken(sent.rows[0])][-1] == "follow_up"


def test_members_who_shared_a_mail_are_asked_about_in_mails_of_their_own(
    both_coops: None, committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with coop(tmp_path, settings) as mailbox, travel(NOW):
        both = shared_world.sent(mailbox)
    with coop(tmp_path / "later", settings) as mailbox, on(date(2026, 3, 13), utility="junegrass") as now:
        climbing.walk(now)
        climbing.climb(fresh(both.hers[0]), now)
        work(now)
        texts = [text_of(mailbox, each) for each in mailbox.mails.numbers()]
        mails = [mailbox.mails.message(each) for each in mailbox.mails.numbers()]
    assert len(texts) == 2
    for rows, theirs in ((both.hers, both.his), (both.his, both.hers)):
        (place,) = [at for at, text in enumerate(texts) if rows[0].number in text]
        assert all(each.number in texts[place] for each in rows)
        assert not any(each.number in texts[place] or each.number in str(mails[place]["Subject"]) for each in theirs)
        assert str(mails[place]["In-Reply-To"]) == both.hers[0].message_id  # the mail that both letters went with
    with coop(tmp_path / "calls", settings), on(date(2026, 3, 17), utility="junegrass") as now:
        work(now)
        assert {each.manual_id for each in open_tasks.open_calls()} == {each.id for each in both.rows}
        for rows in (both.hers, both.his):  # a call about one member speaks of her requests alone
            assert {each.manual_id for each in open_tasks.calls_with(fresh(rows[0]))} == {each.id for each in rows}
    for subject, rows, _ in both.people:
        theirs = both.his if rows == both.hers else both.hers
        everything = shared_world.evidence(subject, rows)
        assert not any(each.number in everything for each in theirs)
