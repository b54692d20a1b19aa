"""A kind of job whose effect can be counted from outside."""

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broker.jobs import JobView

KIND = "faults.effect"
FOLDER = "FAULTS_FOLDER"


def effect(job: "JobView") -> None:
    """Say which process works on the job, work a while, then act once per job id."""
    folder = Path(os.environ[FOLDER])
    (folder / "working" / f"{job.id}.{job.attempt}").write_text(str(os.getpid()))
    time.sleep(float(os.environ.get("FAULTS_WORK", "0.2")))
    try:
        (folder / "done" / str(job.id)).touch(exist_ok=False)
    except FileExistsError:
        return  # the job's id is its idempotency key: an earlier attempt acted and died before it could say so
    with (folder / "ledger").open("a") as ledger:
        ledger.write(f"{job.id}\n")
