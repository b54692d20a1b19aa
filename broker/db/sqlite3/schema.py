"""A schema editor that keeps the evidence triggers, which SQLite drops with every table that Django remakes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.sqlite3 import schema


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Lifts all evidence triggers while a table is remade, because a trigger that names it would stop the remake."""

    @contextmanager
    def _without_evidence_triggers(self) -> Iterator[None]:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ev\\_%%' ESCAPE '\\'", []
            )
            kept = cursor.fetchall()
        for name, _ in kept:
            self.execute(f"DROP TRIGGER {self.quote_name(name)}", params=None)
        yield  # on an error the whole migration is rolled back, and the triggers with it
        for _, sql in kept:
            self.execute(sql, params=None)

    def _remake_table(self, *args: Any, **kwargs: Any) -> None:
        with self._without_evidence_triggers():
            super()._remake_table(*args, **kwargs)  # type: ignore[misc]  # missing in the stubs

    def remove_field(self, *args: Any, **kwargs: Any) -> None:
        """Drop a column, which SQLite refuses while a trigger names it."""
        with self._without_evidence_triggers():
            super().remove_field(*args, **kwargs)
