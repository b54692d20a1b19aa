"""The process that puts checkpoints into other hands."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from broker.audit import anchoring, log
from broker.db import evidence
from broker.jobs import process

NAME = "anchor-log"
PERIOD = 1.0


class Command(BaseCommand):
    """Has each new checkpoint cosigned, stamped once a day, and mailed once a day."""

    help = (
        "Have the log's newest checkpoint cosigned by the witnesses (LOG_WITNESSES) about once a minute, and stamped "
        "(TIMESTAMP_URLS) and mailed (LOG_MAIL_TO) once a day, until told to stop (TERM). On PostgreSQL it logs in as "
        "broker_integrator. Example: manage.py anchor_log --once"
    )

    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--once", action="store_true", help="try each anchor that is due, say what came of it, end")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run until TERM, or one round."""
        log.reset(fresh_operations=True)
        stopping = process.until_told()
        try:
            evidence.assert_intact()
            if options["once"]:
                self._once()
            else:
                self._run(stopping)
        except evidence.EvidenceTampered as error:
            raise CommandError(str(error)) from None
        finally:
            log.close_lanes()
            log.reset()

    def _once(self) -> None:
        outcomes = anchoring.Rounds().go(now=datetime.now(UTC))
        for each in outcomes:
            self.stdout.write(f"{each.what}: {'anchored' if each.ok else 'not anchored'}: {each.text}")
        if not outcomes:
            self.stdout.write("nothing was due")
        if any(not each.ok for each in outcomes):
            raise CommandError("not every anchor was made")

    def _run(self, stopping: process.Stopping) -> None:
        rounds, life = anchoring.Rounds(), process.SignsOfLife(NAME)
        while not stopping.is_set():
            try:
                life.now_and_then()
                for each in rounds.go(now=datetime.now(UTC)):
                    self.stdout.write(f"{each.what}: {'anchored' if each.ok else 'not anchored'}: {each.text}")
                    self.stdout.flush()
            except (DatabaseError, log.LogUnavailable):
                connection.close()
            stopping.wait(PERIOD)
