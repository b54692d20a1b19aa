"""A worker that is killed (kill -9) while it builds a pack, or while it tells a customer of a demand."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from broker import jobs
from broker.console.packs import demands, notice, requesting
from broker.console.packs.lifecycle import Contents, Redaction, State
from broker.jobs.models import Job
from broker.notices.models import Notice
from tests.environment import ROOT
from tests.integration.audit_support import acts, integrate, verdict
from tests.packs_world import Packs, check, packs, unpack

WORKER = """
import importlib, os, signal, sys, uuid
import django
django.setup()
from broker import jobs
place, name = importlib.import_module(sys.argv[2]), sys.argv[3]
real = getattr(place, name)
def then_die(*args, **kwargs):
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(place, name, then_die)
jobs.run(uuid.UUID(sys.argv[1]))
"""


@pytest.fixture
def desk(committing: str, settings: Any, tmp_path: Path) -> Iterator[Packs]:
    with packs(settings, tmp_path / "log") as made:
        yield made


def killed(job: uuid.UUID, module: str, name: str, folder: Path) -> None:
    """Run a job in a worker of its own that dies right after this step."""
    connection.close()
    env = {**os.environ, "SIGNER_DIR": str(folder / "signer"), "BROKER_DATA_DIR": str(folder)}
    argv = [sys.executable, "-c", WORKER, str(job), module, name]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def another(job: Job) -> None:
    """Let another worker take the job over when the dead one's lease is over."""
    job.refresh_from_db()
    assert job.lease_until is not None
    jobs.run(job.id, now=job.lease_until + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("broker.audit.packing", "covering"),
        ("broker.console.packs.selection", "events"),
        ("broker.console.packs.assembly", "make"),
        ("broker.vault", "seal_file"),
        ("broker.console.packs.build", "enter"),
    ],
)
def test_a_killed_build_ends_as_one_whole_pack(desk: Packs, tmp_path: Path, module: str, name: str) -> None:
    pack = desk.ask(redaction=Redaction.OPEN, contents=Contents(letters=True))
    desk.approve(pack)
    desk.build(pack)
    integrate(desk.desk.answer)
    job = Job.objects.get(subject_id=pack.id, kind=requesting.BUILD)
    Job.objects.filter(id=job.id).update(due_at=timezone.now())
    killed(job.id, module, name, tmp_path / "log")
    pack.refresh_from_db()
    assert pack.state == State.BUILDING
    another(job)
    assert desk.work(pack).state == State.READY
    assert acts().count("pack.ready") == 1
    # What a dead worker opened was a read of its own: each export stands there whole, none in part.
    assert acts().count("admin.export") in (3, 6)
    assert check(unpack(desk.data(pack), tmp_path / "out"))["ok"]
    integrate(desk.desk.answer)
    assert verdict()["ok"]


@pytest.mark.parametrize(
    ("module", "name"),
    [("consents.electronic", "customer_address"), ("broker.notices", "send_later"), ("broker.vault", "seal")],
)
def test_a_killed_notice_is_sent_once(desk: Packs, tmp_path: Path, module: str, name: str) -> None:
    now = timezone.now()
    order = demands.Gag("ORDER-7", now + timedelta(seconds=1))
    received = demands.Received("A court", "subpoena", "CV-17", "All of it", now.date(), now.date(), order)
    actor = desk.actor(desk.officer)
    demand = demands.record(received, actor=actor, now=now)
    demands.name_subjects(demand, ["pat@member.example"], actor=actor, now=now)
    job = Job.objects.get(kind=notice.TELL)
    assert job.due_at == order.until
    while timezone.now() < order.until:
        time.sleep(0.05)
    killed(job.id, module, name, tmp_path / "log")
    assert not Notice.objects.exists()
    another(job)
    assert Notice.objects.count() == 1
    assert acts().count("demand.noticed") == 1
    assert demand.subjects.get().notice == Notice.objects.get().id
    another_look = Job.objects.get(kind=notice.TELL)
    assert another_look.state == "done"
