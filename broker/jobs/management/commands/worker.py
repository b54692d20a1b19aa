"""Run jobs until told to stop."""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connections, transaction
from django.utils import timezone
from django_q.cluster import Cluster
from django_q.models import Schedule

from broker.db import evidence
from broker.jobs import process, runner, standing

logger = logging.getLogger(__name__)
BEAT_SECONDS = 5.0
SWEEP_SECONDS = 0.5


class Command(BaseCommand):
    """The worker: the queue's cluster, a sweeper, and a sign of life."""

    help = "Run jobs until TERM. Example: manage.py worker"
    # A worker serves no pages; what concerns it is checked on every start.
    requires_system_checks = ["jobs", "models"]
    stopping: process.Stopping

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Check, start the cluster, then sweep and beat until told to stop."""
        evidence.assert_intact()
        if unhandled := runner.unhandled_kinds():
            raise CommandError(f"open jobs without a handler: {', '.join(unhandled)}")
        ensure_schedule()
        connections.close_all()  # the cluster forks: no connection may be shared with a child
        cluster = Cluster()
        # The cluster's own handler would wait for its children while we may hold the write lock that they wait for.
        # Until it has started, a signal must not be lost either, so ours comes first and stays.
        self.stopping = process.until_told()
        cluster.start()
        self._watch(cluster)
        died = not self.stopping.is_set()
        cluster.stop()
        connections.close_all()
        if died:
            raise CommandError("the cluster ended by itself")

    def _watch(self, cluster: Cluster) -> None:
        life = process.SignsOfLife("worker", every=BEAT_SECONDS)
        while not self.stopping.is_set() and cluster.sentinel.is_alive():
            try:
                # A signal between here and the end of a statement only sets a flag; nothing is cut short.
                runner.sweep(timezone.now())
                if life.now_and_then():
                    standing.ensure(timezone.now())
            except DatabaseError as error:
                # A database that restarts must not end the worker; its missing heartbeat raises the alarm.
                logger.warning("worker: %s", type(error).__name__)
                connections.close_all()
            time.sleep(SWEEP_SECONDS)


def ensure_schedule() -> None:
    """Have the cluster sweep each minute as well, in case this command is killed and its children live on."""
    with transaction.atomic():
        Schedule.objects.update_or_create(
            name="jobs.sweep",
            defaults={
                "func": "broker.jobs.pump.sweep",
                "schedule_type": Schedule.MINUTES,
                "minutes": 1,
                "repeats": -1,
            },
        )
