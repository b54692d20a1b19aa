"""Rehearsal or live: declared once for each database, so that the two never meet."""

from typing import Literal, cast

from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

Mode = Literal["rehearsal", "live"]


_known: dict[tuple[str, ...], Mode] = {}  # what was read of each database: its row is written once and never changes


class NotDeclared(RuntimeError):
    """Nobody has said yet whether this database is a rehearsal."""


class AlreadyDeclared(RuntimeError):
    """This database was declared before, and stays what it is."""


def mode() -> Mode:
    """Say which kind of database this is; NotDeclared where nobody said it (nothing is assumed)."""
    database = tuple(str(connection.settings_dict[part]) for part in ("ENGINE", "HOST", "PORT", "NAME"))
    if (found := _known.get(database) or _read()) is None:
        raise NotDeclared("this database is neither a rehearsal nor live yet")
    if not connection.in_atomic_block:  # else it may be rolled back yet
        _known[database] = found
    return found


def declare(wanted: Mode) -> None:
    """Say it, once; saying the same again changes nothing, anything else raises AlreadyDeclared."""
    from broker.db.models import Installation

    if wanted not in ("rehearsal", "live"):
        raise ValueError("a database is a rehearsal or live")
    try:
        if _read() is None:
            with transaction.atomic():
                Installation.objects.create(id=1, mode=wanted, declared_at=timezone.now())
    except IntegrityError:
        pass  # another process was first; what it said counts
    if mode() != wanted:
        raise AlreadyDeclared(f"this database is {mode()} for ever")


def _read() -> Mode | None:
    from broker.db.models import Installation

    try:
        return cast("Mode | None", Installation.objects.values_list("mode", flat=True).first())
    except DatabaseError:
        if Installation._meta.db_table in connection.introspection.table_names():
            raise
        return None  # asked before the first migration
