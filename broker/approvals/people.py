"""The database's refusal that one person does what takes two, in our words (rules of an error).

It alone knows who works for whom and who has two accounts (`broker.db.evidence_duties`).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from broker.db import evidence_duties


class SamePerson(Exception):
    """Who asks, who decides and who benefits are not different people."""


@contextmanager
def different() -> Iterator[None]:
    """Around a write: raises SamePerson where the database refuses it for that reason.

    The caller's transaction is broken then, and has to be left by an exception.
    """
    try:
        yield
    except IntegrityError as refused:
        if evidence_duties.TEXT not in str(refused):
            raise
        raise SamePerson from None
