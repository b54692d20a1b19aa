"""The signer's process."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from broker.audit import signer, signer_user
from broker.jobs import process


class Command(BaseCommand):
    """Answers the integrator at a Unix socket; opens no database."""

    help = (
        "Sign checkpoints of the log at SIGNER_SOCKET, with the key in SIGNER_DIR, until told to stop (TERM). Opens "
        "no database. Started by root, --user gives root up before it serves; SIGNER_DIR must belong to that user. "
        "Example: manage.py sign_log"
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--user", metavar="NAME", help="the operating system user to become")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Serve until TERM or INT."""
        stopping = process.until_told()
        path, folder = Path(settings.SIGNER_SOCKET).absolute(), Path(settings.SIGNER_DIR)
        try:
            if options["user"] is not None:
                os.chdir(folder)  # from here on no folder above it needs to be open to its user
                folder = Path()
            desk = signer.Desk(folder)
            with signer.listen(path) as server:
                if options["user"] is not None:
                    signer_user.become(options["user"])
                    desk.settle()
                self.stdout.write(f"signer ready at size {desk.last.size}")
                self.stdout.flush()
                signer.serve(desk, server, stopping.is_set)
        except signer.CannotSign as error:
            raise CommandError(str(error)) from None
        except PermissionError:
            raise CommandError("SIGNER_DIR must belong to the signer's user") from None
        with suppress(PermissionError):  # a folder of root's: the next start replaces the socket
            path.unlink(missing_ok=True)
        desk.close()
