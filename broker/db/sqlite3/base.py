"""Django's SQLite backend with the write queue around every transaction and every lone write."""

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.sqlite3 import base

from broker.db.sqlite3.queue import WriteQueue
from broker.db.sqlite3.schema import DatabaseSchemaEditor

LIMIT = 20  # seconds that a writer waits, in our queue and in SQLite's own
_SETTINGS = (
    "PRAGMA synchronous = FULL",  # an entry of the log that was confirmed survives a power cut
    "PRAGMA recursive_triggers = ON",  # else REPLACE deletes evidence without firing its triggers
    "PRAGMA secure_delete = ON",
)
_WRITES = re.compile(
    r"\s*(?:INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER|VACUUM|REINDEX|ANALYZE"
    r"|WITH\b.*\b(?:INSERT|UPDATE|DELETE|REPLACE))\b",
    re.IGNORECASE | re.DOTALL,
)


def _make_private(path: str | Path) -> None:
    """Let a new database file be its owner's alone; SQLite's side files take its mode over."""
    # Only a file that is not there yet: closing a second handle would drop the locks of other connections to it.
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


class QueuedCursor(base.SQLiteCursorWrapper):
    """A cursor whose writes outside of a transaction queue like a transaction."""

    def __init__(self, connection: Any, queue: WriteQueue) -> None:
        super().__init__(connection)
        self._queue = queue

    def execute(self, query: str, params: Any = None) -> Any:
        """Run one statement, in turn."""
        return self._in_turn(query, lambda: super(QueuedCursor, self).execute(query, params))

    def executemany(self, query: str, param_list: Any) -> Any:
        """Run one statement with many rows, in turn."""
        return self._in_turn(query, lambda: super(QueuedCursor, self).executemany(query, param_list))

    def _in_turn(self, query: str, run: Callable[[], Any]) -> Any:
        if self._queue.held or self.connection.in_transaction or not _WRITES.match(query):
            return run()
        self._queue.take()
        try:
            return run()
        finally:
            self._queue.give()


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection; holds the turn to write from BEGIN to the end of the transaction."""

    SchemaEditorClass = DatabaseSchemaEditor
    queue: WriteQueue | None = None
    init_commands: list[str]

    def get_connection_params(self) -> dict[str, Any]:
        """Give the settings that this backend depends on, whatever OPTIONS say."""
        params = super().get_connection_params()
        params.setdefault("timeout", LIMIT)
        # A transaction that begins by reading cannot become a writer once somebody else has written.
        self.transaction_mode = "IMMEDIATE"
        self.init_commands = [*_SETTINGS, *self.init_commands]
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open the file, in WAL mode."""
        if self.is_in_memory_db():
            return super().get_new_connection(conn_params)
        _make_private(self.settings_dict["NAME"])
        if self.queue is None:
            self.queue = WriteQueue(self.settings_dict["NAME"], float(conn_params["timeout"]))
        connection = super().get_new_connection(conn_params)
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            self.queue.take()  # the change of mode does not wait for others by itself
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                self.queue.give()
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        """Give a cursor that queues."""
        queue = self.queue
        if queue is None:
            return super().create_cursor(name)
        return self.connection.cursor(factory=lambda connection: QueuedCursor(connection, queue))

    def _set_autocommit(self, autocommit: bool) -> None:
        if not autocommit:
            raise ImproperlyConfigured("transactions begin with atomic(), so that they queue")
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # missing in the stubs

    def _start_transaction_under_autocommit(self) -> None:
        if self.queue is None:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # missing in the stubs
            return
        self.queue.take()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # missing in the stubs
        except BaseException:
            self.queue.give()
            raise

    def _commit(self) -> None:
        self._settle(super()._commit)  # type: ignore[misc]  # missing in the stubs

    def _rollback(self) -> None:
        self._settle(super()._rollback)  # type: ignore[misc]  # missing in the stubs

    def _settle(self, end: Callable[[], None]) -> None:
        try:
            end()
        finally:
            # A commit that failed leaves the transaction open: the turn stays ours until it is rolled back.
            if self.queue is not None and not (self.connection and self.connection.in_transaction):
                self.queue.give()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # missing in the stubs
        finally:
            queue, self.queue = self.queue, None
            if queue is not None:
                queue.close()
