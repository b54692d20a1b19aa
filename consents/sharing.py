"""The seam through which a customer's file goes to whoever takes files in: a higher layer fills it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from broker.terms import Actor
from consents.models import Consent


@dataclass(frozen=True)
class ShareAnswer:
    """Whether a file was taken, and what to tell the customer."""

    ok: bool
    text: str


Taker = Callable[[Consent, str, bytes, Actor, datetime], ShareAnswer]
_taker: list[Taker] = []


def register(taker: Taker) -> None:
    """Say who takes files in."""
    _taker[:] = [taker]


def share(consent: Consent, name: str, data: bytes, *, actor: Actor, now: datetime) -> ShareAnswer:
    """Hand a file over under this consent."""
    return _taker[0](consent, name, data, actor, now)
