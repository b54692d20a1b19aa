"""A worker that is killed in the middle of sending: there is never a second mail."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope, Session
from django.db import connection
from django.utils import timezone

from broker import jobs
from broker.jobs.models import Job
from broker.notices.models import Notice
from broker.rehearsal.serving import SmtpServer
from requests_app.lifecycle import ManualState
from requests_app.models import Message
from tests.environment import ROOT
from tests.requests_world import world

WORKER = """
import os, sys, uuid
import django
django.setup()
from broker import jobs
jobs.run(uuid.UUID(sys.argv[1]))
"""


class Hanging:
    """A mail server that takes the content and then says nothing, as long as it is told to hang."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.got_one, self.answer = threading.Event(), threading.Event()

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        """Take a mail; answer when told to."""
        import asyncio

        self.mails.append(bytes(envelope.content or b""))
        self.got_one.set()
        while not self.answer.is_set():
            await asyncio.sleep(0.02)
        return "250 2.0.0 taken"


@pytest.fixture
def server(settings: Any) -> Any:
    handler = Hanging()
    smtp = SmtpServer(handler)
    smtp.start()
    place = f"127.0.0.1:{smtp.port}"
    settings.ALLOWED_EGRESS = [place]
    settings.UTILITY_MAIL_SERVER = place
    yield handler, place
    handler.answer.set()
    smtp.stop()


def test_a_worker_killed_while_the_server_has_the_mail_leaves_it_to_a_person(committing: str, server: Any) -> None:
    handler, place = server
    w = world()
    manual = w.manual()
    job = Job.objects.get(kind="manual.send", subject_id=manual.id)
    env = {
        **os.environ,
        "ALLOWED_EGRESS": place,
        "UTILITY_MAIL_SERVER": place,
    }
    connection.close()
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(job.id)], cwd=ROOT, env=env)
    try:
        assert handler.got_one.wait(60)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    handler.answer.set()
    assert Job.objects.get(id=job.id).state == "running"
    manual.refresh_from_db()
    assert manual.state == ManualState.DELIVERY_UNKNOWN
    # The lease of the dead worker runs out, and others take the job over, again and again.
    for hours in range(1, 4):
        jobs.run(job.id, now=timezone.now() + timedelta(hours=hours))
    time.sleep(0.2)
    assert len(handler.mails) == 1
    manual.refresh_from_db()
    assert manual.state == ManualState.DELIVERY_UNKNOWN
    assert Message.objects.filter(manual=manual, direction="out").count() == 1
    assert Notice.objects.filter(template="staff_alert").count() == 1


def test_a_worker_that_died_before_the_first_byte_is_followed_by_one_that_sends(committing: str, server: Any) -> None:
    handler, _ = server
    handler.answer.set()
    manual = world().manual()
    job = Job.objects.get(kind="manual.send", subject_id=manual.id)
    Job.objects.filter(id=job.id).update(
        state="running", attempts=1, lease=job.id, lease_until=timezone.now() + timedelta(seconds=65)
    )
    jobs.run(job.id)
    assert handler.mails == []
    jobs.run(job.id, now=timezone.now() + timedelta(hours=1))
    assert len(handler.mails) == 1
