"""Wrap every data key with the current wrapping key."""

from typing import Any

from django.core.management.base import BaseCommand

from broker.audit import keeper, log

PROGRESS_EVERY = 2_000  # keys


class Command(BaseCommand):
    """Re-wraps data keys after `make_keys --rotate`."""

    help = (
        "Wrap every data key that an older wrapping key protects with the current one. May be stopped and run again; "
        "on PostgreSQL it logs in as broker_keeper. Example: manage.py rewrap_keys"
    )
    requires_system_checks: list[str] = []

    _said = 0

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Wrap them, and say how many."""
        done = keeper.rewrap(tick=self._tick)
        log.finish_here()
        self.stdout.write(f"{done} keys wrapped anew")

    def _tick(self, done: int) -> None:
        if done // PROGRESS_EVERY > self._said:
            self._said = done // PROGRESS_EVERY
            self.stderr.write(f"{done:,} keys wrapped anew")
