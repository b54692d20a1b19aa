"""Who reads data for a recipient: a program with its key, or a person who works there (rules of a look-up)."""

from collections.abc import Iterable

from broker.parties import scopes
from broker.parties.models import Application, User
from broker.terms import Actor
from requests_app import pull

type Reader = Application | User


def actor_of(reader: Reader) -> Actor:
    """Name a reader in the log."""
    return pull.actor_of(reader) if isinstance(reader, Application) else Actor("s", reader.id, role=reader.role)


def may_read(reader: Reader, data_types: Iterable[str]) -> bool:
    """Say whether a reader may have these kinds of data at all: a program as far as its key opens them."""
    return not (isinstance(reader, Application) and scopes.beyond(reader, data_types))
