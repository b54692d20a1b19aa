"""The states of a consent and the moves between them (rules)."""

from enum import StrEnum


class State(StrEnum):
    """Where a consent stands."""

    SIGNED = "signed"  # the letter is being sealed; nothing may be asked for yet
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


NEXT: dict[State, frozenset[State]] = {
    State.SIGNED: frozenset({State.ACTIVE, State.REVOKED}),
    State.ACTIVE: frozenset({State.REVOKED, State.EXPIRED, State.SUPERSEDED, State.SUSPENDED}),
    State.SUSPENDED: frozenset({State.ACTIVE, State.REVOKED, State.EXPIRED}),
    State.REVOKED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPERSEDED: frozenset(),
}


def can_move(old: State, new: State) -> bool:
    """Say whether a consent may go from one state to the other."""
    return new in NEXT[old]
