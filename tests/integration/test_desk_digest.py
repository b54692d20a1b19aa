"""The morning mail: once a day for each person, on business days, counts and numbers alone, and off when unwanted."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from broker import jobs
from broker.audit import log
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.parties.models import User
from broker.terms import Refusal
from requests_app.desk_work import assigning, digest, mailboxes
from requests_app.desk_work.models import DeskMailbox
from requests_app.lifecycle import ManualState
from tests.clock import travel
from tests.integration.test_desk_work import actor, at_once, colleague
from tests.request_lives import bring
from tests.requests_world import ACCOUNT, ACTOR, World, coop, events, run_job, world

MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 3, 9, 12, 30, tzinfo=UTC)  # 7:30 at the desk, on the day after the clocks changed


@pytest.fixture
def w(committing: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    with travel(MONDAY - timedelta(hours=1)):
        yield world()


def proven_mailbox(user: User) -> DeskMailbox:
    """Give a person a mailbox that a code proved."""
    from django.utils import timezone

    now = timezone.now()
    assert mailboxes.begin(user, f"{user.username}@desk.example", actor=actor(user), now=now) is None
    with transaction.atomic():
        ref = log.append("code.accepted", actor=ACTOR, subject=user.id, obj="user", body={})
        DeskMailbox.objects.filter(person=user).update(confirmed_at=now, audit_event_id=ref.id)
    return DeskMailbox.objects.get(person=user)


def morning(now: datetime) -> Job:
    with travel(now):
        with transaction.atomic():
            job = jobs.enqueue(digest.KIND, digest.DAILY, key=f"test:{now}")
        jobs.run(job, now=now)
    return Job.objects.get(id=job)


def written() -> int:
    return Notice.objects.filter(template="desk_digest").count()


def test_each_person_who_wants_one_has_one_a_day_whatever_is_started_again(w: World) -> None:
    manual, ann, sam = bring(w.manual(), ManualState.ANSWERED), colleague("ann"), colleague("sam")
    for each in (ann, sam):
        proven_mailbox(each)
    assigning.take(manual, ann, actor=actor(ann), now=MONDAY - timedelta(hours=1))
    for _again in range(3):
        morning(MONDAY)
    assert written() == 2
    assert mailboxes.want(sam, False, actor=actor(sam)) is None
    morning(MONDAY + timedelta(days=1))
    assert written() == 3


def test_the_mail_names_numbers_and_counts_and_nothing_of_a_member(w: World, tmp_path: Path, settings: Any) -> None:
    manual, ann = bring(w.manual(), ManualState.ANSWERED), colleague("ann")
    proven_mailbox(ann)
    assigning.take(manual, ann, actor=actor(ann), now=MONDAY - timedelta(hours=1))
    morning(MONDAY)
    with coop(tmp_path, settings) as mailbox, travel(MONDAY):
        assert run_job("notices.send", Notice.objects.get(template="desk_digest").id) == "done"
        (mail,) = mailbox.mails.search(to="ann@desk.example")
    assert f"Yours: {manual.number}" in mail["text"]
    assert "Today: 1" in mail["text"]
    for word in (ACCOUNT, ACCOUNT[-4:], "Pat", "Example Road", w.organisation.legal_name):
        assert word not in mail["text"]


def test_nobody_is_written_to_on_a_closed_day_in_the_evening_or_where_nothing_waits(w: World) -> None:
    ann = colleague("ann")
    proven_mailbox(ann)
    assert morning(MONDAY).state == "done"
    assert written() == 0  # nothing waits
    bring(w.manual(), ManualState.ANSWERED)
    assert morning(MONDAY - timedelta(days=1)).state == "done"  # a Sunday
    assert written() == 0
    evening = morning(MONDAY + timedelta(hours=11))
    assert evening.due_at == datetime(2026, 3, 10, 12, tzinfo=UTC)  # seven in the next morning
    early = morning(datetime(2026, 3, 9, 6, tzinfo=UTC))
    assert early.due_at == datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert written() == 0


def test_no_mail_goes_to_an_address_that_no_code_proved(w: World) -> None:
    ann = colleague("ann")
    bring(w.manual(), ManualState.ANSWERED)
    assert mailboxes.begin(ann, "ann@desk.example", actor=actor(ann), now=MONDAY) is None
    morning(MONDAY)
    assert written() == 0
    assert mailboxes.want(ann, True, actor=actor(ann)) == Refusal("state.conflict")
    assert mailboxes.begin(ann, "no address", actor=actor(ann), now=MONDAY) == Refusal("ask.invalid")
    for _code in range(5):
        assert mailboxes.begin(ann, "ann@desk.example", actor=actor(ann), now=MONDAY) is None
    assert mailboxes.begin(ann, "ann@desk.example", actor=actor(ann), now=MONDAY) == Refusal("rate.limited")


def test_an_address_waits_beside_a_proven_one_alone(w: World) -> None:
    ann = colleague("ann")
    proven_mailbox(ann)
    assert mailboxes.begin(ann, "ann@other.example", actor=actor(ann), now=MONDAY) is None
    ref = log.append("code.sent", actor=ACTOR, subject=ann.id, obj="user", body={})
    with pytest.raises(DatabaseError, match="desk_address_waits_beside_a_proven_one"):
        DeskMailbox.objects.update(confirmed_at=None, audit_event_id=ref.id)


def test_an_address_is_not_kept_once_its_code_is_over(w: World) -> None:
    ann = colleague("ann")
    proven_mailbox(ann)
    for minutes in (0, 5):  # the code of the second one is good for longer
        assert mailboxes.begin(ann, "ann@other.example", actor=actor(ann), now=MONDAY + minutes * MINUTE) is None
    row = DeskMailbox.objects.get()
    assert Job.objects.filter(kind=mailboxes.OVER, subject_id=row.id, due_at=MONDAY + 15 * MINUTE).count() == 1
    mailboxes.drop(row.id, now=MONDAY + 10 * MINUTE)
    assert mailboxes.waits(mailboxes.of(ann))
    before = len(events("parties.changed"))
    for _again in range(2):
        mailboxes.drop(row.id, now=MONDAY + 15 * MINUTE)
    row.refresh_from_db()
    assert (row.asked, row.code_hash, mailboxes.waits(row)) == (None, "", False)
    assert mailboxes.shown(ann, actor=actor(ann)) == "ann@desk.example"
    assert len(events("parties.changed")) == before + 1


def test_a_code_has_five_tries_also_at_once_and_ten_minutes(w: World) -> None:
    ann = colleague("ann")
    mailboxes.begin(ann, "ann@desk.example", actor=actor(ann), now=MONDAY)
    tries = [lambda: mailboxes.confirm(ann, "not it", actor=actor(ann), now=MONDAY) for _try in range(3)]
    assert at_once(*tries) == [Refusal("state.conflict")] * 3
    assert DeskMailbox.objects.get().code_tries == 3
    for _try in range(4):
        mailboxes.confirm(ann, "not it", actor=actor(ann), now=MONDAY)
    assert DeskMailbox.objects.get().code_tries == 5
    with pytest.raises(DatabaseError), transaction.atomic():
        DeskMailbox.objects.update(code_tries=6)
