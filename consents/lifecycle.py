"""The states of a consent and the moves between them (rules)."""

from collections.abc import Collection
from enum import StrEnum


class State(StrEnum):
    """Where a consent stands."""

    SIGNED = "signed"  # the letter is being sealed; nothing may be asked for yet
    ACTIVE = "active"
    SUSPENDED = "suspended"
    PAUSED_DORMANT = "paused_dormant"  # suspended for no other reason than that nobody used it
    REVOKED = "revoked"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


NEXT: dict[State, frozenset[State]] = {
    State.SIGNED: frozenset({State.ACTIVE, State.SUSPENDED, State.REVOKED, State.EXPIRED}),
    State.ACTIVE: frozenset({State.REVOKED, State.EXPIRED, State.SUPERSEDED, State.SUSPENDED, State.PAUSED_DORMANT}),
    State.SUSPENDED: frozenset({State.ACTIVE, State.PAUSED_DORMANT, State.REVOKED, State.EXPIRED}),
    State.PAUSED_DORMANT: frozenset({State.ACTIVE, State.SUSPENDED, State.REVOKED, State.EXPIRED}),
    State.REVOKED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPERSEDED: frozenset(),
}

ENDED = frozenset({State.REVOKED, State.EXPIRED, State.SUPERSEDED})


def can_move(old: State, new: State) -> bool:
    """Say whether a consent may go from one state to the other."""
    return new in NEXT[old]


def under(reasons: Collection[str]) -> State:
    """Give the state of a sealed consent against which these reasons stand."""
    if not reasons:
        return State.ACTIVE
    return State.PAUSED_DORMANT if set(reasons) == {"dormant"} else State.SUSPENDED
