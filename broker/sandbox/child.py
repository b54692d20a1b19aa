"""The process inside: shuts itself in, warms up, then runs one job after another until the pipe closes."""

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from broker.sandbox import isolation, wire
from broker.sandbox.errors import Refused

SOURCE = Path(__file__).resolve().parents[2]
PACKAGES = ("broker", "consents", "requests_app")
# Loaded before the first job, so that no job pays for it with its own seconds.
WARM = ("weasyprint", "pikepdf", "pdfplumber", "fontTools.ttLib", "fontTools.agl")


def main() -> None:
    """Serve jobs from standard input; ends with the pipe, or with the first job that leaves doubt behind."""
    jobs, answers = _own_pipes()
    for name in PACKAGES:
        importlib.import_module(name)  # while the source folder may still be listed
    report = isolation.shut_in(SOURCE, PACKAGES)
    _warm_up()
    isolation.set_tripwire()
    answers.write(wire.frame({"ready": report}))
    answers.flush()
    while head := jobs.read(wire.HEAD_BYTES):
        job = wire.message(jobs.read(wire.length(head)))
        answer = _run(job)
        answers.write(wire.frame(answer))
        answers.flush()
        if answer.get("last"):
            return


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keep the two pipes for ourselves: a library that prints must not reach the parent."""
    jobs, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return os.fdopen(jobs, "rb"), os.fdopen(answers, "wb")


def _warm_up() -> None:
    for name in WARM:
        importlib.import_module(name)
    importlib.import_module("weasyprint").HTML(string="<p>warm").write_pdf()


def _run(job: dict[str, Any]) -> dict[str, Any]:
    """Run a job; the answer says `last` when this process should not take another."""
    isolation.limit_job(job["cpu"], job["wall"])
    try:
        return {"ok": _function(job["call"])(job["payload"])}
    except Refused as refusal:
        return {"refused": refusal.code}
    except MemoryError as problem:
        return {"failed": type(problem).__name__, "last": True}
    except Exception as problem:  # noqa: BLE001 - whatever a stranger's file provokes is an answer here
        return {"failed": type(problem).__name__}
    except BaseException as problem:  # noqa: BLE001 - WeasyPrint ends a render with one
        return {"failed": type(problem).__name__, "last": True}
    finally:
        isolation.end_job()


def _function(name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    module, _, function = name.partition(":")
    if module.partition(".")[0] not in PACKAGES or not function.isidentifier() or function.startswith("_"):
        raise LookupError(name)
    found: Callable[[dict[str, Any]], dict[str, Any]] = getattr(importlib.import_module(module), function)
    return found


if __name__ == "__main__":
    sys.exit("started by broker.sandbox alone")
