"""The switch is pressed after a job was looked at and before it says that anything goes out: it waits all the same."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from broker import jobs
from broker.duties import bars
from broker.jobs import registry
from broker.jobs.models import Job
from broker.parties.keys import create_application
from broker.parties.models import Role
from requests_app.fees import asking
from requests_app.fees.models import ThreadMail
from requests_app.hooks.outbox import SEND as MESSAGE
from requests_app.ladder.asking import FOLLOW_UP
from requests_app.lifecycle import ManualState
from requests_app.models import ManualRequest
from requests_app.nectar.models import Handing
from tests.duties_world import person, suspended
from tests.hooks_world import enter, hooked
from tests.integration.nectar_support import played, shared
from tests.integration.test_follow_ups_together import FIRST, Sent, sent
from tests.ladder_world import on, work
from tests.request_lives import bring
from tests.requests_world import ACTOR, coop, events, run_job, world

__all__ = ["sent"]


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Press the switch as soon as the guard of a kind of job has let one through."""

    def at(kind: str) -> None:
        look = registry._guards[kind]

        def then_press(job: jobs.JobView) -> None:
            look(job)
            bars.stop(person("Sam Staff", Role.STAFF), "Something is odd.", now=timezone.now())

        monkeypatch.setitem(registry._guards, kind, then_press)

    return at


def waits(kind: str, subject: Any) -> None:
    job = Job.objects.filter(kind=kind, subject_id=subject).latest("created_at")
    found = (job.state, job.last_error_code, job.attempts, job.waits)
    assert found == ("queued", bars.HALTED, 0, 0), kind


def test_a_letter_waits(committing: str, tmp_path: Path, settings: Any, pressed: Any) -> None:
    with coop(tmp_path, settings) as mailbox:
        manual = world().manual()
        pressed("manual.send")
        assert run_job("manual.send", manual.id) == "queued"
        waits("manual.send", manual.id)
        assert not mailbox.mails.numbers()
    manual.refresh_from_db()
    assert (manual.state, manual.messages.count()) == (ManualState.QUEUED, 0)


def test_a_follow_up_waits(sent: Sent, pressed: Any) -> None:
    pressed(FOLLOW_UP)
    with on(FIRST) as now:
        work(now)
        work(now)
    waits(FOLLOW_UP, sent.asks()[0].id)
    assert sent.mails() == 1
    assert set(sent.states()) == {"queued"}


def test_an_answer_waits(committing: str, tmp_path: Path, settings: Any, pressed: Any) -> None:
    with coop(tmp_path, settings) as mailbox:
        manual = world().manual()
        run_job("manual.send", manual.id)
        manual = bring(ManualRequest.objects.get(id=manual.id), ManualState.WAITING_ON_US)
        made = asking.answer_utility(manual, "It is the same member.", actor=ACTOR, now=timezone.now())
        assert isinstance(made, ThreadMail)
        pressed("thread.send")
        run_job("thread.send", made.id)
        waits("thread.send", made.id)
        assert len(mailbox.mails.numbers()) == 1
    made.refresh_from_db()
    assert made.state == "queued"


def test_a_bill_for_nectar_waits(committing: str, settings: Any, pressed: Any) -> None:
    with played(settings, polls_until_done=0) as server:
        pull = shared(world())
        pressed("nectar.upload")
        assert run_job("nectar.upload", pull.id) == "queued"
        waits("nectar.upload", pull.id)
        assert not server.companies
    pull.refresh_from_db()
    assert pull.state == "queued"
    assert not Handing.objects.exists()


def test_a_message_waits(committing: str, settings: Any, pressed: Any) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        row = made.delivery("consent.granted")
        pressed(MESSAGE)
        run_job(MESSAGE, row.id)
        waits(MESSAGE, row.id)
        assert not made.got()
        assert not events("hook.tried")


def test_a_suspended_program_is_not_served_in_its_sisters_mail(committing: str, tmp_path: Path, settings: Any) -> None:
    with coop(tmp_path, settings) as mailbox:
        w = world()
        mine = w.manual()
        sister, key = create_application(
            w.organisation, "Sister", "test", expires_at=w.application.expires_at, actor=ACTOR, now=timezone.now()
        )
        other = replace(w, application=sister, key=key).manual(**{"from": "2025-09-01", "to": "2025-10-01"})
        suspended(sister, person("Olga Officer", Role.OFFICER))
        assert run_job("manual.send", mine.id) == "done"
        assert run_job("manual.send", other.id) == "queued"
        (mail,) = (mailbox.mails.message(each) for each in mailbox.mails.numbers())
        assert other.number not in str(mail["Subject"])
    other.refresh_from_db()
    assert other.state == ManualState.QUEUED
