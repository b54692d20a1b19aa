"""When a consent was last used: a registry that higher layers fill."""

from collections.abc import Callable
from datetime import datetime

from consents.models import Consent

Provider = Callable[[Consent], datetime | None]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Add what knows of uses; a second one of the same name replaces the first."""
    _providers[name] = provider


def last(consent: Consent) -> datetime | None:
    """Give the newest use of a consent that anybody knows of."""
    found = [used for provider in _providers.values() if (used := provider(consent)) is not None]
    return max(found, default=None)
