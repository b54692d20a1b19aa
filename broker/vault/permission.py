"""Who may open what: the vault asks one checker, which the log installs; without one everything is refused."""

import os
import threading
import time
from typing import Protocol
from uuid import UUID

from broker.terms import EventRef
from broker.vault.errors import NotPermitted

EVENT_AGE = 60  # seconds for which an event permits an opening


class Checker(Protocol):
    """Says whether this event permits opening this part of this subject's data."""

    def __call__(self, event: EventRef, *, subject: UUID, part: str, key_id: UUID) -> bool:
        """Return True only for a committed event, at most 60 s old, of this subject, whose object may open the part."""


_checker: Checker | None = None
_lock = threading.Lock()
_used: dict[tuple[int, UUID], float] = {}


def install_checker(checker: Checker | None) -> None:
    """Install the check that an event permits an opening (None: refuse everything)."""
    global _checker
    _checker = checker


def require_checker() -> None:
    """Refuse while no log has been joined to the vault, whatever the database would say."""
    if _checker is None:
        raise NotPermitted("no event permits this opening")


def require(event: EventRef, *, subject: UUID, part: str, key_id: UUID) -> None:
    """Pass only if the checker permits it and this event has not opened this key before; else NotPermitted."""
    if _checker is None or not _checker(event, subject=subject, part=part, key_id=key_id):
        raise NotPermitted("no event permits this opening")
    # SQLite has no function that could keep the list of uses from the application, so it is kept per process.
    now = time.monotonic()
    with _lock:
        for use in [use for use, at in _used.items() if now - at > 2 * EVENT_AGE]:
            del _used[use]
        if (event.id, key_id) in _used:
            raise NotPermitted("this event has opened this key before")
        _used[event.id, key_id] = now


def forget_uses() -> None:
    """Begin without memory of uses (another database, a forked child)."""
    global _lock
    _lock = threading.Lock()  # the old one may have been held by a thread that the child does not have
    _used.clear()


os.register_at_fork(after_in_child=forget_uses)
