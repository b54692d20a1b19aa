"""The words for what is at Nectar and what it tells us (rules)."""

from datetime import timedelta
from enum import StrEnum

AT_ONCE = 10  # calls at a time that Nectar asks for at most (reference, section 3)


class CompanyState(StrEnum):
    """Where a customer's company stands."""

    LIVE = "live"
    ENDING = "ending"  # nothing is handed over to it any more; it is being deleted
    GONE = "gone"  # Nectar's own list shows it no more


class HookOutcome(StrEnum):
    """What became of a webhook; only `queued` leads to a look at the object, and nothing else changes anything."""

    QUEUED = "queued"
    REPLAYED = "replayed"
    OUT_OF_ORDER = "out_of_order"
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_COMPANY = "unknown_company"
    UNKNOWN_SHAPE = "unknown_shape"
    NOT_READ = "not_read"  # about a connection: somebody made it inside Nectar, and we read none
    NOT_OURS = "not_ours"  # a document that we did not hand over
    LOOKED = "looked"


# What is told to somebody without a right signature; nothing of it is kept.
FORGED, TOO_MANY, TOO_LONG, CLOSED = "forged", "too_many", "too_long", "closed"
MAX_HOOK_BYTES = 256 * 1024
# Longer than any sender retries (reference, section 14: 28 hours, an endpoint is given up after 5 days).
KEEP_HOOKS = timedelta(days=30)
DOCUMENT_EVENTS = frozenset(
    {"document.created.v2", "document.updated.v2", "document.deleted.v2", "document.created", "document.updated"}
)
CONNECTION_EVENTS = frozenset(
    {
        "connection.created.v2", "connection.updated.v2", "connection.validated.v2",
        "connection.created", "connection.updated", "connection.validated",
    }
)  # fmt: skip

# Why a document ended without readings, in Nectar's own state.
ENDED_AS = {"TERMINATED": "nectar.terminated", "FAILED": "nectar.failed"}
NOT_UTILITY, UNUSABLE, NO_ANSWER = "nectar.not_utility", "nectar.unusable", "nectar.no_answer"
