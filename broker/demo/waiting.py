"""Waiting for what other processes do."""

import time
from collections.abc import Callable

from broker.demo.visitor import UnexpectedPage

PATIENCE = 60.0  # seconds; a loaded machine may need them, a free one never does


def wait_for[T](what: str, look: Callable[[], T | None], patience: float = PATIENCE, pause: float = 0.2) -> T:
    """Look again every `pause` seconds until there is something; fail by name when there never is."""
    end = time.monotonic() + patience
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > end:
            raise UnexpectedPage(f"waited {patience:.0f} s in vain for {what}")
        time.sleep(pause)
