"""The co-op of a rehearsal, whole: its mail server and clerk, and our own mail listener as a process beside it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from broker.rehearsal.coop_mailbox import RECEIVER, CoopMailbox
from tests.environment import ROOT
from tests.requests_world import coop


@contextmanager
def listening(settings: Any) -> Iterator[int]:
    """Run the mail listener over this test's database; give its port."""
    name = connection.settings_dict["NAME"]
    here = {"DATABASE_URL": f"sqlite:///{name}"} if connection.vendor == "sqlite" else {}
    env = {**os.environ, **here, "MAIL_FROM": settings.MAIL_FROM, "MAIL_AUTHSERV_ID": RECEIVER}
    argv = [sys.executable, "manage.py", "receive_mail", "--port", "0"]
    with subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as listener:
        assert listener.stdout is not None
        try:
            yield int(listener.stdout.readline().rsplit(" ", 1)[1])
        finally:
            listener.terminate()


@contextmanager
def played_coop(folder: Path, settings: Any) -> Iterator[CoopMailbox]:
    """Play the co-op, whose answers come in by our listener, and which takes the orders of test keys."""
    with coop(folder, settings) as mailbox, listening(settings) as port:
        mailbox.listener = f"127.0.0.1:{port}"
        settings.REHEARSAL_COOP_URL = mailbox.url
        settings.ALLOWED_EGRESS = [*settings.ALLOWED_EGRESS, mailbox.url.removeprefix("http://")]
        yield mailbox
