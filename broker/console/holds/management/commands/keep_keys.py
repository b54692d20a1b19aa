"""The keeper's process."""

import logging
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from broker.audit import log
from broker.console.holds import keeping
from broker.db import evidence
from broker.jobs import process

PERIOD = 2.0  # seconds between looks for work

journal = logging.getLogger(__name__)


class Command(BaseCommand):
    """Holds, releases and destroys keys as officers and approvers decided, or as a rule says."""

    help = (
        "Let keys show legal holds, release them and destroy data as two people decided, and by its rule alone what "
        "ends by itself (mails with a portal login after ten working days), until told to stop (TERM). "
        "On PostgreSQL it logs in as broker_keeper (DATABASE_URL of its own). Example: manage.py keep_keys --once"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="do what waits, and end")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until TERM, or one pass."""
        stopping = process.until_told()
        try:
            evidence.assert_intact()
        except evidence.EvidenceTampered as error:
            raise CommandError(str(error)) from None
        if options["once"]:
            done = keeping.work(datetime.now(UTC))
            log.finish_here()
            self.stdout.write(f"{done} done")
            return
        self._run(stopping)
        log.close_lanes(for_good=True)

    def _run(self, stopping: process.Stopping) -> None:
        life = process.SignsOfLife("keeper")
        while not stopping.is_set():
            try:
                life.now_and_then()
                keeping.work(datetime.now(UTC))
            except (DatabaseError, log.LogUnavailable, OSError):
                journal.exception("the keeper's pass failed; it is tried again")
                connection.close()
            stopping.wait(PERIOD)
