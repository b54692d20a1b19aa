"""What a web server needs of its database before it serves: that it is there, intact, and answers in time."""

import logging
import time
from collections.abc import Callable, Iterator

from django.db import InterfaceError, OperationalError, connections

STATEMENT_SECONDS = 30  # the proxy gives an answer up after 70, and a page asks more than one thing
LONGEST_PAUSE = 5.0  # seconds between two tries

_said = logging.getLogger(__name__)


def limit_statements(alias: str = "default") -> None:
    """Have PostgreSQL end what one statement of this process does for longer; before its first connection.

    For requests alone: jobs and commands verify, back up and migrate for hours.
    """
    connection = connections[alias]
    if connection.vendor == "postgresql":
        options = connection.settings_dict["OPTIONS"]
        options["options"] = f"{options.get('options', '')} -c statement_timeout={STATEMENT_SECONDS}s".strip()


def wait_for(look: Callable[[], None], *, pause: Callable[[float], None] = time.sleep) -> None:
    """Do `look` once PostgreSQL is there, however long that takes; raises whatever else is wrong.

    A worker that ended here for it would end the whole server, and with it the workers that serve.
    """
    for seconds in _pauses():
        try:
            return look()
        except (OperationalError, InterfaceError) as away:
            if connections["default"].vendor != "postgresql":
                raise
            _said.warning("the database is away (%s); it is looked at again in %.0f s", type(away).__name__, seconds)
            connections.close_all()
            pause(seconds)
    raise AssertionError("pauses do not end")


def _pauses() -> Iterator[float]:
    seconds = 1.0
    while True:
        yield seconds
        seconds = min(2 * seconds, LONGEST_PAUSE)
