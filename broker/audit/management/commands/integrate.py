"""The integrator's process."""

import logging
import signal
import threading
import time
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from broker.audit import auditing, integrator, log
from broker.db import evidence

PERIOD = 1.0
VERIFY_EVERY = 300.0  # seconds between verifications of the whole log, for the console's banner
VERIFY_UP_TO = 100_000  # leaves; a larger log is verified by `verify_log` on its own schedule
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
        stopping = threading.Event()

        def stop(_number: int, _frame: FrameType | None) -> None:
            stopping.set()

        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, stop)
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

    def _run(self, runner: integrator.Integrator, stopping: threading.Event) -> None:
        self.stdout.write("integrator ready")
        self.stdout.flush()
        verified, due = 0, time.monotonic()
        while not stopping.is_set():
            size = _step(runner)
            if verified < size <= VERIFY_UP_TO and time.monotonic() >= due:
                auditing.verify_database()
                verified, due = size, time.monotonic() + VERIFY_EVERY
            stopping.wait(PERIOD)
        end = time.monotonic() + LAST_WAIT
        while runner.open_elsewhere() and time.monotonic() < end:
            _step(runner)
            time.sleep(0.1)

    def _finish(self, runner: integrator.Integrator) -> None:
        integrator.drain(runner)
        log.close_lanes()
        size = integrator.drain(runner)
        self.stdout.write(f"integrated and signed up to {size}")


def _step(runner: integrator.Integrator) -> int:
    """One pass; a database or signer that is away is waited for. Return the signed size, 0 where there is none."""
    try:
        while runner.integrate():
            pass
        runner.bury(now=time.monotonic())
        return runner.sign()
    except OSError:
        journal.warning("the signer cannot be reached; integration goes on")
    except (DatabaseError, log.LogUnavailable):
        journal.exception("the integrator's pass failed; it is tried again")
        connection.close()
    return 0
