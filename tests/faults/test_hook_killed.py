"""A worker that dies while it sends a webhook: what was not recorded is sent again, the same id and the same bytes."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection

from broker import jobs
from broker.jobs.models import Job
from requests_app.hooks.outbox import SEND
from tests.environment import ROOT
from tests.faults.killed_hook import POINTS
from tests.faults.test_jobs_survive import database_url
from tests.hooks_world import HooksWorld, enter, hooked, later
from tests.requests_world import events


def killed_at(made: HooksWorld, point: str) -> Job:
    """Let a process of its own run the job of the only message, and die at a point."""
    job = Job.objects.get(kind=SEND)
    env = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "WEBHOOK_EGRESS": f"127.0.0.1:{made.receiver.port}",
    }
    connection.close()
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.killed_hook", point, str(job.id)], cwd=ROOT, env=env, timeout=120
    )
    assert done.returncode == -signal.SIGKILL
    return Job.objects.get(id=job.id)


@pytest.mark.parametrize(("point", "sent"), list(zip(POINTS, (1, 2, 1), strict=True)))
def test_a_worker_killed_at_each_point(committing: str, settings: Any, point: str, sent: int) -> None:
    with hooked(settings) as made:
        enter(made.world.consent)
        job = killed_at(made, point)
        assert job.state == "running"  # nobody ended it: its lease runs out
        assert made.delivery("consent.granted").state == ("delivered" if point == "recorded" else "sending")
        assert not jobs.run(job.id)
        assert jobs.run(job.id, now=later(minutes=5))
        row = made.delivery("consent.granted")
        assert (row.state, row.attempts) == ("delivered", 1 if point == "recorded" else 2)
        assert len(made.receiver.got) == sent
        assert len({(each.headers["webhook-id"], each.body) for each in made.receiver.got}) == 1
        assert len(events("hook.tried")) == row.attempts
        assert len(events("hook.delivered")) == 1
        made.got()  # each verifies
