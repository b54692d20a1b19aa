"""A process of the log that kills itself at one named point: `python -m tests.faults.killed_process ROLE POINT N`."""

import os
import signal
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

POINTS = {
    "writer": ("append", "insert", "row", "commit before", "commit after"),
    "integrator": ("add_leaves", "add_index", "save_tiles", "save_cursors", "commit before", "commit after", "publish"),
    "signer": ("open", "fsync", "fdopen", "close", "rename", "sign"),
}


def main(role: str, point: str, number: int) -> None:
    """Work until the point was reached for the n-th time; then there is no more of this process."""
    import django

    django.setup()
    if role == "signer":
        _sign(point, number)
    elif role == "integrator":
        _integrate(point, number)
    else:
        _write(point, number)


class _Killer:
    """Counts how often the point was reached."""

    def __init__(self, point: str, number: int) -> None:
        self.point, self.left = point, number

    def at(self, point: str, real: Callable[..., Any], *, after: bool = False) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if after:
                done = real(*args, **options)
                self._reach(point)
                return done
            self._reach(point)
            return real(*args, **options)

        return call

    def _reach(self, point: str) -> None:
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _commits(killer: _Killer) -> None:
    from django.db import connections

    kind: Any = type(connections["default"])
    kind._commit = killer.at("commit after", killer.at("commit before", kind._commit), after=True)


def _write(point: str, number: int) -> None:
    from django.db import transaction
    from django.utils import timezone

    from broker.audit import insertion, log
    from broker.parties.models import Organisation
    from broker.terms import SERVICE

    killer = _Killer(point, number)
    _commits(killer)
    inserting: Any = insertion
    inserting.insert = killer.at("insert", insertion.insert)
    append, save = (
        killer.at("append", log.append, after=True),
        killer.at("row", Organisation.objects.create, after=True),
    )
    print("ready", flush=True)
    while True:
        row = uuid.uuid4()
        with transaction.atomic():
            body = {"organisation": row}
            ref = append("parties.created", actor=SERVICE("tests"), subject=row, body=body, obj="organisation")
            save(
                id=row,
                slug=row.hex[:20],
                legal_name="Killed",
                address="-",
                contact_email="x@recipient.example",
                created_at=timezone.now(),
                audit_event_id=ref.id,
            )


def _integrate(point: str, number: int) -> None:
    from django.core.management import call_command

    from broker.audit import store

    killer = _Killer(point, number)
    _commits(killer)
    stored: Any = store
    for name in ("add_leaves", "add_index", "save_tiles", "save_cursors"):
        setattr(stored, name, killer.at(name, getattr(stored, name), after=True))
    stored.add_checkpoint = killer.at("publish", stored.add_checkpoint)
    call_command("integrate")


def _sign(point: str, number: int) -> None:
    from django.conf import settings

    from broker.audit import signer

    killer = _Killer(point, number)
    desk = signer.Desk(Path(settings.SIGNER_DIR))
    for name in ("open", "fsync", "fdopen", "close"):
        setattr(os, name, killer.at(name, getattr(os, name)))
    path_kind: Any = Path
    path_kind.rename = killer.at("rename", Path.rename)
    checkpoints: Any = signer.checkpoint
    checkpoints.sign = killer.at("sign", signer.checkpoint.sign)
    with signer.listen(Path(settings.SIGNER_SOCKET)) as server:
        print("ready", flush=True)
        signer.serve(desk, server, lambda: False)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
