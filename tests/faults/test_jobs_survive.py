"""Whatever dies, each job takes effect exactly once: real workers, real kills."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django_q.models import OrmQ

from broker import jobs, notices
from broker.jobs import registry
from broker.jobs.models import Heartbeat, Job
from broker.notices.models import Notice
from broker.rehearsal.people_mailbox import PeopleMailbox
from broker.transport import Proof, ProvenAddress
from tests import cluster
from tests.environment import ROOT
from tests.faults import effects

LIMIT = 45  # a bound for a hang; nothing here waits so long


def until(true: Callable[[], Any]) -> Any:
    end = time.monotonic() + LIMIT
    while not (found := true()):
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)
    return found


def database_url() -> str:
    name = str(connection.settings_dict["NAME"])
    return cluster.url("broker_app", name) if connection.vendor == "postgresql" else f"sqlite:///{name}"


class Plant:
    """A database, a folder of effects, and the workers that were started on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("working", "done"):
            (folder / name).mkdir()
        self.groups: list[subprocess.Popen[bytes]] = []
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.faults.job_settings",
            "DATABASE_URL": database_url(),
            effects.FOLDER: str(folder),
            "LOG_LEVEL": "CRITICAL",
        }

    def start(self, **env: str) -> subprocess.Popen[bytes]:
        run = uuid.uuid4().hex
        said = self.folder / f"worker-{len(self.groups)}.txt"
        with said.open("wb") as output:
            worker = subprocess.Popen(
                [sys.executable, "manage.py", "worker"],
                cwd=ROOT,
                env={**self.env, **env, "RUN_TOKEN": run},
                start_new_session=True,
                stdout=output,
                stderr=output,
            )
        self.groups.append(worker)
        until(lambda: worker.poll() is not None or Heartbeat.objects.filter(name="worker", run=run).exists())
        assert worker.poll() is None, said.read_text()
        return worker

    def kill_group(self, worker: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()

    def enqueue(self, count: int) -> list[uuid.UUID]:
        with transaction.atomic():
            return [jobs.enqueue(effects.KIND, uuid.uuid4()) for _ in range(count)]

    def working(self) -> list[Path]:
        return list((self.folder / "working").iterdir())

    def all_done(self, ids: list[uuid.UUID]) -> bool:
        return Job.objects.filter(id__in=ids, state="done").count() == len(ids)

    def ledger(self) -> list[str]:
        path = self.folder / "ledger"
        return sorted(path.read_text().split()) if path.exists() else []


@pytest.fixture
def plant(sqlite_db: str, tmp_path: Path) -> Iterator[Plant]:
    yield from planted(tmp_path)


@pytest.fixture
def postgresql_plant(postgresql_db: str, tmp_path: Path) -> Iterator[Plant]:
    yield from planted(tmp_path)


def planted(tmp_path: Path) -> Iterator[Plant]:
    registry._handlers[effects.KIND] = effects.effect
    plant = Plant(tmp_path)
    yield plant
    for worker in plant.groups:
        plant.kill_group(worker)
    registry._handlers.pop(effects.KIND)


def test_a_worker_killed_in_the_middle_of_a_job(plant: Plant) -> None:
    plant.start()
    ids = plant.enqueue(3)
    until(plant.working)
    victim = plant.working()[0]
    os.kill(int(victim.read_text()), signal.SIGKILL)
    until(lambda: plant.all_done(ids))
    assert plant.ledger() == sorted(map(str, ids))
    assert Job.objects.get(id=victim.name.partition(".")[0]).attempts == 2


def test_a_cluster_killed_whole_and_started_again(plant: Plant) -> None:
    worker = plant.start(FAULTS_WORK="1.0")
    ids = plant.enqueue(4)
    until(plant.working)
    plant.kill_group(worker)
    assert not plant.all_done(ids)
    plant.start()
    until(lambda: plant.all_done(ids))
    assert plant.ledger() == sorted(map(str, ids))


def test_orphans_of_a_killed_cluster_beside_a_new_one(plant: Plant) -> None:
    worker = plant.start(FAULTS_WORK="0.5")
    ids = plant.enqueue(6)
    until(plant.working)
    os.kill(worker.pid, signal.SIGKILL)  # its children live on and go on working
    plant.start(FAULTS_WORK="0.5")
    until(lambda: plant.all_done(ids))
    assert plant.ledger() == sorted(map(str, ids))
    assert set(Job.objects.filter(id__in=ids).values_list("attempts", flat=True)) == {1}


def test_a_queue_emptied_while_jobs_wait(plant: Plant) -> None:
    ids = plant.enqueue(4)
    assert OrmQ.objects.all().delete()[0] == 4
    plant.start()
    until(lambda: plant.all_done(ids))
    assert plant.ledger() == sorted(map(str, ids))


def test_a_secret_key_changed_while_jobs_wait(plant: Plant) -> None:
    ids = plant.enqueue(4)
    # The queue cannot read its own tasks any more and deletes them; the job table knows nothing of that key.
    plant.start(SECRET_KEY=secrets.token_urlsafe(48))
    until(lambda: plant.all_done(ids))
    assert plant.ledger() == sorted(map(str, ids))


@pytest.mark.postgresql
def test_a_database_that_throws_everybody_out(postgresql_plant: Plant) -> None:
    plant = postgresql_plant
    plant.start(FAULTS_WORK="0.5")
    ids = plant.enqueue(6)
    until(plant.working)
    # What every connection sees when the server restarts; the server itself is shared with other tests.
    with cluster.connect("postgres", "postgres") as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [connection.settings_dict["NAME"]],
        )
    connection.close()
    until(lambda: plant.all_done(ids))
    assert plant.ledger() == sorted(map(str, ids))


def test_term_lets_the_job_end(plant: Plant) -> None:
    worker = plant.start(FAULTS_WORK="1.0")
    ids = plant.enqueue(1)
    until(plant.working)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(LIMIT) == 0
    assert plant.all_done(ids)


class HangingMailbox(PeopleMailbox):
    """Takes a mail, but answers only after the caller is gone."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        await super().handle_DATA(server, session, envelope)
        while not server.transport.is_closing() and session.peer:
            import asyncio

            await asyncio.sleep(0.05)
        return "250 too late"


def test_a_worker_killed_in_the_middle_of_sending_sends_no_second_mail(plant: Plant, tmp_path: Path) -> None:
    with HangingMailbox(tmp_path / "people") as people:
        place = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(people.port), "ALLOWED_EGRESS": f"127.0.0.1:{people.port}"}
        with transaction.atomic():
            notice_id = notices.send_later(
                "declined",
                to=ProvenAddress("desk@recipient.example", Proof("party", "r-1")),
                subject=uuid.uuid4(),
                context={"number": "OB-1"},
                key="declined:1",
            )
        plant.start(**place)
        until(people.mails.numbers)
        assert Notice.objects.get(id=notice_id).state == "sending"
        plant.kill_group(plant.groups[0])
        plant.start(**place)
        until(lambda: Notice.objects.get(id=notice_id).state == "unknown")
        job = until(lambda: Job.objects.filter(subject_id=notice_id, state="dead").first())
        assert job.last_error_code == "mail.delivery_unknown"
        assert people.mails.numbers() == [1]
