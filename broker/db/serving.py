"""What a web server needs of its database before it serves: that it is there, intact, and answers in time."""

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import InterfaceError, OperationalError, connections, transaction

STATEMENT_SECONDS = 30  # the proxy gives an answer up after 70, and a page asks more than one thing
LONG_SECONDS = 60  # of one long reading, all its statements together; the rest of its page has the other 10
LONGEST_PAUSE = 5.0  # seconds between two tries

# Classes of SQLSTATE: a log-in that is refused, and a database that is not there.
_LASTING = frozenset({"28", "3D"})
_SAID = {
    "28P01": re.compile(r"FATAL: +password authentication failed"),
    "28000": re.compile(r'FATAL: +(?:role "[^"]*" does not exist|no pg_hba\.conf entry|\S+ authentication failed)'),
    "3D000": re.compile(r'FATAL: +database "[^"]*" does not exist'),
}

_said = logging.getLogger(__name__)


def limit_statements(alias: str = "default") -> None:
    """Have PostgreSQL end what one statement of this process does for longer; before its first connection.

    For requests alone: jobs and commands verify, back up and migrate for hours.
    """
    connection = connections[alias]
    if connection.vendor == "postgresql":
        options = connection.settings_dict["OPTIONS"]
        options["options"] = f"{options.get('options', '')} -c statement_timeout={STATEMENT_SECONDS}s".strip()


@contextmanager
def reading_long(alias: str = "default") -> Iterator[None]:
    """Let what is read in here take `LONG_SECONDS`, all its statements together; whatever is over is ended (57014).

    For counts and exports of the log, which a page must not do by the way. A transaction of its own, so that the limit
    ends with it; nothing is written in it. SQLite has no limit to lift.
    """
    connection = connections[alias]
    if connection.vendor != "postgresql":
        yield
        return
    end = time.monotonic() + LONG_SECONDS

    def limited(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        left = max(1, int((end - time.monotonic()) * 1000))
        connection.connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(left)])
        return execute(sql, params, many, context)

    with transaction.atomic(using=alias, durable=True), connection.execute_wrapper(limited):
        yield


def was_ended(error: BaseException | None) -> bool:
    """Say whether PostgreSQL ended a statement because it took too long: the database is there, and was asked too much.

    Also one that waited too long for what another one holds: the two cannot be told apart.
    """
    return isinstance(error, OperationalError) and _state(error) == "57014"


def wait_for(look: Callable[[], None], *, pause: Callable[[float], None] = time.sleep) -> None:
    """Do `look` once PostgreSQL is there, however long that takes; raises whatever else is wrong.

    So does what no waiting mends: a wrong password, a login or a database that is not there.

    A worker that ended here for it would end the whole server, and with it the workers that serve.
    """
    for seconds in _pauses():
        try:
            return look()
        except (OperationalError, InterfaceError) as away:
            if connections["default"].vendor != "postgresql" or _never_mends(away):
                raise
            _said.warning("the database is away (%s); it is looked at again in %.0f s", _why(away), seconds)
            connections.close_all()
            pause(seconds)
    raise AssertionError("pauses do not end")


def _state(error: BaseException) -> str:
    """Give PostgreSQL's code (SQLSTATE) of an error, "" where it has none: then nobody there answered.

    Of what a log-in refuses, psycopg keeps the words alone, in the server's language of messages.
    """
    code = getattr(error.__cause__, "sqlstate", None)
    if code:
        return str(code)
    said = str(error)
    return next((code for code, words in _SAID.items() if words.search(said)), "")


def _why(error: BaseException) -> str:
    """Say what is wrong in one line: a log-in that fails names host, port, user and database, and no password."""
    first = (str(error).splitlines() or [""])[0]
    return f"{type(error).__name__} {_state(error)}: {first[:200]}"


def _never_mends(error: BaseException) -> bool:
    return _state(error)[:2] in _LASTING


def _pauses() -> Iterator[float]:
    seconds = 1.0
    while True:
        yield seconds
        seconds = min(2 * seconds, LONGEST_PAUSE)
