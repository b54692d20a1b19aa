"""A worker that runs one job of a webhook and kills itself at a point: `killed_hook POINT JOB`, run as a module."""

import os
import signal
import sys
import uuid
from collections.abc import Callable
from typing import Any

POINTS = ("counted", "sent", "recorded")


def main(point: str, job: str) -> None:
    """Run the job until the point was reached; then there is no more of this process."""
    import django

    django.setup()
    from broker import jobs
    from requests_app.hooks import sending

    step: dict[str, str] = {"counted": "begin", "sent": "hand_over", "recorded": "record"}
    named: Any = sending
    setattr(named, step[point], _then_kill(getattr(named, step[point])))
    jobs.run(uuid.UUID(job))


def _then_kill(real: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        real(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    return call


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
