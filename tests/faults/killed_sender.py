"""A worker that runs one job and kills itself at a commit point: `killed_sender POINT AT JOB`, run as a module."""

import os
import signal
import sys
import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

POINTS = ("before", "begun", "taken", "saved")


def main(point: str, at: str, job: str) -> None:
    """Run the job at this time until the point is reached; then there is no more of this process."""
    import django

    django.setup()
    from broker import jobs, utilities
    from broker.audit import log
    from broker.channels.manual_request import ManualRequestChannel
    from broker.jobs import runner
    from requests_app import mailing
    from requests_app.desk import bundles
    from tests.clock import travel

    if folder := os.environ.get("TEST_PROFILES"):  # where a co-op of the test has its profile
        utilities.FOLDER = Path(folder)
    named: Any = log
    named.reads_are_open = lambda: True  # nobody signs here while days pass
    channel: Any = ManualRequestChannel
    if point == "before":
        for module in (mailing, bundles, sys.modules["requests_app.sending"]):
            with_begin: Any = module
            with_begin.begin = _kill
    elif point == "begun":
        channel.hand_over = _kill
    elif point == "taken":
        channel.hand_over = _then_kill(channel.hand_over)
    with travel(datetime.fromisoformat(at)):
        if point == "saved":
            running: Any = runner
            running.handler_of = _killing(runner.handler_of)
        jobs.run(uuid.UUID(job))


def _kill(*_args: Any, **_options: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_kill(real: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        real(*args, **options)
        return _kill()

    return call


def _killing(find: Callable[[str], Callable[..., Any]]) -> Callable[[str], Callable[..., Any]]:
    return lambda kind: _then_kill(find(kind))


if __name__ == "__main__":
    main(*sys.argv[1:])
