"""The jobs of a request's ladder, each run for real, leave exactly the declared events."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from broker import jobs
from broker.approvals import decide
from broker.audit import log
from broker.jobs.models import Job
from broker.terms import Refusal
from requests_app.ladder import asking, climbing, deciding, telling
from requests_app.ladder.models import FollowUp, LadderStep, LastDecision
from requests_app.ladder.words import Choice, Step
from tests.clock import travel
from tests.completeness.test_every_job import runs, watching
from tests.ladder_world import NOW, fresh, on, person, work
from tests.requests_world import coop, run_job, world

WALKED = (
    "ladder.walk",
    "ladder.climb reminds",
    "ladder.climb asks",
    "ladder.climb calls",
    "ladder.climb decides",
    "manual.follow_up",
    "ladder.told",
    "ladder.renewal",
    "ladder.ended",
)


def test_the_jobs_of_the_ladder(
    committing: str, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "reads_are_open", lambda: True)  # nobody signs here while days pass
    watch = watching(*WALKED)
    with coop(tmp_path, settings), travel(NOW):
        w = world(ends=date(2026, 4, 20))
        watch.know("her", w.customer.id)
        manual = w.manual(channel="manual_request")
        assert run_job("manual.send", manual.id) == "done"
        watch.names |= {"number": manual.number, "consent": str(w.consent.id)}
        with transaction.atomic():
            jobs.enqueue(climbing.WALK, climbing.DAILY, key="ladder.walk:today")
            jobs.enqueue(telling.RENEWAL, manual.id)
        watch.step("ladder.renewal", runs(telling.RENEWAL, manual.id))
        for day, name in (
            (date(2026, 3, 12), "reminds"),
            (date(2026, 3, 17), "asks"),
            (date(2026, 3, 19), "calls"),
            (date(2026, 3, 31), "decides"),
        ):
            with on(day) as now:
                if name == "reminds":
                    watch.step("ladder.walk", runs(climbing.WALK, climbing.DAILY, now=now))
                else:
                    climbing.walk(now)
                watch.step(f"ladder.climb {name}", runs(climbing.CLIMB, manual.id, now=now))
                if name == "asks":
                    step, ask = LadderStep.objects.get(step=Step.OVERDUE), FollowUp.objects.get()
                    watch.step("ladder.told", runs(climbing.TOLD, step.id, now=now))
                    watch.step("manual.follow_up", runs(asking.FOLLOW_UP, ask.id, now=now))
                elif name == "calls":
                    with on(date(2026, 3, 24)) as later:
                        work(later)
                elif name == "decides":
                    asked = deciding.ask(fresh(manual), Choice.CLOSE, reason="-", requester=person("staff"), now=now)
                    assert not isinstance(asked, Refusal)
                    decide.approve(asked.id, approver=person("officer"), now=now)
                    watch.step("ladder.ended", runs(deciding.ENDED, LastDecision.objects.get().id, now=now))
    assert Job.objects.filter(kind=climbing.CLIMB, state="queued").count() == 0
    watch.finish()
