"""The states of a manual request and the moves between them (rules)."""

from enum import StrEnum


class ManualState(StrEnum):
    """Where a manual request stands; the name says on whom it waits."""

    QUEUED = "queued"
    DELIVERY_UNKNOWN = "delivery_unknown"  # we may have crashed while sending: a person decides, never a blind resend
    DELIVERY_UNPROVEN = "delivery_unproven"  # a relay took it
    NOT_DELIVERED = "not_delivered"
    WAITING_ON_UTILITY = "waiting_on_utility"
    ANSWERED = "answered"  # files are in quarantine: waiting on us
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"


class WithdrawalState(StrEnum):
    """Where the mail stands that takes a sent letter back."""

    QUEUED = "queued"
    SENDING = "sending"  # found by another run: it may have gone out, a person decides
    SENT = "sent"
    REFUSED = "refused"


class NectarState(StrEnum):
    """Where a shared document stands on its way through Nectar."""

    QUEUED = "queued"
    UPLOADING = "uploading"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


NEXT: dict[ManualState, frozenset[ManualState]] = {
    ManualState.QUEUED: frozenset(
        {
            ManualState.DELIVERY_UNKNOWN,
            ManualState.DELIVERY_UNPROVEN,
            ManualState.NOT_DELIVERED,
            ManualState.WAITING_ON_UTILITY,
            ManualState.WITHDRAWN,
        }
    ),
    # Entered before the first byte leaves, so each outcome of a sending begins here.
    ManualState.DELIVERY_UNKNOWN: frozenset(
        {
            ManualState.QUEUED,
            ManualState.DELIVERY_UNPROVEN,
            ManualState.NOT_DELIVERED,
            ManualState.WAITING_ON_UTILITY,
            ManualState.ANSWERED,
            ManualState.WITHDRAWN,
        }
    ),
    ManualState.DELIVERY_UNPROVEN: frozenset(
        {ManualState.WAITING_ON_UTILITY, ManualState.NOT_DELIVERED, ManualState.ANSWERED, ManualState.WITHDRAWN}
    ),
    ManualState.NOT_DELIVERED: frozenset({ManualState.QUEUED, ManualState.WITHDRAWN}),
    ManualState.WAITING_ON_UTILITY: frozenset({ManualState.ANSWERED, ManualState.NOT_DELIVERED, ManualState.WITHDRAWN}),
    ManualState.ANSWERED: frozenset({ManualState.DELIVERED, ManualState.WAITING_ON_UTILITY, ManualState.WITHDRAWN}),
    ManualState.DELIVERED: frozenset({ManualState.WITHDRAWN}),
    ManualState.WITHDRAWN: frozenset(),
}

# Nothing is waited for any more: the clock is frozen with its last dates.
OVER = frozenset({ManualState.DELIVERED, ManualState.WITHDRAWN})


def can_move(old: ManualState, new: ManualState) -> bool:
    """Say whether a manual request may go from one state to the other."""
    return new in NEXT[old]
