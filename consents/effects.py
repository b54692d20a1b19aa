"""What follows from the end of a consent elsewhere: a registry that higher layers fill."""

from collections.abc import Callable
from dataclasses import dataclass

from consents.models import Consent


@dataclass(frozen=True)
class Target:
    """One place that the end of a consent reaches, and how far it got."""

    name: str
    state: str  # done, waiting, cannot_undo


Provider = Callable[[Consent], list[Target]]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Add a provider of targets; a second one of the same name replaces the first."""
    _providers[name] = provider


def targets(consent: Consent) -> list[Target]:
    """List every target of this consent."""
    return [target for provider in _providers.values() for target in provider(consent)]
