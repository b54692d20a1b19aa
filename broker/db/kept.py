"""Queries that are asked over and over: Django puts one into words once, and the words are kept (reads).

To build a query costs many times what it takes to ask it: a decision asks a dozen. Only the words are kept, and by
PostgreSQL their plan. What is asked is read from the database each time.
"""

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, Model, QuerySet

from broker.db import statements


class Given(Expression):
    """A value that is given each time a kept query is asked."""

    def __init__(self, name: str, model: type[Model], field: str | None = None) -> None:
        """Name the value; the model's field, which has the same name if no other is given, says how it is written."""
        taken = model._meta.get_field(field or name)
        if not isinstance(taken, Field):
            raise TypeError(f"{taken.name} has no column")
        super().__init__(output_field=taken)
        self.name = name

    def as_sql(self, _compiler: Any, _connection: BaseDatabaseWrapper) -> Any:
        """Stand in the query's words with itself as the value."""
        return "%s", [self]

    def value(self, values: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        """Give the value as the database takes it; `KeyError` where it was not given."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


class Columns[M: Model]:
    """All columns of a model as a query names them, and the row that they make."""

    def __init__(self, model: type[M], path: str = "") -> None:
        """Name the model and, for a row that is found through another, the path to it with its last `__`."""
        self._model = model
        self._attributes = [field.attname for field in model._meta.concrete_fields]
        self.names = [path + name for name in self._attributes]
        self.key = self._attributes.index(model._meta.pk.attname)  # the place of the primary key

    def row(self, values: tuple[Any, ...]) -> M:
        """Give the row that these columns are of, in the order of `names`."""
        return self._model.from_db(DEFAULT_DB_ALIAS, self._attributes, values)


class Kept:
    """One query."""

    def __init__(self, make: Callable[[], "QuerySet[Any, tuple[Any, ...]]"]) -> None:
        """Take what makes the query, a `values_list`, with a `Given` wherever a value is to be given."""
        self._make = make
        self._words: dict[str, _Words] = {}  # of each engine

    def ask(self, **values: Any) -> list[tuple[Any, ...]]:
        """Ask it with these values and give its rows; raises `DatabaseError`."""
        connection = connections[DEFAULT_DB_ALIAS]
        words = self._words.get(connection.vendor)
        if words is None:
            words = self._words[connection.vendor] = _Words(self._make(), connection)
        return words.ask(connection, values)


class _Words:
    """A query as one engine reads it, and how Python reads its columns."""

    def __init__(self, query: "QuerySet[Any, tuple[Any, ...]]", connection: BaseDatabaseWrapper) -> None:
        compiler = query.query.get_compiler(connection=connection)
        self._statement, self._places = compiler.as_sql()
        columns = [found[0] for found in compiler.select[: compiler.col_count]]
        self._reading = [(place, *how) for place, how in compiler.get_converters(columns).items()]

    def ask(self, connection: BaseDatabaseWrapper, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        given = [each.value(values, connection) if isinstance(each, Given) else each for each in self._places]
        return [self._read(list(row), connection) for row in statements.fetch(connection, self._statement, given)]

    def _read(self, row: list[Any], connection: BaseDatabaseWrapper) -> tuple[Any, ...]:
        for place, converters, column in self._reading:
            for converter in converters:
                row[place] = converter(row[place], column, connection)
        return tuple(row)
