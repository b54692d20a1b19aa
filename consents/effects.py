"""What follows from the end of a consent elsewhere: a registry that higher layers fill."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from consents.models import Consent


@dataclass(frozen=True)
class Target:
    """One place that the end of a consent reaches, and how far it got.

    `kind` and `state` are words of `consents.stopping.lifecycle`, `code` says in one word how far, `label` is a number
    to call it by (nothing personal), `count` how many things it stands for.
    """

    kind: str
    about: UUID
    state: str  # done, waiting, cannot_undo
    code: str
    label: str = ""
    count: int = 0

    @property
    def name(self) -> str:
        """Give what it is, in the reader's language."""
        from consents.stopping import words

        return words.name(self.kind, self.label, self.count)


@dataclass(frozen=True)
class Charge:
    """A fee of the utility that she said yes to, and that falls with the consent.

    `number` is the request's, `amount` in dollars as the utility writes it, `told` whether the utility's mail server
    has our message that it is not to be charged.
    """

    number: str
    amount: str
    told: bool


Provider = Callable[[Consent], list[Target]]
Charges = Callable[[Consent], list[Charge]]
_providers: dict[str, Provider] = {}
_charges: dict[str, Charges] = {}


def register(name: str, provider: Provider) -> None:
    """Add a provider of targets; a second one of the same name replaces the first.

    A provider is called twice: before she stops (what would the stop reach?), and inside the transaction that ends the
    consent, after everybody has stopped what is theirs. Afterwards it is asked again until nothing waits.
    """
    _providers[name] = provider


def targets(consent: Consent) -> list[Target]:
    """List every target of this consent."""
    return [target for provider in _providers.values() for target in provider(consent)]


def register_charges(name: str, provider: Charges) -> None:
    """Add a provider of fees that fall with a consent; a second one of the same name replaces the first."""
    _charges[name] = provider


def charges(consent: Consent) -> list[Charge]:
    """List the fees that she said yes to and that fall, or fell, with this consent."""
    return [charge for provider in _charges.values() for charge in provider(consent)]
