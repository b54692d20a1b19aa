"""The states of a consent and the moves between them, as one table (rules).

What the table does not have cannot happen: `actions.move` asks it, the database refuses the same (a test compares the
two), and the diagram of docs/consent-states.md is printed from it. There is no way back from an end, and what was
signed is never edited: a renewal or a correction is a new consent that supersedes the old one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby


class State(StrEnum):
    """Where a consent stands. Up to `lapsed` there is a draft and no consent yet; `expiring` is never stored."""

    DRAFT = "draft"
    SENT = "sent"
    VIEWED = "viewed"
    DECLINED = "declined"
    LAPSED = "lapsed"
    SIGNED = "signed"  # the letter is being sealed; nothing may be asked for yet
    ACTIVE = "active"
    EXPIRING = "expiring"
    SUSPENDED = "suspended"
    PAUSED_DORMANT = "paused_dormant"  # suspended for no other reason than that nobody used it
    REVOKED = "revoked"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Who(StrEnum):
    """Who moves a consent: the letter of the actor's kind in the log."""

    CUSTOMER = "c"  # also another holder of the account, for what is hers to do
    STAFF = "s"
    SERVICE = "v"  # a job of ours, the clock among them
    CLERK = "x"  # somebody with the letter in hand, known by nothing else
    OUTSIDE = "o"  # the second person of an act of two, where we have none
    APPLICATION = "a"  # moves nothing, ever


@dataclass(frozen=True)
class Move:
    """One move: who may make it, which act of the log records it, and what follows."""

    old: State
    new: State
    who: frozenset[Who]
    event: str
    effect: str


_C, _S, _V, _X, _O = Who.CUSTOMER, Who.STAFF, Who.SERVICE, Who.CLERK, Who.OUTSIDE
_D = State
_STOP = "no read and no request from this commit on; what waits is cancelled or called back; a receipt"
_END = "as for a stop, at midnight Central; the dates refuse by themselves, with or without this move"
_NEWER = "the newer consent is the one in force; this one keeps its letter and points to it"
_HOLD = "no read and no request until every reason is lifted"
_BACK = "reads and requests again, within the same scope and to the same end"


def _moves(old: State, *rows: tuple[State, tuple[Who, ...], str, str]) -> list[Move]:
    return [Move(old, new, frozenset(who), event, effect) for new, who, event, effect in rows]


TABLE: tuple[Move, ...] = (
    *_moves(
        _D.DRAFT,
        (_D.SENT, (_C,), "letter.prepared", "the letter's bytes are frozen; another answer makes another letter"),
        (_D.DECLINED, (_C,), "consent.declined", "the recipient learns “declined” and nothing else"),
        (_D.LAPSED, (_V,), "draft.deleted", "the answers are gone"),
    ),
    *_moves(
        _D.SENT,
        (_D.VIEWED, (_C,), "draft.read", "she opened the very file that she is to sign"),
        (_D.DECLINED, (_C,), "consent.declined", "the recipient learns “declined” and nothing else"),
        (_D.LAPSED, (_V,), "draft.deleted", "the answers are gone"),
    ),
    *_moves(
        _D.VIEWED,
        (_D.SIGNED, (_C,), "consent.granted", "the letter is sealed by a job; nothing may be asked for before"),
        (_D.DECLINED, (_C,), "consent.declined", "the recipient learns “declined” and nothing else"),
        (_D.LAPSED, (_V,), "draft.deleted", "the answers are gone"),
    ),
    *_moves(
        _D.SIGNED,
        (_D.ACTIVE, (_V,), "letter.sealed", "requests and reads within the scope; the consent that it renews ends"),
        (_D.SUSPENDED, (_V,), "letter.sealed", "a reason stood before the seal: " + _HOLD),
        (_D.REVOKED, (_C, _S), "consent.revoked", _STOP),
        (_D.EXPIRED, (_V,), "consent.expired", _END),
        (_D.SUPERSEDED, (_V,), "consent.superseded", _NEWER),
    ),
    *_moves(
        _D.ACTIVE,
        (_D.EXPIRING, (), "", "30 days or fewer are left; read off the dates, not stored"),
        (_D.SUSPENDED, (_C, _S, _V, _X), "consent.suspended", _HOLD),
        (_D.PAUSED_DORMANT, (_V,), "consent.suspended", "no read and no request until she presses the button"),
        (_D.REVOKED, (_C, _S), "consent.revoked", _STOP),
        (_D.EXPIRED, (_V,), "consent.expired", _END),
        (_D.SUPERSEDED, (_V,), "consent.superseded", _NEWER),
    ),
    *_moves(
        _D.SUSPENDED,
        (_D.ACTIVE, (_C, _S, _V, _O), "consent.resumed", _BACK),
        (_D.PAUSED_DORMANT, (_C, _S, _V, _O), "consent.changed", "every reason but dormancy is lifted"),
        (_D.REVOKED, (_C, _S), "consent.revoked", _STOP),
        (_D.EXPIRED, (_V,), "consent.expired", _END),
        (_D.SUPERSEDED, (_V,), "consent.superseded", _NEWER),
    ),
    *_moves(
        _D.PAUSED_DORMANT,
        (_D.ACTIVE, (_C,), "consent.resumed", _BACK),
        (_D.SUSPENDED, (_C, _S, _V, _X), "consent.suspended", _HOLD),
        (_D.REVOKED, (_C, _S), "consent.revoked", _STOP),
        (_D.EXPIRED, (_V,), "consent.expired", _END),
        (_D.SUPERSEDED, (_V,), "consent.superseded", _NEWER),
    ),
)
_BY_PAIR = {(each.old, each.new): each for each in TABLE}

UNSIGNED = frozenset({State.DRAFT, State.SENT, State.VIEWED, State.DECLINED, State.LAPSED})
STORED: tuple[State, ...] = tuple(each for each in State if each not in UNSIGNED | {State.EXPIRING})
LIVE = frozenset({State.SIGNED, State.ACTIVE, State.SUSPENDED, State.PAUSED_DORMANT})
ENDED = frozenset({State.REVOKED, State.EXPIRED, State.SUPERSEDED})
EXPIRING_DAYS = 30


def can_move(old: State, new: State) -> bool:
    """Say whether a consent may go from one state to the other, and be kept there."""
    return (old, new) in _BY_PAIR and new != State.EXPIRING


def may_move(old: State, new: State, actor_kind: str) -> bool:
    """Say whether an actor of this kind (`Actor.kind`) may make this move."""
    move = _BY_PAIR.get((old, new))
    return move is not None and actor_kind in {str(who) for who in move.who}


def under(reasons: Collection[str]) -> State:
    """Give the state of a sealed consent against which these reasons stand."""
    if not reasons:
        return State.ACTIVE
    return State.PAUSED_DORMANT if set(reasons) == {"dormant"} else State.SUSPENDED


def shown(state: State, ends: date, today: date) -> State:
    """Give the state as it is on a day: the dates decide, not a scheduler. `ends` is exclusive, both days Central."""
    if state in LIVE and today >= ends:
        return State.EXPIRED
    near = state == State.ACTIVE and ends - today <= timedelta(days=EXPIRING_DAYS)
    return State.EXPIRING if near else state


_NAMES = {
    Who.CUSTOMER: "customer",
    Who.STAFF: "staff",
    Who.SERVICE: "our service",
    Who.CLERK: "whoever holds the letter",
    Who.OUTSIDE: "an approver from outside",
}


def diagram() -> str:
    """Give the table and its diagram as Markdown, for docs/consent-states.md."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> draft"]
    lines += [f"    {each.old} --> {each.new}" for each in TABLE]
    ends = [each for each in State if not any(move.old == each for move in TABLE) and each != State.EXPIRING]
    lines += [f"    {each} --> [*]" for each in ends]
    lines += ["```", "", "| from | to | who | event | effect |", "|---|---|---|---|---|"]
    for old, moves in groupby(TABLE, key=lambda each: each.old):
        for move in moves:
            who = ", ".join(_NAMES[each] for each in Who if each in move.who) or "nobody: the dates"
            event = f"`{move.event}`" if move.event else ""
            lines.append(f"| {old} | {move.new} | {who} | {event} | {move.effect} |")
    return "\n".join(lines) + "\n"
