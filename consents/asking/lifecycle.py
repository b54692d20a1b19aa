"""The states of an ask, and what it may still do (rules).

The asker learns these states and nothing between them: whether a mail arrived, was read, or what is answered so far is
hers. A mailbox that does not exist looks like one that is not read.
"""

from datetime import datetime, timedelta
from enum import StrEnum

DAYS = 30  # an ask that nobody answered is over then
MAILS = 3  # the invitation, and two reminders that the asker orders
APART = timedelta(days=3)  # between two mails about one ask, at least


class State(StrEnum):
    """How an ask stands."""

    PENDING = "pending"  # nothing has been answered, as far as the asker is told
    GRANTED = "granted"  # she signed: the ask names the consent
    DECLINED = "declined"  # she said no, by her button
    CANCELLED = "cancelled"  # the asker took it back
    EXPIRED = "expired"  # thirty days passed


NEXT: dict[State, frozenset[State]] = {
    State.PENDING: frozenset({State.GRANTED, State.DECLINED, State.CANCELLED, State.EXPIRED}),
    State.GRANTED: frozenset(),
    State.DECLINED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}


def can_move(old: State, new: State) -> bool:
    """Say whether an ask may go from one state to another; what ended stays as it ended."""
    return new in NEXT[old]


def standing(state: str, expires_at: datetime, now: datetime) -> State:
    """Give the state as of this moment: an ask whose days are over is expired, whether or not a job has said so."""
    return State.EXPIRED if state == State.PENDING and expires_at <= now else State(state)


def again_at(mails: int, mailed_at: datetime | None) -> datetime | None:
    """Give the moment from which one more mail may be ordered; None where none is left, or none ever went.

    An ask without an address never had a mail: its link is handed over by whoever asked.
    """
    if mailed_at is None or mails >= MAILS:
        return None
    return mailed_at + APART
