"""What was said before, opened beside new words that may be half a login (action).

Most words open nothing: only those that would be a login beside an imagined other half have earlier ones opened, each
opening with its entry. All of it raises `Unchecked` where the engine broke.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import Model, QuerySet

from broker.credentials import Finding
from broker.inlets import halves
from broker.terms import SERVICE

WITHIN, MOST = timedelta(days=10), 5  # how far back what one person said or what is of one request is opened, how many
READER = SERVICE("gate-thread")


def newest[Row: Model](rows: QuerySet[Row], at: str, *, now: datetime) -> list[Row]:
    """Give the newest of some rows, in the order in which they came; `at`: the field that says when."""
    some = rows.filter(**{f"{at}__gt": now - WITHIN}).order_by(f"-{at}", "-id")
    return list(reversed(some[:MOST]))


def beside[Row](
    new: str, inlet: str, rows: Callable[[], Sequence[Row]], opened: Callable[[Sequence[Row]], Sequence[str]]
) -> Finding | None:
    """Give what is found in new words read behind earlier ones; `opened`: opens those, under an entry of its own."""
    new = new.strip()
    if not halves.may_be(new, inlet):
        return None
    earlier = rows()
    return halves.beside_any(opened(earlier), new, inlet) if earlier else None
