"""`manage.py receive_mail`: take in answers of the utility over LMTP."""

import asyncio
import os
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from broker.db.evidence import assert_intact
from broker.jobs import heartbeats
from requests_app.listener import NAME, serve

EXAMPLE = """
example:
  manage.py receive_mail                 on LMTP_HOST and LMTP_PORT of the settings
  manage.py receive_mail --port 8024
"""


class Command(BaseCommand):
    """Listen for mail until TERM; each message is sealed before anything looks at it, or its sender keeps it."""

    help = "Take in mail over LMTP (a process of its own; ends cleanly at TERM)."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Show the example as it is written."""
        parser = super().create_parser(prog_name, subcommand, epilog=EXAMPLE, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the place to listen at."""
        parser.add_argument("--host", default=settings.LMTP_HOST)
        parser.add_argument("--port", type=int, default=settings.LMTP_PORT, help="0 picks a free one")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Check the evidence rules, then serve."""
        assert_intact()
        asyncio.run(serve(options["host"], options["port"], ready=self._ready))

    def _ready(self, port: int) -> None:
        heartbeats.beat(NAME, now=timezone.now(), run=os.environ.get("RUN_TOKEN", ""))
        self.stdout.write(f"mail listener on port {port}")
        self.stdout.flush()
