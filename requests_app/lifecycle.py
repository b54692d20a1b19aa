"""The states of a manual request and the moves between them, as one table (rules).

What the table does not have cannot happen: `moves.move` asks it, the database refuses the same (a test compares the
two), and docs/request-states.md is printed from it. Each state says on whom a request waits, and what its clock does.
Source: field guide 4.4 and 5.4.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby


class Waits(StrEnum):
    """On whom a request waits."""

    US = "us"
    UTILITY = "utility"
    CUSTOMER = "customer"
    NOBODY = "nobody"


class ClockMode(StrEnum):
    """What the clock of a request does in a state."""

    NONE = "none"  # nothing proves that the utility has the letter
    RUNS = "runs"
    RESTS = "rests"  # the ball is with us or the customer
    FROZEN = "frozen"  # nothing is waited for any more: the last dates stay


class ManualState(StrEnum):
    """Where a manual request stands; `FACTS` gives its name with the one on whom it waits."""

    DRAFTED = "drafted"
    QUEUED = "queued"
    DELIVERY_UNKNOWN = "delivery_unknown"  # we may have crashed while sending: a person decides, never a blind resend
    DELIVERY_UNPROVEN = "delivery_unproven"  # a relay took it
    NOT_DELIVERED = "not_delivered"  # it came back, or was refused
    WAITING_ON_UTILITY = "waiting_on_utility"  # sent, and proven to have arrived
    ACKNOWLEDGED = "acknowledged"
    FEE_QUOTED = "fee_quoted"
    WAITING_ON_CUSTOMER = "waiting_on_customer"
    WAITING_ON_US = "waiting_on_us"
    PARTIALLY_ANSWERED = "partially_answered"
    ANSWERED = "answered"  # files are in quarantine
    DELIVERED = "delivered"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    CLOSED_WITHOUT_RESPONSE = "closed_without_response"


@dataclass(frozen=True)
class StateFacts:
    """The name of a state for people, on whom it waits, and what its clock does."""

    name: str
    waits: Waits
    clock: ClockMode


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


_S, _W, _C = ManualState, Waits, ClockMode
FACTS: dict[ManualState, StateFacts] = {
    _S.DRAFTED: StateFacts("Drafted, waiting on us", _W.US, _C.NONE),
    _S.QUEUED: StateFacts("Queued, waiting on us", _W.US, _C.NONE),
    _S.DELIVERY_UNKNOWN: StateFacts("Delivery unknown, waiting on us", _W.US, _C.NONE),
    _S.DELIVERY_UNPROVEN: StateFacts("Sent, delivery unproven, waiting on us", _W.US, _C.NONE),
    _S.NOT_DELIVERED: StateFacts("Not delivered, waiting on us", _W.US, _C.NONE),
    _S.WAITING_ON_UTILITY: StateFacts("Sent, waiting on the utility", _W.UTILITY, _C.RUNS),
    _S.ACKNOWLEDGED: StateFacts("Acknowledged, waiting on the utility", _W.UTILITY, _C.RUNS),
    _S.FEE_QUOTED: StateFacts("Fee quoted, waiting on us", _W.US, _C.RESTS),
    _S.WAITING_ON_CUSTOMER: StateFacts("Waiting on the customer", _W.CUSTOMER, _C.RESTS),
    _S.WAITING_ON_US: StateFacts("Question of the utility, waiting on us", _W.US, _C.RESTS),
    _S.PARTIALLY_ANSWERED: StateFacts("Partially answered, waiting on the utility", _W.UTILITY, _C.RUNS),
    _S.ANSWERED: StateFacts("Answered, waiting on us", _W.US, _C.RUNS),
    _S.DELIVERED: StateFacts("Delivered", _W.NOBODY, _C.FROZEN),
    _S.WITHDRAWN: StateFacts("Withdrawn", _W.NOBODY, _C.FROZEN),
    _S.SUPERSEDED: StateFacts("Superseded", _W.NOBODY, _C.FROZEN),
    _S.CLOSED_WITHOUT_RESPONSE: StateFacts("Closed without response", _W.NOBODY, _C.FROZEN),
}


@dataclass(frozen=True)
class Move:
    """One move, and what makes it."""

    old: ManualState
    new: ManualState
    because: str


def _moves(old: ManualState, *rows: tuple[ManualState, str]) -> list[Move]:
    return [Move(old, new, because) for new, because in rows]


_END = (_S.WITHDRAWN, "the permission ended: the letter is called back where it may have left")
_TAKEN = (_S.DELIVERY_UNPROVEN, "a relay took it, or it went by post without a receipt")
_PROVEN = (_S.WAITING_ON_UTILITY, "its arrival is proven: the clock starts")
_BOUNCED = (_S.NOT_DELIVERED, "it came back, or was refused: no clock runs")
_FOUND_OUT = (_S.NOT_DELIVERED, "a person found out that it did not arrive; a report alone undoes no proof")
_ACKNOWLEDGES = (_S.ACKNOWLEDGED, "the utility says that it has the request; no answer, no pause")
_QUOTES = (_S.FEE_QUOTED, "the utility names a fee: the clock rests until it has a yes or a no")
_ASKS_HER = (_S.WAITING_ON_CUSTOMER, "the customer has to say or sign something: the clock rests")
_ASKS_US = (_S.WAITING_ON_US, "the utility asks us something: the clock rests")
_ANSWERS = (_S.ANSWERED, "an answer came: its files wait in quarantine")
_GOES_ON = (_S.WAITING_ON_UTILITY, "the utility has what it asked for: the clock goes on")
_REPLACED = (_S.SUPERSEDED, "the utility wants another form: a new request with a Day 0 of its own")
_GIVEN_UP = (_S.CLOSED_WITHOUT_RESPONSE, "two people close it without an answer")
_TOO_DEAR = (_S.CLOSED_WITHOUT_RESPONSE, "its fee is declined, or two people close it without an answer")

TABLE: tuple[Move, ...] = (
    *_moves(_S.DRAFTED, (_S.QUEUED, "it is complete and goes out"), _END),
    *_moves(
        _S.QUEUED,
        (_S.DELIVERY_UNKNOWN, "the sending begins; written before the first byte leaves"),
        _TAKEN,
        _PROVEN,
        _END,
    ),
    # Entered before the first byte leaves, so each outcome of a sending begins here.
    *_moves(
        _S.DELIVERY_UNKNOWN,
        (_S.QUEUED, "nothing left, or a person found out that it did not arrive"),
        _TAKEN,
        _BOUNCED,
        _PROVEN,
        _ANSWERS,
        _END,
    ),
    *_moves(_S.DELIVERY_UNPROVEN, _PROVEN, _BOUNCED, _ANSWERS, _GIVEN_UP, _END),
    # A report of failure may be wrong, or forged: an answer that comes all the same is one.
    *_moves(_S.NOT_DELIVERED, (_S.QUEUED, "a person sends it again"), _ANSWERS, _REPLACED, _GIVEN_UP, _END),
    *_moves(
        _S.WAITING_ON_UTILITY,
        _ACKNOWLEDGES,
        _QUOTES,
        _ASKS_HER,
        _ASKS_US,
        _ANSWERS,
        _FOUND_OUT,
        _REPLACED,
        _GIVEN_UP,
        _END,
    ),
    *_moves(_S.ACKNOWLEDGED, _QUOTES, _ASKS_HER, _ASKS_US, _ANSWERS, _REPLACED, _GIVEN_UP, _END),
    *_moves(_S.FEE_QUOTED, _GOES_ON, _ASKS_HER, _ANSWERS, _REPLACED, _TOO_DEAR, _END),
    *_moves(_S.WAITING_ON_CUSTOMER, _GOES_ON, _QUOTES, _ASKS_US, _ANSWERS, _REPLACED, _TOO_DEAR, _END),
    *_moves(_S.WAITING_ON_US, _GOES_ON, _QUOTES, _ASKS_HER, _ANSWERS, _REPLACED, _GIVEN_UP, _END),
    *_moves(
        _S.PARTIALLY_ANSWERED,
        _ANSWERS,
        _QUOTES,
        _ASKS_HER,
        _ASKS_US,
        (_S.DELIVERED, "a person decides that nothing more is missing"),
        _REPLACED,
        _GIVEN_UP,
        _END,
    ),
    *_moves(
        _S.ANSWERED,
        (_S.DELIVERED, "every file was looked at, and what was asked for is there"),
        (_S.PARTIALLY_ANSWERED, "a part is missing: the clock runs on for it"),
        (_S.WAITING_ON_UTILITY, "nothing of it could be taken: the clock runs on"),
        _QUOTES,
        _ASKS_HER,
        _ASKS_US,
        _REPLACED,
        _END,
    ),
    *_moves(_S.DELIVERED, _END),
    *_moves(_S.SUPERSEDED, _END),
    *_moves(_S.CLOSED_WITHOUT_RESPONSE, _END),
)
NEXT: dict[ManualState, frozenset[ManualState]] = {
    state: frozenset(move.new for move in TABLE if move.old == state) for state in ManualState
}
BORN = frozenset({ManualState.DRAFTED, ManualState.QUEUED})
# Nothing is waited for any more: the clock is frozen with its last dates.
OVER = frozenset(state for state in ManualState if FACTS[state].clock == ClockMode.FROZEN)
# The utility has the letter and owes an answer: these come due, and grow overdue.
OWED = frozenset(
    state for state in ManualState if FACTS[state].waits == Waits.UTILITY and FACTS[state].clock == ClockMode.RUNS
)
# The letter may be with the utility, and an answer is welcome.
ANSWERABLE = frozenset(move.old for move in TABLE if move.new == ManualState.ANSWERED) | {
    ManualState.ANSWERED,
    ManualState.DELIVERED,
}

# Either nothing was handed over yet, or what was handed over did not arrive as far as we know.
NOT_OUT = (ManualState.DRAFTED, ManualState.QUEUED, ManualState.NOT_DELIVERED)


def may_have_left(state: ManualState, sent_at: datetime | None) -> bool:
    """Say whether the letter may be with the utility: whoever ends its request then calls it back.

    `sent_at`: when it was sent, as far as anybody knows; a letter that came back, or goes out again, keeps it.
    """
    return state not in NOT_OUT or sent_at is not None


def can_move(old: ManualState, new: ManualState) -> bool:
    """Say whether a manual request may go from one state to the other."""
    return new in NEXT[old]


def diagram() -> str:
    """Give the table and its diagram as Markdown, for docs/request-states.md."""
    lines = ["```mermaid", "stateDiagram-v2", *(f"    [*] --> {each}" for each in ManualState if each in BORN)]
    lines += [f"    {each.old} --> {each.new}" for each in TABLE]
    lines += [f"    {each} --> [*]" for each in ManualState if each in OVER]
    lines += ["```", "", "| state | name | waits on | clock |", "|---|---|---|---|"]
    lines += [f"| `{each}` | {facts.name} | {facts.waits} | {facts.clock} |" for each, facts in FACTS.items()]
    lines += ["", "| from | to | because |", "|---|---|---|"]
    for old, moves in groupby(TABLE, key=lambda each: each.old):
        lines += [f"| {old} | {move.new} | {move.because} |" for move in moves]
    return "\n".join(lines) + "\n"
