"""The clock of an incident: what is to be done, by when, and what is late (rules).

RSMo 407.1500 asks for notice "without unreasonable delay" to whoever is affected, to the attorney general and the
consumer reporting agencies where more than 1,000 are told, and at once to the owner of data that one only holds,
which here is the co-op. It may wait where a law enforcement agency says that it would impede an investigation, 2.(3).
Notice may be left out where an investigation finds that no harm is likely, in writing, kept five years. The law names
no number of days: those below are our own, for counsel to confirm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

MANY = 1000  # more than so many: the attorney general and the agencies too
OWNER_WITHIN = timedelta(days=1)
DECIDED_WITHIN = timedelta(days=10)
TOLD_WITHIN = timedelta(days=30)
KEPT_YEARS = 5
LONGEST_DELAY = timedelta(days=366)  # the agency writes again for more


class Choice(StrEnum):
    """What two people decide about notice to the affected."""

    NOTIFY = "notify"
    NO_NOTICE = "no_notice"


class Ground(StrEnum):
    """Why notice may be left out; for notice there is none to name."""

    NO_HARM = "no_harm"
    ENCRYPTED = "encrypted"
    NOT_LISTED = "not_listed"
    NONE = ""


class Kind(StrEnum):
    """A duty, and the step that fulfils it."""

    LIST = "list"
    COOP = "coop"
    DECIDE = "decide"
    CUSTOMERS = "customers"
    ATTORNEY_GENERAL = "attorney_general"
    AGENCIES = "agencies"


NOTICES = frozenset({Kind.CUSTOMERS, Kind.ATTORNEY_GENERAL, Kind.AGENCIES})  # what a delay holds: not the co-op


@dataclass(frozen=True)
class Pause:
    """A delay that a law enforcement agency asked for: two people decided on it then, and notice goes on at `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class Facts:
    """What is known of an incident now; `count` and `choice` are None until there is a list or a decision.

    `pauses` stand in the order in which they were decided; of two the later one counts from its decision on.
    """

    known_at: datetime
    count: int | None
    choice: Choice | None
    done: Mapping[Kind, datetime]
    pauses: Sequence[Pause] = ()


@dataclass(frozen=True)
class Duty:
    """One thing to be done, by when, and when it was done."""

    kind: Kind
    due: datetime
    done_at: datetime | None
    delayed_until: datetime | None = None  # the end of the last delay, also once it is over

    def is_late(self, now: datetime) -> bool:
        """Say whether it is not done although its time is over, or was done too late."""
        return (self.done_at or now) > self.due


def duties(facts: Facts) -> list[Duty]:
    """Give what this incident asks for, in the order of its clocks.

    Customers are to be told unless two people decided otherwise: as long as nothing is decided, the clock runs.
    """
    known, more = facts.known_at, facts.count is not None and facts.count > MANY
    told_by = moved(known + TOLD_WITHIN, facts.pauses)
    wanted = [
        (Kind.COOP, known + OWNER_WITHIN),
        (Kind.LIST, known + OWNER_WITHIN),
        (Kind.DECIDE, known + DECIDED_WITHIN),
    ]
    if facts.choice is not Choice.NO_NOTICE:
        wanted.append((Kind.CUSTOMERS, told_by))
        if more:
            wanted += [(Kind.ATTORNEY_GENERAL, told_by), (Kind.AGENCIES, told_by)]
    until = facts.pauses[-1].until if facts.pauses else None
    return [Duty(kind, due, facts.done.get(kind), until if kind in NOTICES else None) for kind, due in wanted]


def moved(due: datetime, pauses: Sequence[Pause]) -> datetime:
    """Give when a notice is due whose clock stood still meanwhile, and went on after; what was late stays late."""
    for number, each in enumerate(pauses):
        end = min([each.until, *(later.since for later in pauses[number + 1 :])])
        if each.since < due:
            due += max(end - each.since, timedelta())
    return due


def is_delayed(pauses: Sequence[Pause], now: datetime) -> bool:
    """Say whether notice has to wait now: the last decision counts, and a day that has come ends it.

    Also for whoever read the clock before it was decided, and had to wait for the turn.
    """
    return bool(pauses) and now < pauses[-1].until


def late(facts: Facts, now: datetime) -> list[Duty]:
    """Give what is not done and late."""
    return [each for each in duties(facts) if each.done_at is None and each.is_late(now)]


def fits(choice: Choice, ground: Ground) -> bool:
    """Say whether this ground belongs to this choice."""
    return (choice is Choice.NO_NOTICE) == (ground is not Ground.NONE)


def kept_until(decided: date) -> date:
    """Give the first day on which a decision may be destroyed: five years later (29 February: 1 March)."""
    try:
        return decided.replace(year=decided.year + KEPT_YEARS)
    except ValueError:
        return date(decided.year + KEPT_YEARS, 3, 1)
