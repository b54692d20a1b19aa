"""The integrator's process."""

import logging
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from broker.audit import auditing, integrator, log
from broker.db import evidence
from broker.jobs import process

PERIOD = 1.0
VERIFY_EVERY = 300.0  # seconds between verifications for the console's banner: all once a day, else what is new
LAST_WAIT = 30.0  # seconds for which the end waits for other processes to close their lanes

journal = logging.getLogger(__name__)


class Command(BaseCommand):
    """Merges lanes into the tree about once a second and has the tree signed."""

    help = (
        "Integrate events into the tree and have it signed, about once a second, until told to stop (TERM); then "
        "wait for the other lanes, close its own, integrate and sign to the end. Example: manage.py integrate --once"
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="integrate all that waits, have it signed, and end")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until TERM, or one pass."""
        log.reset(fresh_operations=True)
        stopping = process.until_told()
        try:
            evidence.assert_intact()
            with integrator.only_one():
                runner = integrator.Integrator()
                if not options["once"]:
                    self._run(runner, stopping)
                self._finish(runner)
        except evidence.EvidenceTampered as error:
            raise CommandError(str(error)) from None
        except integrator.AlreadyRunning:
            raise CommandError("another integrator is running") from None
        except integrator.Diverged as error:
            raise CommandError(f"stopped: {error}; a person must declare a loss or find the cause") from None
        except OSError:
            raise CommandError("the signer cannot be reached; what was integrated waits for its signature") from None
        finally:
            log.reset()

    def _run(self, runner: integrator.Integrator, stopping: process.Stopping) -> None:
        rounds = _Rounds(runner)
        rounds.go()  # what was unsigned at the last stop comes first: who starts after us finds reads open
        self.stdout.write("integrator ready")
        self.stdout.flush()
        while not stopping.is_set():
            if not rounds.go():
                stopping.wait(PERIOD)
        end = time.monotonic() + LAST_WAIT
        while runner.open_elsewhere() and time.monotonic() < end:
            rounds.go()
            time.sleep(0.1)

    def _finish(self, runner: integrator.Integrator) -> None:
        integrator.drain(runner)
        log.close_lanes()
        size = integrator.drain(runner)
        self.stdout.write(f"integrated and signed up to {size}")


class _Rounds:
    """One pass after the other; a database or signer that is away is waited for."""

    def __init__(self, runner: integrator.Integrator) -> None:
        self._runner = runner
        self._life = process.SignsOfLife("integrator")
        self._verification = _Verification()

    def go(self) -> bool:
        """Do one round; say whether more was waiting than fitted into it."""
        more = False
        try:
            more = self._runner.integrate_for(PERIOD)  # then sign, however much is still coming in
            self._runner.bury(now=time.monotonic())
            self._runner.watch(now_us=time.time_ns() // 1000)
            self._runner.look_for_strays(now=time.monotonic())
            self._runner.tell_skew(now=time.monotonic())
            self._life.now_and_then()
            self._verification.now_and_then(self._runner.sign())
        except OSError:
            journal.warning("the signer cannot be reached; integration goes on")
        except (DatabaseError, log.LogUnavailable):
            journal.exception("the integrator's pass failed; it is tried again")
            connection.close()
            return False
        return more


class _Verification:
    """Verifies beside the integration, which does not wait: to read a large log takes longer than a pass may."""

    def __init__(self) -> None:
        self._due = time.monotonic()
        self._verified = 0
        self._thread: threading.Thread | None = None

    def now_and_then(self, size: int) -> None:
        """Start one if it is time, the log has grown to this size, and none is running."""
        running = self._thread is not None and self._thread.is_alive()
        if running or size <= self._verified or time.monotonic() < self._due:
            return
        self._verified, self._due = size, time.monotonic() + VERIFY_EVERY
        # A daemon: the end of the process ends it, and the state that it keeps is replaced whole.
        self._thread = threading.Thread(target=_verify, name="verification", daemon=True)
        self._thread.start()


def _verify() -> None:
    try:
        auditing.verify_database(incremental=True)
    except (DatabaseError, OSError, ValueError, log.LogUnavailable):
        journal.exception("the log could not be verified; it is tried again")
    finally:
        connection.close()
