"""What a letter is worth on a day (rules)."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from consents.lifecycle import State


class Standing(StrEnum):
    """What the one large line says."""

    ACTIVE = "active"
    NOT_STARTED = "not_started"
    NOT_SEALED = "not_sealed"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    MISMATCH = "mismatch"  # our own records do not agree with each other: nobody's word is passed on

    @property
    def in_force(self) -> bool:
        """Say whether data may be released today."""
        return self is Standing.ACTIVE


_ENDED = {
    State.REVOKED: Standing.REVOKED,
    State.EXPIRED: Standing.EXPIRED,
    State.SUPERSEDED: Standing.SUPERSEDED,
}


def standing(state: str, *, starts: date, ends: date, today: date, differs: Sequence[str] = ()) -> Standing:
    """Say what a letter is worth; `ends` is the first day that is no longer covered, `today` the Central date.

    The dates decide, not a scheduler: what ran out last night is expired this morning, whatever the state says.
    """
    if differs:
        return Standing.MISMATCH
    if State(state) in _ENDED:
        return _ENDED[State(state)]
    if today >= ends:
        return Standing.EXPIRED
    if state == State.SIGNED:
        return Standing.NOT_SEALED
    if state != State.ACTIVE:
        return Standing.SUSPENDED
    return Standing.ACTIVE if today >= starts else Standing.NOT_STARTED
