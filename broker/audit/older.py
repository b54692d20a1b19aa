"""Whether this database is an older copy: the signer has signed more, or something else, than it holds."""

import threading
from pathlib import Path

from django.conf import settings
from django.db import connection

from broker.audit import checkpoint, merkle, signer, store, tiles
from broker.audit.checkpoint import Checkpoint

AGAIN = {True: 1.0, False: 60.0}  # seconds until somebody asks anew: of an older copy, of a signer that is away


def last_signed() -> Checkpoint | None:
    """What the signer signed last: asked at its socket, else read from its lock file where that may be read."""
    try:
        keys = store.verifier_keys()
        reply = signer.ask(Path(settings.SIGNER_SOCKET), {"get": 1})
        return checkpoint.open_checkpoint(str(reply.get("note")), keys, origin=settings.LOG_ORIGIN)
    except (OSError, ValueError):
        pass
    try:
        return checkpoint.parse((Path(settings.SIGNER_DIR) / signer.LAST).read_text("ascii"))
    except (OSError, ValueError):
        return None


def _holds(origin: int, last: Checkpoint) -> bool:
    """Say whether the tree goes on from what was signed: it is committed before it is signed, so it is never shorter.

    An older copy that has grown past that size holds other entries up to it, and so another root.
    """
    if last.size > store.tree_size(origin):
        return False
    return last.root == merkle.root_at(last.size, tiles.reader(lambda level, at: store.read_tile(origin, level, at)))


class Watch:
    """Asks once, and again after each new connection: behind it may be an older copy; an older copy stays closed.

    A database does not get older under an open connection. Its end is all that a process sees of a failover, or of a
    restore in the database's place.

    What customers stopped after the copy was made is in force in it again: nothing protected is read from it. A
    signer that cannot be seen says nothing; the integrator, which cannot do without it, then says it instead.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = object()  # stands for the newest one
        self._looked: object = None  # behind which one was looked last
        self._settled: object = None  # behind which one is no older copy
        self._older = False
        self._look_at = 0.0

    def look_again(self) -> None:
        """Ask anew at the next question: the connection to the database is another one."""
        # Without the lock: to look may itself be what makes the connection. One name alone changes here: what is found
        # behind an earlier one, and is written down only after this, never counts for it.
        self._connection = object()

    def is_older(self, origin: int, now: float) -> bool:
        """Say so for this moment (`now` in seconds of a clock that only goes forward)."""
        connection.ensure_connection()  # a new one is asked about before anything is read over it
        if self._settled is self._connection:
            return False
        with self._lock:
            if self._looked is not self._connection or now >= self._look_at:
                newest, last = self._connection, last_signed()
                ours = last is not None and last.origin == settings.LOG_ORIGIN
                self._older = ours and last is not None and not _holds(origin, last)
                self._settled = newest if ours and not self._older else None
                self._looked, self._look_at = newest, now + AGAIN[self._older]
            return self._older
