"""The states of a two-person act, and which may follow which (rules)."""

from enum import StrEnum


class State(StrEnum):
    """Where a two-person act stands."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    EXECUTED = "executed"


NEXT: dict[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.APPROVED, State.REFUSED, State.WITHDRAWN, State.EXPIRED}),
    State.APPROVED: frozenset({State.EXECUTED, State.WITHDRAWN, State.EXPIRED}),
    State.REFUSED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.EXPIRED: frozenset(),
    State.EXECUTED: frozenset(),
}
OPEN = frozenset({State.REQUESTED, State.APPROVED})


def may(before: State, after: State) -> bool:
    """Say whether an act in the first state may enter the second."""
    return after in NEXT[before]
