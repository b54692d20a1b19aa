"""When a message is tried again, and when it is given up: the one table (rules)."""

from datetime import timedelta
from enum import StrEnum

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
# Pauses after the first, the second, … failed try; together three days. Due work is looked for once a minute.
PAUSES = (
    MINUTE, 5 * MINUTE, 24 * MINUTE, 90 * MINUTE, 4 * HOUR, 9 * HOUR, 15 * HOUR, 18 * HOUR, 24 * HOUR,
)  # fmt: skip
GIVE_UP = sum(PAUSES, timedelta())
LONGEST = 24 * HOUR  # between two tries of what is sent for ever
SPREAD = 0.2  # a pause is shortened by up to this part of it, so that what failed together does not return together
# An endpoint that fails again and again is left alone for so long, whatever waits for it: one that hangs would else
# keep the workers busy with nothing. A single failure is none of its own.
RESTS = (timedelta(), MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE, 15 * MINUTE)
PATIENCE = HOUR  # the longest wait that an endpoint can ask for (Retry-After)


class DeliveryState(StrEnum):
    """Where a message to one endpoint stands."""

    QUEUED = "queued"
    SENDING = "sending"  # counted before it is sent: whoever dies meanwhile leaves this, and it is sent again
    WAITING = "waiting"  # for its next try
    DELIVERED = "delivered"
    DEAD = "dead"  # given up: somebody may have it sent again
    DROPPED = "dropped"  # not sent any more: its endpoint, application or consent has ended


OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.WAITING)
NEXT: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.QUEUED: frozenset({DeliveryState.SENDING, DeliveryState.DROPPED}),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.WAITING,
            DeliveryState.DELIVERED,
            DeliveryState.DEAD,
            DeliveryState.DROPPED,
        }
    ),
    DeliveryState.WAITING: frozenset({DeliveryState.SENDING, DeliveryState.DROPPED, DeliveryState.DEAD}),
    DeliveryState.DELIVERED: frozenset({DeliveryState.QUEUED}),  # asked for once more, with the same id
    DeliveryState.DEAD: frozenset({DeliveryState.QUEUED}),
    DeliveryState.DROPPED: frozenset({DeliveryState.QUEUED}),
}
RESENDABLE = tuple(state for state in DeliveryState if DeliveryState.QUEUED in NEXT[state])


def pause(tries: int, *, endless: bool, chance: float) -> timedelta | None:
    """Give the pause after this failed try of a round (counted from 1); None: it is given up.

    `chance` is between 0 and 1. What is sent for ever goes on at the longest pause when the table is at its end.
    """
    if tries > len(PAUSES) and not endless:
        return None
    whole: timedelta = PAUSES[tries - 1] if tries <= len(PAUSES) else LONGEST
    return whole * (1 - SPREAD * chance)


def rest(failures: int, *, asked_for: timedelta = timedelta()) -> timedelta:
    """Give how long an endpoint is left alone after so many failed tries in a row, or as long as it asked for."""
    ours: timedelta = RESTS[min(failures, len(RESTS)) - 1] if failures else timedelta()
    return max(ours, min(asked_for, PATIENCE))


def is_too_old(age: timedelta, *, endless: bool) -> bool:
    """Say whether a message that waits behind a resting endpoint is given up without another try."""
    return not endless and age > GIVE_UP


def table() -> str:
    """Give the pauses as Markdown, for docs/webhooks.md."""
    lines, after = ["| failed try | next try after | since the first |", "|---|---|---|"], timedelta()
    for number, each in enumerate(PAUSES, start=1):
        after += each
        lines.append(f"| {number} | {_span(each)} | {_span(after)} |")
    last = len(PAUSES) + 1
    lines.append(f"| {last} | given up; what is sent for ever: every {_span(LONGEST)} | |")
    return "\n".join(lines) + "\n"


def _span(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (minutes, "min")) if count)
