"""The signer's process."""

import signal
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from broker.audit import signer


class Command(BaseCommand):
    """Answers the integrator at a Unix socket; opens no database."""

    help = (
        "Sign checkpoints of the log at SIGNER_SOCKET, with the key in SIGNER_DIR, until told to stop (TERM). Opens "
        "no database. Example: manage.py sign_log"
    )
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Serve until TERM or INT."""
        stopping = False

        def stop(_number: int, _frame: FrameType | None) -> None:
            nonlocal stopping
            stopping = True

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        try:
            desk = signer.Desk(Path(settings.SIGNER_DIR))
        except signer.CannotSign as error:
            raise CommandError(str(error)) from None
        path = Path(settings.SIGNER_SOCKET)
        with signer.listen(path) as server:
            self.stdout.write(f"signer ready at size {desk.last.size}")
            self.stdout.flush()
            signer.serve(desk, server, lambda: stopping)
        path.unlink(missing_ok=True)
        desk.close()
