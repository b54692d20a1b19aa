"""What she is told of a consent that goes on: each thing once, nothing stale, and a pause that only she ends."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from broker import vault
from broker.audit import log
from broker.notices.models import Notice
from broker.terms import Actor
from consents import electronic, reminders, suspending, uses
from consents.lifecycle import State
from consents.models import Consent, ConsentNotice, PaperChoice, PaperNotice
from consents.notice_days import Due, Running, due, ending
from requests_app import last_use
from tests.factories import read_event
from tests.integration.consent_support import Life, at, life, mails, world_on
from tests.requests_world import ACTOR, World, events

__all__ = ["life"]

START = date(2026, 1, 1)


def days(life: Life, first: date, last: date, step: int = 1) -> None:
    """Let the worker wake on each of these days."""
    day = first
    while day <= last:
        life.work(at(day))
        day += timedelta(days=step)


def told() -> list[str]:
    """What she was told, in order."""
    return list(ConsentNotice.objects.order_by("at", "id").values_list("kind", flat=True))


# --- the rules ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "kind"),
    [(31, None), (30, "ends_30"), (8, "ends_30"), (7, "ends_7"), (2, "ends_7"), (1, "ends_1"), (0, None)],
)
def test_only_the_nearest_reminder_of_the_end_is_due(left: int, kind: str | None) -> None:
    """A late job sends the one that fits today, and none that it missed."""
    end = date(2026, 7, 1)
    found = ending(Running(START, end, START), end - timedelta(days=left))
    assert (found.kind if found else None) == kind


def test_a_short_consent_is_not_reminded_of_days_before_its_start() -> None:
    """Ten days: the week's reminder and the last day's, not the month's."""
    consent = Running(START, START + timedelta(days=10), START)
    kinds = [found.kind for n in range(10) if (found := ending(consent, START + timedelta(days=n)))]
    assert kinds == ["ends_7"] * 6 + ["ends_1"]


def test_quarters_are_told_until_the_last_month() -> None:
    """In the last month the reminders of the end say it."""
    consent = Running(START, START + timedelta(days=365), START + timedelta(days=364))
    quarters = {
        n: found for n in range(365) for found in due(consent, START + timedelta(days=n)) if found.kind == "sharing"
    }
    assert min(quarters) == 90
    assert max(quarters) == 334
    assert set(quarters.values()) == {Due("sharing", "1"), Due("sharing", "2"), Due("sharing", "3")}


def test_dormancy_is_not_told_when_the_end_comes_first() -> None:
    """Fourteen days are needed between the word and the pause."""
    unused = START + timedelta(days=60)
    kinds = [each.kind for each in due(Running(START, unused + timedelta(days=14), START), unused)]
    assert "dormant" not in kinds
    assert "dormant" in [each.kind for each in due(Running(START, unused + timedelta(days=15), START), unused)]


# --- exactly once -----------------------------------------------------------------------------------------------------


def test_each_reminder_comes_once_in_a_term(life: Life) -> None:
    """A worker that wakes every day, and twice on some."""
    w = world_on(START, ends=START + timedelta(days=60))
    used(w, START + timedelta(days=1))
    for day in range(28, 60):
        life.work(at(START + timedelta(days=day), "06:00"))
        life.work(at(START + timedelta(days=day), "15:00"))
    assert told() == ["ends_30", "ends_7", "ends_1"]
    assert mails() == ["ends_soon"] * 3
    assert len(events("consent.reminded")) == 3


def test_a_week_without_a_worker_makes_no_burst(life: Life) -> None:
    """From day 29 to day 54 nobody woke; then the week's reminder alone, and the last day's on its day."""
    w = world_on(START, ends=START + timedelta(days=60))
    used(w, START + timedelta(days=1))
    life.work(at(START + timedelta(days=29)))
    life.work(at(START + timedelta(days=54)))
    life.work(at(START + timedelta(days=55)))
    assert told() == ["ends_7"]
    life.work(at(START + timedelta(days=59)))
    assert told() == ["ends_7", "ends_1"]


def test_a_job_that_waits_past_the_end_tells_nothing(life: Life) -> None:
    """Queued on the last day, run on the next: the words would be stale."""
    w = world_on(START, ends=START + timedelta(days=60))
    used(w, START + timedelta(days=1))
    with time_machine.travel(at(START + timedelta(days=59)), tick=False):
        assert reminders.enqueue_due(at(START + timedelta(days=59))) == 1
    life.work(at(START + timedelta(days=61)))
    assert told() == []
    assert mails() == ["ran_out"]


def test_mails_of_the_clock_come_in_the_morning(life: Life) -> None:
    """The job of midnight writes them for nine o'clock."""
    world_on(START, ends=START + timedelta(days=60))
    day = START + timedelta(days=30)
    life.work(at(day, "00:00"))
    assert mails() == []
    life.work(at(day, "09:00"))
    assert mails() == ["ends_soon"]


def test_two_workers_at_one_moment_tell_once(life: Life) -> None:
    """The database has room for one row of a kind."""
    w = world_on(START, ends=START + timedelta(days=60))
    now = at(START + timedelta(days=30))
    with time_machine.travel(now, tick=False), transaction.atomic():
        ref = log.append("consent.reminded", actor=ACTOR, subject=w.customer.id, body={})
        row = {"consent": w.consent, "kind": "ends_30", "about": w.consent.ends.isoformat(), "at": now}
        ConsentNotice.objects.create(**row, audit_event_id=ref.id)
    with pytest.raises(DatabaseError):
        _again(w, row)
    life.work(now)
    assert mails() == []


def _again(w: World, row: dict[str, object]) -> None:
    with transaction.atomic():
        ref = log.append("consent.reminded", actor=ACTOR, subject=w.customer.id, body={})
        ConsentNotice.objects.create(**row, audit_event_id=ref.id)


def test_still_sharing_comes_each_quarter(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three times in a year, and only while it is in force."""
    world_on(START)
    monkeypatch.setattr(uses, "_providers", {"every day": lambda _consent: timezone.now()})
    days(life, START + timedelta(days=30), START + timedelta(days=340), 10)
    assert told() == ["sharing", "sharing", "sharing", "ends_30"]


@pytest.mark.parametrize("state", ["suspended", "revoked", "signed"])
def test_what_is_not_in_force_is_not_reminded(life: Life, state: str) -> None:
    """Nothing is shared, so nothing is said."""
    world_on(START, state=state)
    days(life, START + timedelta(days=80), START + timedelta(days=320), 40)
    assert told() == []


# --- dormancy ---------------------------------------------------------------------------------------------------------


def used(w: World, day: date) -> None:
    """Let the recipient ask under the consent."""
    with time_machine.travel(at(day, "10:00"), tick=False):
        before = last_use.of(w.consent)
        w.post(w.ask())
        assert last_use.of(w.consent) != before


def test_nobody_uses_it_so_it_is_told_and_then_paused(life: Life) -> None:
    """After 60 days the word, 14 days later the pause; the recipient gets a code of its own."""
    w = world_on(START)
    days(life, START + timedelta(days=59), START + timedelta(days=73))
    assert (told(), mails()) == (["dormant"], ["not_used"])
    assert Consent.objects.get().state == State.ACTIVE
    life.work(at(START + timedelta(days=74)))
    assert Consent.objects.get().state == State.PAUSED_DORMANT
    assert mails() == ["not_used", "paused"]
    with time_machine.travel(at(START + timedelta(days=74)), tick=False):
        assert w.post(w.ask()).json()["code"] == "consent.paused_dormant"
    days(life, START + timedelta(days=75), START + timedelta(days=300), 15)
    assert mails() == ["not_used", "paused"]


def test_a_use_within_the_notice_keeps_it_in_force(life: Life) -> None:
    """The word was for that silence; a new silence of 60 days gets its own."""
    w = world_on(START)
    life.work(at(START + timedelta(days=60)))
    used(w, START + timedelta(days=70))
    days(life, START + timedelta(days=74), START + timedelta(days=129), 5)
    assert Consent.objects.get().state == State.ACTIVE
    life.work(at(START + timedelta(days=130)))
    assert told().count("dormant") == 2


def test_a_late_job_never_pauses_what_she_was_not_told_of(life: Life) -> None:
    """After a hundred days without a worker she is told first, and has her fourteen days."""
    world_on(START)
    life.work(at(START + timedelta(days=100)))
    assert Consent.objects.get().state == State.ACTIVE
    life.work(at(START + timedelta(days=113)))
    assert Consent.objects.get().state == State.ACTIVE
    life.work(at(START + timedelta(days=114)))
    assert Consent.objects.get().state == State.PAUSED_DORMANT


def test_what_she_resumes_is_not_paused_the_next_morning(life: Life) -> None:
    """Her button counts as a use: sixty days begin anew."""
    w = world_on(START)
    days(life, START + timedelta(days=60), START + timedelta(days=74), 7)
    now = at(START + timedelta(days=80))
    with time_machine.travel(now, tick=False):
        assert suspending.resume(w.consent, actor=Actor("c", w.customer.id), now=now)
    days(life, START + timedelta(days=81), START + timedelta(days=139), 10)
    assert Consent.objects.get().state == State.ACTIVE
    assert told().count("dormant") == 1


# --- paper ------------------------------------------------------------------------------------------------------------


def withdraw(w: World, day: date) -> bool:
    """Withdraw from electronic records."""
    with time_machine.travel(at(day), tick=False):
        return electronic.withdraw(w.customer, actor=Actor("c", w.customer.id), now=at(day))


def test_withdrawing_e_consent_revokes_nothing(life: Life) -> None:
    """Another button, another event; one last mail; the recipient goes on reading."""
    w = world_on(START)
    assert withdraw(w, START)
    assert not withdraw(w, START)
    assert Consent.objects.get().state == State.ACTIVE
    assert len(events("electronic.withdrawn")) == 1
    assert len(events("consent.revoked")) == 0
    assert mails() == ["paper_chosen"]
    with time_machine.travel(at(START), tick=False):
        assert w.post(w.ask()).status_code in (201, 202)


def test_on_paper_the_words_wait_for_the_post(life: Life) -> None:
    """No mail to her, her address is not opened, and the letter holds what the mail would have said."""
    w = world_on(START, ends=START + timedelta(days=60))
    withdraw(w, START)
    opened = len(events("parties.read"))
    days(life, START + timedelta(days=30), START + timedelta(days=61), 31)
    assert mails() == ["paper_chosen"]
    assert len(events("parties.read")) == opened
    assert list(PaperNotice.objects.order_by("made_at").values_list("template", flat=True)) == ["ends_soon", "ran_out"]
    file = PaperNotice.objects.order_by("made_at")[0].file
    life.sign()
    text = vault.open_file(file, under=read_event(w.customer.id, obj="mail")).decode()
    assert w.consent.number in text
    assert Notice.objects.filter(template="ran_out_recipient").exists()


def test_a_new_agreement_ends_the_paper(life: Life) -> None:
    """Under the event of the signature that carries it."""
    w = world_on(START)
    withdraw(w, START)
    with time_machine.travel(at(START), tick=False), transaction.atomic():
        ref = log.append("consent.granted", actor=Actor("c", w.customer.id), subject=w.customer.id, body={})
        assert electronic.agree_again(w.customer, ref=ref, now=at(START))
    assert not electronic.on_paper(w.customer)
    assert withdraw(w, START)
    assert PaperChoice.objects.count() == 2
