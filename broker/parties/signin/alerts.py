"""Mail to a person about what changed in her own way in (actions)."""

from collections.abc import Callable
from datetime import datetime

from broker.parties.models import User

type Provider = Callable[[User, str, str, datetime], None]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Have a package that knows people's mailboxes called with the person, what happened, its key, and when."""
    if provider not in _providers:
        _providers.append(provider)


def tell(user: User, what: str, *, key: str, now: datetime) -> None:
    """Tell a person of `added`, `removed`, `codes`, `recovered`: by mail where a mailbox of hers is proven."""
    for each in _providers:
        each(user, what, key, now)
