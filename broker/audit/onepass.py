"""What a command does that logged while no integrator runs: one pass of integrator and signer before it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from broker.audit import integrator, log, signer


def finish() -> int | None:
    """Close this process's lanes, integrate and have signed; None where that is left to others."""
    log.close_lanes()
    try:
        with integrator.only_one(), _asker() as ask:
            runner = integrator.Integrator(ask)
            integrator.drain(runner)
            log.close_lanes()
            return integrator.drain(runner)
    except (integrator.AlreadyRunning, signer.CannotSign, DatabaseError, OSError):
        return None  # an integrator runs already, or this role may not be one: the events wait, nothing is lost


def begin() -> None:
    """Sign what was left unsigned where no integrator runs, so that a command may read; does nothing while reads are
    open, and leaves it to others where they can do it."""
    try:
        if log.reads_are_open():
            return
    except (log.LogUnavailable, DatabaseError):
        return
    finish()


@contextmanager
def _asker() -> Iterator[integrator.Asker]:
    """The running signer, else one in this process for the moment."""
    try:
        integrator.ask_signer({"get": 1})
    except OSError:
        desk = signer.Desk(Path(settings.SIGNER_DIR))
        try:
            yield desk.answer
        finally:
            desk.close()
    else:
        yield integrator.ask_signer
