"""What was asked of the utility under a consent: a registry that higher layers fill, for the customer's own list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from broker.parties.models import Customer
from consents.models import Consent


class Stage(StrEnum):
    """How far a request is, as far as the customer is told."""

    PREPARING = "preparing"  # her letter has not gone out
    UNPROVEN = "unproven"  # sent, or perhaps sent; nothing shows yet that it arrived
    NOT_DELIVERED = "not_delivered"
    WAITING = "waiting"
    FEE = "fee"  # the utility wants money first
    ASKS_HER = "asks_her"  # the utility waits for something of the customer's
    ASKS_US = "asks_us"
    ARRIVED = "arrived"  # a person looks at the files
    PARTLY = "partly"  # a part was accepted, the rest is waited for
    DELIVERED = "delivered"  # accepted: ready for the recipient
    HANDED_OVER = "handed_over"
    ENDED = "ended"
    REPLACED = "replaced"
    NO_ANSWER = "no_answer"
    COSTS = "costs"  # a fee was declined
    HER_FILES = "her_files"  # it waits for what she downloads and hands over herself


@dataclass(frozen=True)
class Asked:
    """One request to the utility, or to herself; nothing in it names an account."""

    number: str
    stage: Stage
    asked_at: datetime | None
    expected_from: date | None
    due: date | None
    arrived_at: datetime | None
    why: str = ""  # where she reads how the dates came about, once there are dates
    leaves: date | None = None  # when a letter that has not gone out is expected to
    question: str = ""  # where she answers what is asked of her
    promised: date | None = None  # the day that the utility itself named: it counts before the usual time
    data_types: Sequence[str] = ()
    begin: date | None = None
    last_day: date | None = None
    way: str = ""  # where she reads why it was asked for by this way
    came: str = ""  # where she reads what came of it, once something could have come
    share: str = ""  # where she hands over what this one waits for


@dataclass(frozen=True)
class ToAnswer:
    """Something that waits for a customer's yes or no: by whom it came, how many, until when, and where she answers."""

    who: str
    count: int
    until: datetime
    path: str


@dataclass(frozen=True)
class MaySayNo:
    """Something about a customer that is done unless she says no: what, until when she can, and where."""

    what: str
    until: datetime
    path: str


class Noes(Protocol):
    """Gives what a customer can say no to; nothing is opened."""

    def __call__(self, customer: Customer, *, now: datetime) -> list[MaySayNo]:
        """List it."""


class Asking(Protocol):
    """Gives what waits for a customer's answer; nothing is opened."""

    def __call__(self, customer: Customer, *, now: datetime) -> list[ToAnswer]:
        """List it."""


Provider = Callable[[Consent], list[Asked]]
_providers: dict[str, Provider] = {}
_asking: dict[str, Asking] = {}
_noes: dict[str, Noes] = {}


def register(name: str, provider: Provider) -> None:
    """Add what knows of requests; a second one of the same name replaces the first."""
    _providers[name] = provider


def of(consent: Consent) -> list[Asked]:
    """List the requests under a consent, oldest first as each provider has them."""
    return [each for provider in _providers.values() for each in provider(consent)]


def register_answers(name: str, asking: Asking) -> None:
    """Add what knows of things that wait for her answer; a second one of the same name replaces the first."""
    _asking[name] = asking


def to_answer(customer: Customer, *, now: datetime) -> list[ToAnswer]:
    """List what waits for a customer's answer."""
    return [each for asking in _asking.values() for each in asking(customer, now=now)]


def register_noes(name: str, noes: Noes) -> None:
    """Add what knows of things to which she can say no; a second one of the same name replaces the first."""
    _noes[name] = noes


def may_say_no(customer: Customer, *, now: datetime) -> list[MaySayNo]:
    """List what is done unless the customer says no."""
    return [each for noes in _noes.values() for each in noes(customer, now=now)]
