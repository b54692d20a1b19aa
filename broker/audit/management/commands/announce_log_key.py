"""Announce the log's next public key in the log."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import checkpoint, log, query, store

PATIENCE = 60.0  # seconds until the announcement stands in a signed checkpoint: the maximum merge delay


class Command(BaseCommand):
    """Writes `admin.log_key` and waits until a published checkpoint covers it."""

    help = (
        "Announce a key that `rotate_log_key prepare` made, and print the size of the checkpoint that covers the "
        "announcement. Example: manage.py announce_log_key 'broker.example.org/audit/main+0a1b2c3d+AQ…'"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("vkey", metavar="VKEY")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Log it, wait, print the size."""
        try:
            key = checkpoint.parse_vkey(options["vkey"])
        except checkpoint.BadNote as error:
            raise CommandError(str(error)) from None
        if key.name != settings.LOG_ORIGIN or key in store.verifier_keys():
            raise CommandError("not a new key of this log")
        body = {"vkey": key.encode(), "key_id": f"{key.key_id:08x}"}
        event = log.append("admin.log_key", actor=log.WRITER, subject=None, body=body, obj="log")
        log.finish_here()
        end = time.monotonic() + PATIENCE
        while (note := query.proof_note(event)) is None:
            if time.monotonic() > end:
                raise CommandError("announced, but no checkpoint covers it yet: is the integrator running?")
            time.sleep(0.2)
        size = checkpoint.parse(checkpoint.text_of(note)).size
        self.stdout.write(f"announced; now, as the signer's user: manage.py rotate_log_key start --announced {size}")
